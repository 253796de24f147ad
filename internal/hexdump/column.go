package hexdump

import (
	"strings"
	"unicode/utf8"
)

// frames lists the text around the characters after a row's bytes. Most dumps have none, hexdump -C
// has bars and od -t x1z has angle brackets. strace has a bar after the characters, DPDK has one
// before them.
var frames = [...]struct{ open, close string }{
	{"", ""}, {"|", "|"}, {">", "<"}, {"*", "*"}, {"", "|"}, {"| ", ""}, {"# ", ""}, {"; ", ""},
	{"// ", ""},
	{"[", "]"}, {`"`, `"`}, {"'", "'"},
}

// isColumn reports whether s, the rest of a row after its bytes, shows the characters of data.
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
	for back := 1; back < gap && back <= maxBlanks; back++ { // data shown as spaces
		if isCharacters(s[gap-back:], data) || isCharacters(inner[gap-back:], data) {
			return true
		}
	}
	return false
}

// maxBlanks is the greatest number of bytes at the start of a row that may be shown as spaces.
const maxBlanks = 32

// isCharacters reports whether s shows data as one character per byte, with or without a gap after
// every eight. Trailing spaces may be missing, and other text may follow.
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

// isCharacter reports whether a dump may show b as r. Printable bytes are shown unchanged, others
// as a dot, a space or a non-ASCII character. tcpdump shows a space as a dot too.
func isCharacter(r rune, b byte) bool {
	switch {
	case b == ' ':
		return r == ' ' || r == '.' || r == '·'
	case ' ' < b && b <= '~':
		return r == rune(b)
	}
	return r == '.' || r == ' ' || r == '?' || r > '~'
}
