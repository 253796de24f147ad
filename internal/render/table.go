package render

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/textutil"
)

// wideWidth is the width in columns from which tables have additional columns.
const wideWidth = 100

func (s Style) wide() bool { return s.Width <= 0 || s.Width >= wideWidth }

// processHead is the heading of the column with the processes of a port or a flow.
const processHead = "process"

// clockTime returns a time of day in the local time zone, to the second.
func clockTime(nanos int64) string {
	if nanos == flow.NoTime {
		return "-"
	}
	return time.Unix(0, nanos).Format(time.TimeOnly)
}

func portProto(k flow.PortKey) string { return port(k.Port) + "/" + k.Proto.String() }

// service returns the names of a port: IANA's, and the common one.
func service(k flow.PortKey) string {
	return cmp.Or(annotate.Registered(k.Proto, k.Port).Label(), "-")
}

// textWidth is the width of lines of text below a table, unless the style is narrower.
const textWidth = 80

// listed writes a label and a list, wrapped into lines.
func (s Style) listed(what string, items []string) string {
	var b strings.Builder
	b.WriteString(what)
	space := s.textWidth() - len(what)
	for i, item := range items {
		if i < len(items)-1 {
			item += ","
		}
		switch {
		case space <= len(item) && b.Len() > 0:
			b.WriteString(newLine)
			space = s.textWidth() - len(newLine) + 1
		case i == 0:
		default:
			b.WriteByte(' ')
			space--
		}
		b.WriteString(item)
		space -= len(item)
	}
	return strings.ReplaceAll(b.String(), " \n", "\n") + "\n"
}

// newLine continues a text in the next line.
const newLine = "\n  "

func (s Style) textWidth() int {
	if s.Width > 0 {
		return min(s.Width, textWidth)
	}
	return textWidth
}

// wrap breaks a sentence into lines of the style's width.
func (s Style) wrap(text string) string {
	return textutil.Wrap(text, s.Width, newLine[1:]) + "\n"
}

func percent(n, of uint64) string {
	if of == 0 {
		return "-"
	}
	return strconv.FormatFloat(100*float64(n)/float64(of), 'f', 1, 64) + "%"
}
