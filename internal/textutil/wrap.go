package textutil

import "strings"

// Wrap breaks text at blanks into lines of at most the given number of columns, and begins each
// line after the first with indent. A word that is wider than a line stays whole. With 0 columns
// nothing is broken.
func Wrap(text string, columns int, indent string) string {
	if columns <= 0 || Columns(text) <= columns {
		return text
	}
	var b strings.Builder
	used, least := 0, 0 // columns of the line, and of the blanks that it begins with
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
			if used == least && n == 0 { // blanks that the text begins with
				least++
			}
			used++
		}
		b.WriteString(word)
		used += n
	}
	return b.String()
}
