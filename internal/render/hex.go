package render

import (
	"io"

	"github.com/portsniff/portsniff/decode"
)

// A Dump selects which bytes of a packet are dumped and in which format.
type Dump uint8

// The dumps of tcpdump's -x, -xx, -X, -XX and -A.
const (
	NoDump      Dump = iota
	DumpHex          // -x: hexadecimal, without the link header
	DumpHexAll       // -xx: hexadecimal, with the link header
	DumpBoth         // -X: hexadecimal and text, without the link header
	DumpBothAll      // -XX: hexadecimal and text, with the link header
	DumpText         // -A: text, without the link header
	DumpTextAll      // -AA: text, with the link header
)

const hexDigits = "0123456789abcdef"

// dumpPiece is the number of bytes of a packet that are dumped at a time. A packet may have
// megabytes, and its dump is several times larger.
const dumpPiece = 1 << 12

// bytesInRow returns the number of bytes in a row: 16 as in tcpdump, or 8 or 4 on a narrow
// terminal.
func (w *LineWriter) bytesInRow(text bool) int {
	const offset = len("        0x0000: ")
	n := 16
	for ; n > 4 && w.opt.Width > 0; n /= 2 {
		columns := offset + hexColumns(n)
		if text {
			columns += textGap + n
		}
		if columns <= w.opt.Width {
			break
		}
	}
	return n
}

// hexColumns returns the columns that n bytes take in groups of two, each group after a space.
func hexColumns(n int) int { return n / 2 * 5 }

// textGap is the number of spaces between the bytes of a row and their characters.
const textGap = 2

// dump writes the bytes in tcpdump's layout: offset, groups of two bytes and, with DumpBoth, the
// printable characters. DumpText writes the text alone.
func (w *LineWriter) dump(out io.Writer, p *decode.Packet) error {
	data, d := p.Data, w.opt.Dump
	text := d == DumpBoth || d == DumpBothAll
	if d == DumpHex || d == DumpBoth || d == DumpText {
		data = data[min(linkLen(p), len(data)):]
	}
	for from := 0; from < len(data); from += dumpPiece {
		piece := data[from:min(from+dumpPiece, len(data))]
		if d == DumpText || d == DumpTextAll {
			w.out = appendPlain(w.out[:0], piece)
		} else {
			w.out = appendRows(w.out[:0], piece, from, w.bytesInRow(text), text)
		}
		if _, err := out.Write(w.out); err != nil {
			return err
		}
	}
	if d == DumpText || d == DumpTextAll {
		_, err := out.Write([]byte{'\n'})
		return err
	}
	return nil
}

func appendRows(out, data []byte, from, n int, text bool) []byte {
	for at := 0; at < len(data); at += n {
		out = appendDumpRow(out, data[at:min(at+n, len(data))], from+at, n, text)
	}
	return out
}

// appendDumpRow appends a row padded to the width of n bytes.
func appendDumpRow(out, row []byte, at, n int, text bool) []byte {
	out = append(out, "\t0x"...)
	out = appendHex(out, at, 4)
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
		for ; width < hexColumns(n)+textGap; width++ {
			out = append(out, ' ')
		}
		for _, c := range row {
			out = append(out, printable(c))
		}
	}
	return append(out, '\n')
}

// appendHex writes a number with at least the given number of hexadecimal digits.
func appendHex(out []byte, n, digits int) []byte {
	for n>>(4*digits) != 0 {
		digits++
	}
	for digits--; digits >= 0; digits-- {
		out = append(out, hexDigits[n>>(4*digits)&0xf])
	}
	return out
}

func printable(c byte) byte {
	if c > ' ' && c < 0x7f {
		return c
	}
	return '.'
}

// appendPlain writes bytes as text. Like tcpdump, it keeps line feeds and printable characters,
// and writes other bytes as dots. It writes a tab as a space.
func appendPlain(out, data []byte) []byte {
	for _, c := range data {
		switch {
		case c == '\n' || c == ' ':
			out = append(out, c)
		case c == '\t':
			out = append(out, ' ')
		case c == '\r': // a terminal would overwrite the start of the line
		default:
			out = append(out, printable(c))
		}
	}
	return out
}

// linkLen returns the offset at which the link headers end, as tcpdump counts them: the first
// header, and the tags, LLC and radio headers that follow it.
func linkLen(p *decode.Packet) (n int) {
	for i, l := range p.Layers {
		switch l.ID {
		case decode.IDVLAN, decode.IDLLC, decode.IDSNAP, decode.IDWLAN, decode.IDAMSDU:
		case decode.IDIPv4, decode.IDIPv6, decode.IDARP:
			return l.At
		default:
			if i > 0 {
				return n
			}
		}
		n = l.At + l.Len
	}
	return n
}
