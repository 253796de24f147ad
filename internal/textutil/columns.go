package textutil

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// Columns returns the number of columns that a text takes on a terminal. Color sequences take none.
func Columns(text string) (n int) {
	for {
		plain, rest, colored := strings.Cut(text, "\x1b[")
		n += plainColumns(plain)
		if !colored {
			return n
		}
		_, text, _ = strings.Cut(rest, "m")
	}
}

// plainColumns returns the columns of a text without color sequences.
func plainColumns(text string) int {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return runewidth.StringWidth(text)
		}
	}
	return len(text)
}
