package textutil

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape returns text that is safe for a terminal. It writes control characters, bytes that are not
// UTF-8, and invisible characters that reorder or hide text as escapes of a Go string. It also
// escapes the backslash, so that no text can look like an escape.
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
