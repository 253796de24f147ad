package hexdump

import (
	"slices"
	"strconv"
	"strings"
)

// A literal is a string in source text.
type literal struct {
	prefix string // letters before the quote, in lower case
	raw    string // text between the quotes
}

// escapes maps the escapes of one letter in C, Python, Go and Rust to their bytes.
var escapes = map[byte]byte{'a': 7, 'b': 8, 't': 9, 'n': 10, 'v': 11, 'f': 12, 'r': 13, 'e': 27,
	'\\': '\\', '\'': '\'', '"': '"', '?': '?'}

// bytes decodes the escapes. escaped is false for a string without escapes.
func (l *literal) bytes() (data []byte, escaped bool, err error) {
	for s := l.raw; s != ""; {
		if s[0] != '\\' {
			if s[0] < ' ' || s[0] > '~' {
				return nil, false, ErrByte // its bytes depend on the encoding
			}
			data, s = append(data, s[0]), s[1:]
			continue
		}
		b, n := escape(s, l.prefix == "b")
		if n == 0 {
			return nil, false, ErrByte
		}
		data, s, escaped = append(data, b), s[n:], true
	}
	return data, escaped, nil
}

// escape reads one escape and returns its length, or 0. It accepts \x and two digits, one letter,
// or an octal number. Rust knows only \0, so a digit after it is a character.
func escape(s string, rust bool) (b byte, length int) {
	if len(s) < 2 {
		return 0, 0
	}
	if s[1] == 'x' {
		if len(s) < 4 || hexLen(s[2:4]) != 2 {
			return 0, 0
		}
		return hexValue(s[2])<<4 | hexValue(s[3]), 4
	}
	if b, ok := escapes[s[1]]; ok {
		return b, 2
	}
	n := 1
	for n < len(s) && n < 4 && '0' <= s[n] && s[n] <= '7' {
		n++
	}
	v, err := strconv.ParseUint(s[1:n], 8, 8)
	if err != nil || n < 4 && n < len(s) && '0' <= s[n] && s[n] <= '9' || rust && n != 2 {
		return 0, 0
	}
	return byte(v), n
}

// isByte reports whether the string is one byte in hexadecimal digits, as Python's hex and format
// write it.
func (l *literal) isByte() bool {
	digits, marked := cutFold(l.raw, "0x")
	n := len(digits)
	return l.prefix == "" && hexLen(digits) == n && (n == 2 || n == 1 && marked)
}

// encodings are names of encodings that may be arguments next to a string.
var encodings = []string{"hex", "latin1", "latin-1", "binary", "ascii"}

// bytesOf returns the bytes of consecutive strings: those of their escapes or, without escapes,
// those of their hexadecimal digits.
func bytesOf(run []*literal) ([]byte, string, error) {
	var data []byte
	var digits strings.Builder
	escaped, binary := false, false
	for _, l := range run {
		b, e, err := l.bytes()
		if err != nil {
			return nil, "", err
		}
		data = append(data, b...)
		digits.WriteString(l.raw)
		escaped = escaped || e
		binary = binary || l.prefix == "b" || l.prefix == "rb" || l.prefix == "br"
	}
	if escaped {
		return data, "a string with escapes", nil
	}
	words, wrong := splitDigits(digits.String())
	if wrong == "" && len(words) > 0 {
		r := run1(words)
		b, err := r.block()
		if err != nil {
			return nil, "", err.Err
		}
		if binary && len(b.Data) < leastBelowText {
			return nil, "", ErrAmbiguous // b'abcd' is four characters or two bytes
		}
		return b.Data, b.Form, nil
	}
	if binary && len(data) > 0 {
		return data, "a string of bytes", nil
	}
	return nil, "", ErrDigit
}

func run1(words []string) *run { return &run{lines: []int{0}, words: [][]string{words}} }

func isEncoding(l *literal) bool { return slices.Contains(encodings, strings.ToLower(l.raw)) }
