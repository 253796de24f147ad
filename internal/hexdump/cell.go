package hexdump

import (
	"slices"
	"strconv"
	"strings"
)

// A cell describes how a dump writes the bytes between two spaces.
type cell struct {
	open   string // before the digits: 0x
	base   int    // of the digits: 16, 10, 8 or 2
	size   int    // bytes of a cell; hexadecimal cells have as many as their digits, or more
	little bool   // a little-endian number
	chars  bool   // four columns per byte, as in od -c
}

// read returns the bytes of the cell at the start of s in the order of the dump, and its length.
func (c *cell) read(s string) (data []byte, length int, ok bool) {
	if c.chars {
		return readChar(s)
	}
	length = wordLen(s)
	word, ok := cutFold(s[:length], c.open)
	if !ok || word == "" {
		return nil, 0, false
	}
	switch c.base {
	case 16:
		data, ok = hexBytes(word)
	default:
		data, ok = c.number(word)
	}
	if ok && c.little {
		slices.Reverse(data)
	}
	return data, length, ok
}

// number reads a decimal, octal or binary number and returns its bytes in big-endian order.
func (c *cell) number(word string) ([]byte, bool) {
	if c.base == 10 && word[0] == '0' && len(word) > 1 && len(word) != paddedDecimal ||
		c.base != 10 && len(word) != digitsOf(c.base, c.size) {
		return nil, false
	}
	bits := 8 * c.size
	v, err := strconv.ParseUint(word, c.base, bits)
	if err != nil && c.base == 10 && word[0] == '-' {
		var signed int64
		signed, err = strconv.ParseInt(word, 10, bits)
		v = uint64(signed)
	}
	if err != nil || word[0] == '+' {
		return nil, false
	}
	data := make([]byte, c.size)
	for i := range data {
		data[c.size-1-i] = byte(v >> (8 * i))
	}
	return data, true
}

// paddedDecimal is the number of digits that hexdump -d writes, with leading zeros.
const paddedDecimal = 5

// digitsOf returns the number of digits of an octal or binary number with the given number of
// bytes.
func digitsOf(base, size int) int {
	if base == 2 {
		return 8 * size
	}
	return (8*size + 2) / 3
}

func hexBytes(word string) ([]byte, bool) {
	if len(word)%2 == 1 || hexLen(word) != len(word) {
		return nil, false
	}
	data := make([]byte, len(word)/2)
	for i := range data {
		data[i] = hexValue(word[2*i])<<4 | hexValue(word[2*i+1])
	}
	return data, true
}

func hexValue(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// Layout of od -c and hexdump -c: columns per byte, bytes per row.
const (
	charWidth = 4
	charRow   = 16
)

// readChar reads a byte as od -c and hexdump -c write it: a space, and three columns with the
// character, an escape or three octal digits. Trailing spaces of a line may be missing.
func readChar(s string) ([]byte, int, bool) {
	n := min(len(s), charWidth)
	field := s[:n] + strings.Repeat(" ", charWidth-n)
	if field[0] != ' ' {
		return nil, 0, false
	}
	word := strings.TrimLeft(field, " ")
	if word == "" {
		return []byte{' '}, n, true
	}
	if len(word) == 3 {
		v, err := strconv.ParseUint(word, 8, 8)
		return []byte{byte(v)}, n, err == nil
	}
	if b, ok := simpleEscapes[word]; ok {
		return []byte{b}, n, true
	}
	return []byte(word), n, len(word) == 1 && ' ' < word[0] && word[0] <= '~'
}

// simpleEscapes are the escapes of one letter.
var simpleEscapes = map[string]byte{
	`\0`: 0, `\a`: 7, `\b`: 8, `\t`: 9, `\n`: 10, `\v`: 11, `\f`: 12, `\r`: 13,
}

// wordLen returns the length of the word at the start of s, which ends before a separator.
func wordLen(s string) int {
	if s == "" {
		return 0
	}
	if n := strings.IndexAny(s[1:], " \t-|"); n >= 0 {
		return n + 1
	}
	return len(s)
}

// separator returns the length of the text between two cells. It is spaces, or one dash or bar with
// or without spaces, which WinDbg and OpenSSL write in the middle of a row.
func separator(s string) int {
	n := blanks(s, 0)
	if n < len(s) && strings.IndexByte("-|", s[n]) >= 0 {
		n = blanks(s, n+1)
	}
	return n
}

// isCellLike reports whether a row's first word after the offset can be bytes in any notation.
func isCellLike(s string) bool {
	s = s[separator(s):]
	word := s[:wordLen(s)]
	digits, _ := cutFold(word, "0x")
	return digits != "" && hexLen(digits) == len(digits)
}
