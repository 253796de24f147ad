package render

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes text from a capture safe for a terminal: control characters, bytes that are no UTF-8, and the invisible characters that reorder
// or hide text are written as Go would write them in a string, and so is the backslash itself, so that nothing can pretend to be escaped.
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

// defuse keeps a spreadsheet from taking a CSV cell for a formula: what begins like one, blanks aside, and is no plain number gets an apostrophe
// in front. Control characters are escaped before.
func defuse(cell string) string {
	if _, err := strconv.ParseInt(cell, 10, 64); err == nil {
		return cell
	}
	cell = Escape(cell)
	switch trimmed := strings.TrimLeft(cell, " "); {
	case trimmed == "":
	case strings.ContainsRune("=+-@\t\r|%", rune(trimmed[0])):
		return "'" + cell
	}
	return cell
}
