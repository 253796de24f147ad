// Package render turns decoded and annotated facts into what a person or a program reads: lines, tables, JSON, CSV, hex. It never
// touches an offset of a header; what it shows of a header comes from package decode.
package render

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// AppendEscaped appends text from outside so that no byte of it acts on a terminal: control characters, bytes that are no UTF-8 and
// characters that reorder or hide text are written as \xNN or \u{NNNN}, a backslash as two.
func AppendEscaped(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, '\\', 'x', hexDigits[s[i]>>4], hexDigits[s[i]&15])
		case r == '\\':
			b = append(b, '\\', '\\')
		case r < 0x80 && (r < ' ' || r == 0x7f):
			b = append(b, '\\', 'x', hexDigits[r>>4], hexDigits[r&15])
		case r >= 0x80 && !unicode.IsPrint(r):
			b = append(b, '\\', 'u', '{')
			b = appendHexRune(b, r)
			b = append(b, '}')
		default:
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return b
}

// Escape is AppendEscaped as a string.
func Escape(s string) string { return string(AppendEscaped(nil, s)) }

const hexDigits = "0123456789abcdef"

func appendHexRune(b []byte, r rune) []byte {
	started := false
	for shift := 20; shift >= 0; shift -= 4 {
		d := r >> shift & 15
		if d != 0 || started || shift == 0 {
			started = true
			b = append(b, hexDigits[d])
		}
	}
	return b
}

// CSVCell makes a cell that a spreadsheet takes for text: a leading character that begins a formula gets an apostrophe before it. The
// csv package does the quoting.
func CSVCell(s string) string {
	s = Escape(s)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}
