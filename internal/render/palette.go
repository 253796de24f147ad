package render

import "net/netip"

// A paint is a use of color. Only the sixteen ANSI colors are used, and only those that are
// readable on black and on white. Yellow and cyan letters are excluded, and bright black, which
// many themes hide.
type paint uint8

const (
	paintPlain   paint = iota
	paintPort          // a port: bold magenta
	paintService       // a service's name: magenta
	paintNone          // no ports: red
	paintError         // what is wrong: bold red
	paintHead          // headings: bold

	// For drawings. What must catch the eye is black on a colored background.
	paintPortBox
	paintNextBox
	paintNoneBox
)

// paints are the sequences that start a color. paintOff ends it.
var paints = [...]string{
	paintPort: "\x1b[1;35m", paintService: "\x1b[35m", paintNone: "\x1b[31m",
	paintError: "\x1b[1;31m",
	paintHead:  "\x1b[1m", paintPortBox: "\x1b[30;46m", paintNextBox: "\x1b[35m",
	paintNoneBox: "\x1b[30;43m",
}

const paintOff = "\x1b[0m"

// add appends text in a color. It appends plain text if there is no color.
func (s Style) add(out []byte, p paint, text string) []byte {
	if !s.Color || p == paintPlain || text == "" {
		return append(out, text...)
	}
	out = append(out, paints[p]...)
	out = append(out, text...)
	return append(out, paintOff...)
}

// A Tone is the meaning of a piece of text. Its color shows it, or a mark or a word if there are no
// colors.
type Tone uint8

// The tones of text.
const (
	TonePlain    Tone = iota
	TonePort          // a port
	ToneNext          // the field that identifies what follows
	ToneNone          // why there are no ports
	ToneWrong         // what is cut off or wrong
	ToneHead          // a heading
	TonePortName      // a port in a table
)

var tonePaints = [...]paint{TonePort: paintPortBox, ToneNext: paintNextBox, ToneNone: paintNoneBox,
	ToneWrong: paintError, ToneHead: paintHead, TonePortName: paintPort}

// Tint appends text in its tone's color, or unchanged if the style has no color.
func (s Style) Tint(out []byte, t Tone, text string) []byte {
	return s.add(out, tonePaints[t], text)
}

// MAC writes a hardware address.
func MAC(b []byte) string { return mac(b) }

// HostPort writes an address and a port. An IPv6 address is in brackets. Without an address it
// writes the colon and the port.
func HostPort(a netip.Addr, n uint16) string { return hostPort(a) + port(n) }
