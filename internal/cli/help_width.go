package cli

import (
	"regexp"
	"strings"

	"github.com/portsniff/portsniff/internal/textutil"
)

// helpIndent is the indentation of text that does not fit next to its label.
const helpIndent = "        "

// gapInLine matches the blanks between a flag or word and its description.
var gapInLine = regexp.MustCompile(`\S {2,}`)

// fitHelp adapts a help page of 80 columns to a narrower terminal. With 0 columns it changes
// nothing.
func fitHelp(page string, columns int) string {
	if columns <= 0 {
		return page
	}
	var b strings.Builder
	prose := ""
	flush := func() {
		if prose != "" {
			b.WriteString(textutil.Wrap(prose, columns, "") + "\n")
			prose = ""
		}
	}
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if line != "" && line[0] != ' ' {
			prose = strings.TrimSpace(prose + " " + line)
			if !strings.HasSuffix(line, ":") {
				continue
			}
			line = prose
			prose = ""
		}
		flush()
		b.WriteString(fitLine(line, columns) + "\n")
	}
	flush()
	return b.String()
}

// fitLine breaks a line of a list between words. A description is aligned with its first line. If
// its column is beyond half of the width, the description starts on its own line.
func fitLine(line string, columns int) string {
	if textutil.Columns(line) <= columns {
		return line
	}
	gaps := gapInLine.FindAllStringIndex(line, -1)
	if len(gaps) == 0 {
		return textutil.Wrap(line, columns, helpIndent)
	}
	last := gaps[len(gaps)-1]
	label, text := line[:last[0]+1], line[last[1]:]
	if last[1] <= columns/2 {
		return textutil.Wrap(line, columns, strings.Repeat(" ", last[1]))
	}
	return textutil.Wrap(label, columns, helpIndent) + "\n" +
		textutil.Wrap(helpIndent+text, columns, helpIndent)
}
