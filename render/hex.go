package render

import "github.com/portsniff/portsniff/decode"

// A Dump says which bytes of a packet are shown, and how.
type Dump uint8

// The dumps of tcpdump's -x, -xx, -X, -XX and -A.
const (
	NoDump         Dump = iota
	DumpHex             // -x: hexadecimal, without the link header
	DumpHexAll          // -xx: with it
	DumpBoth            // -X: hexadecimal and text, without the link header
	DumpBothAll         // -XX: with it
	DumpText            // -A: text, without the link header
	DumpTextAll         // -AA: with it
	dumpBytesInRow = 16
)

const hexDigits = "0123456789abcdef"

// appendDump adds the bytes in tcpdump's layout: offset, eight groups of two bytes, and with DumpBoth the printable characters.
func appendDump(out []byte, p *decode.Packet, d Dump) []byte {
	data := p.Data
	if d == DumpHex || d == DumpBoth || d == DumpText {
		data = data[min(linkLen(p), len(data)):]
	}
	if d == DumpText || d == DumpTextAll {
		return appendPlain(out, data)
	}
	for at := 0; at < len(data); at += dumpBytesInRow {
		out = appendDumpRow(out, data[at:min(at+dumpBytesInRow, len(data))], at, d == DumpBoth || d == DumpBothAll)
	}
	return out
}

func appendDumpRow(out, row []byte, at int, text bool) []byte {
	out = append(out, "\t0x"...)
	for shift := 12; shift >= 0; shift -= 4 {
		out = append(out, hexDigits[at>>shift&0xf])
	}
	out = append(out, ": "...)
	width := 0
	for i, c := range row {
		if i%2 == 0 {
			out = append(out, ' ')
			width++
		}
		out = append(out, hexDigits[c>>4], hexDigits[c&0xf])
		width += 2
	}
	if text {
		for ; width < dumpBytesInRow/2*5+2; width++ {
			out = append(out, ' ')
		}
		for _, c := range row {
			out = append(out, printable(c))
		}
	}
	return append(out, '\n')
}

func printable(c byte) byte {
	if c > ' ' && c < 0x7f {
		return c
	}
	return '.'
}

// appendPlain writes bytes as text: line feeds, tabs' blanks and printable characters as they are, all others as dots, as tcpdump does.
func appendPlain(out, data []byte) []byte {
	for _, c := range data {
		switch {
		case c == '\n' || c == ' ':
			out = append(out, c)
		case c == '\t':
			out = append(out, ' ')
		case c == '\r': // a terminal would write over the line's start
		default:
			out = append(out, printable(c))
		}
	}
	return append(out, '\n')
}

// linkLen is where the link headers end: at the first IP header, or behind the first header where there is none.
func linkLen(p *decode.Packet) int {
	if i := p.NetLayer(); i >= 0 {
		return p.Layers[i].At
	}
	if len(p.Layers) > 0 {
		return p.Layers[0].At + p.Layers[0].Len
	}
	return 0
}
