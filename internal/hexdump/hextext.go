// Package hexdump reads bytes from text that people paste: what tcpdump -x, Wireshark, od, xxd and hexdump print, and hexadecimal digits as
// they come, with 0x, colons or commas or without.
package hexdump

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Block is the bytes of one packet.
type Block struct {
	Data []byte
	Form string // how the text was read, in words: "a dump with offsets", "hexadecimal digits"
}

// MaxBytes is how many bytes of text are read at most; a packet of 64 KiB takes 400 kB in the widest of these forms.
const MaxBytes = 4 << 20

// What can be wrong with a text.
var (
	ErrNone   = errors.New("there are no hexadecimal digits in it")
	ErrOdd    = errors.New("a half byte is left over: the number of digits is odd")
	ErrDigit  = errors.New("not a hexadecimal digit")
	ErrOffset = errors.New("the offset does not fit the bytes before it")
	ErrLong   = errors.New("it is too long")
)

// An Error says where a text is wrong.
type Error struct {
	Line int    // from 1
	Text string // what stands there
	Err  error  // one of this package's errors
}

func (e *Error) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("line %d: %v", e.Line, e.Err)
	}
	return fmt.Sprintf("line %d: %q: %v", e.Line, e.Text, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Parse reads one packet or, from dumps whose offsets begin anew, several. Lines that are no part of a dump, as tcpdump's own between
// its dumps, are passed over. An *Error says what is wrong and where.
func Parse(text string) ([]Block, error) {
	if len(text) > MaxBytes {
		return nil, &Error{Line: 1, Err: ErrLong}
	}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if d := findDump(lines); d != nil {
		return d.read(lines)
	}
	return plain(lines)
}

// plain reads digits as they come.
func plain(lines []string) ([]Block, error) {
	var digits []byte
	for n, l := range lines {
		for _, word := range strings.FieldsFunc(l, isBetween) {
			w := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(word, "0x"), "0X"), `\x`)
			w = strings.ReplaceAll(w, `\x`, "")
			if len(w)%2 == 1 && (len(w) < len(word) || len(w) == 1) {
				w = "0" + w // 0xc or a lone digit is a byte of its own
			}
			for _, c := range w {
				if !isHex(c) {
					return nil, &Error{n + 1, word, ErrDigit}
				}
			}
			digits = append(digits, w...)
		}
	}
	switch {
	case len(digits) == 0:
		return nil, &Error{Line: 1, Err: ErrNone}
	case len(digits)%2 == 1:
		return nil, &Error{Line: len(lines), Err: ErrOdd}
	}
	data := make([]byte, len(digits)/2)
	for i := range data {
		v, _ := strconv.ParseUint(string(digits[2*i:2*i+2]), 16, 8) // they were looked at above
		data[i] = byte(v)
	}
	return []Block{{data, "hexadecimal digits"}}, nil
}

// isBetween is what may stand between bytes, as in C's arrays and in hardware addresses.
func isBetween(r rune) bool { return strings.ContainsRune(" \t\v\f,;:-.[]{}()|\"'_", r) }

func isHex(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'f' || 'A' <= r && r <= 'F'
}
