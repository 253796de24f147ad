package textutil

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes text safe for a terminal. Control characters, bytes that are no UTF-8, and the
// invisible characters that reorder or hide text are written like in a Go string. So is the
// backslash, so that nothing can pretend to be escaped.
func Escape(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] < 0x7f && s[i] != '\\'
	}
	if clean {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == '\\' || r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
			q := strconv.Quote(s[:n])
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
