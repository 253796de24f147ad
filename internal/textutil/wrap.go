package textutil

import "strings"

// Wrap breaks text at blanks into lines of at most the given number of columns. Each line after the
// first begins with indent. A word that is wider than a line stays whole. With 0 columns or less,
// Wrap returns the text unchanged.
func Wrap(text string, columns int, indent string) string {
	if columns <= 0 || Columns(text) <= columns {
		return text
	}
	var b strings.Builder
	used, least := 0, 0 // columns of the line, and of its leading blanks
	for i, word := range strings.Split(text, " ") {
		n := Columns(word)
		switch {
		case i == 0:
		case used > least && used+1+n > columns:
			b.WriteString("\n" + indent)
			used = Columns(indent)
			least = used
		default:
			b.WriteByte(' ')
			if used == least && n == 0 { // a leading blank of the text
				least++
			}
			used++
		}
		b.WriteString(word)
		used += n
	}
	return b.String()
}
