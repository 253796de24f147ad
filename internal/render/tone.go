package render

import (
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// A Tone is what a piece of text is about. Its colour shows it, beside a mark or a word that needs no colour.
type Tone uint8

// The tones of text.
const (
	TonePlain Tone = iota
	TonePort       // a port
	ToneNext       // the field that says what follows
	ToneNone       // why there are no ports
	ToneWrong      // what is cut off or wrong
	ToneHead       // a heading
)

// What has to be found at a glance is black on a colour, for bold cyan or yellow letters are lost on a white background.
var tonePaints = [...]paint{TonePort: "\x1b[30;46m", ToneNext: "\x1b[35m", ToneNone: "\x1b[30;43m", ToneWrong: paintError, ToneHead: paintHead}

// Tint appends text in its tone's colour, or as it is where the style has none.
func (s Style) Tint(out []byte, t Tone, text string) []byte {
	if t == TonePlain {
		return append(out, text...)
	}
	return s.add(out, tonePaints[t], text)
}

// What says in a few words what a packet without ports of its own is, and "" of one that has them.
func What(p *decode.Packet) string { return what(p) }

// MAC writes a hardware address.
func MAC(b []byte) string { return mac(b) }

// HostPort writes an address and a port, the address of IPv6 in brackets; without an address the colon and the port.
func HostPort(a netip.Addr, n uint16) string { return hostPort(a) + port(n) }
