package hexdump

import (
	"strings"
	"unicode/utf8"
)

// frames are what is around the characters beside the bytes of a row: nothing in most dumps,
// bars for hexdump -C, angle brackets for od -t x1z, a bar after them for strace, one before them
// for DPDK.
var frames = [...]struct{ open, close string }{
	{"", ""}, {"|", "|"}, {">", "<"}, {"*", "*"}, {"", "|"}, {"| ", ""}, {"# ", ""}, {"; ", ""},
	{"// ", ""},
	{"[", "]"}, {`"`, `"`}, {"'", "'"},
}

// isColumn reports whether s, the rest of a row after its bytes, is the characters of data.
func isColumn(s string, data []byte) bool {
	s = strings.TrimRight(s, " \t")
	gap := blanks(s, 0)
	if gap == len(s) || gap == 0 && s[0] != '|' && s[0] != '>' {
		return false
	}
	word := s[gap:]
	for _, f := range frames {
		inner, ok := strings.CutPrefix(word, f.open)
		if !ok {
			continue
		}
		if inner, ok = strings.CutSuffix(inner, f.close); ok && isCharacters(inner, data) {
			return true
		}
	}
	inner := strings.TrimSuffix(s, "|")
	for back := 1; back < gap && back <= mostBlanks; back++ { // data that is shown as blanks
		if isCharacters(s[gap-back:], data) || isCharacters(inner[gap-back:], data) {
			return true
		}
	}
	return false
}

// mostBlanks is how many bytes at the start of a row may be shown as blanks.
const mostBlanks = 32

// isCharacters reports whether s shows data, one character a byte, with or without a gap after
// each eight. Blanks at the end may be missing and others may follow.
func isCharacters(s string, data []byte) bool {
	return shows(s, data, 0) || len(data) > 8 && shows(s, data, 8)
}

func shows(s string, data []byte, gap int) bool {
	for i, b := range data {
		if gap > 0 && i > 0 && i%gap == 0 && s != "" {
			if s[0] != ' ' {
				return false
			}
			s = s[1:]
		}
		if s == "" {
			if b != ' ' {
				return false
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		if !isCharacter(r, b) {
			return false
		}
		s = s[size:]
	}
	return strings.Trim(s, " \t") == ""
}

// isCharacter reports whether r is how a dump shows b: printable ones as they are, others as a dot,
// a blank or a character that is not of ASCII. tcpdump writes a dot for a space too.
func isCharacter(r rune, b byte) bool {
	switch {
	case b == ' ':
		return r == ' ' || r == '.' || r == '·'
	case ' ' < b && b <= '~':
		return r == rune(b)
	}
	return r == '.' || r == ' ' || r == '?' || r > '~'
}
