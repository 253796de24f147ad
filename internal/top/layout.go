package top

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

const gap = 2 // columns between two cells

// A layout places the cells of a table. Columns only grow while a view is shown, so that cells do
// not move between refreshes.
type layout struct {
	columns []Column
	widths  []int // 0 if the column does not fit
	seen    []int // width of the widest cell so far
}

// least returns the minimum width of a column. The heading needs one more column for the sort mark.
func (c *Column) least() int { return max(c.Width, textutil.Columns(c.Head)+1) }

// update computes the widths for the columns and the visible rows of a page.
func (l *layout) update(columns []Column, rows [][]string, width int, small bool) {
	if len(l.seen) != len(columns) {
		l.seen = make([]int, len(columns))
	}
	l.columns = columns
	for i, c := range columns {
		l.seen[i] = max(l.seen[i], c.least())
	}
	for _, row := range rows {
		for i, cell := range row {
			l.seen[i] = max(l.seen[i], textutil.Columns(cell))
		}
	}
	l.fit(width, small)
}

// fit drops columns until the others fit. It then distributes the remaining width to columns with
// wider cells. A small terminal shows only the first column and one number.
func (l *layout) fit(width int, small bool) {
	l.widths = make([]int, len(l.columns))
	number := false
	for i, c := range l.columns {
		if !small || i == 0 || c.Right && !number {
			l.widths[i] = c.least()
			number = number || c.Right
		}
	}
	for l.total() > width {
		last := -1
		for i, c := range l.columns {
			if l.widths[i] > 0 && c.Drop > 0 && (last < 0 || c.Drop > l.columns[last].Drop) {
				last = i
			}
		}
		if last < 0 {
			break
		}
		l.widths[last] = 0
	}
	left := max(width-l.total(), 0)
	for i := range l.columns {
		if l.widths[i] > 0 {
			more := min(left, l.seen[i]-l.widths[i])
			l.widths[i] += more
			left -= more
		}
	}
	for i, c := range l.columns {
		if l.widths[i] > 0 {
			more := min(left, max(c.Grow-l.widths[i], 0))
			l.widths[i] += more
			left -= more
		}
	}
}

// total returns the width of a row.
func (l *layout) total() (n int) {
	for _, w := range l.widths {
		if w > 0 {
			n += w + gap
		}
	}
	return max(n-gap, 0)
}

// columnAt returns the index of the column at a position in a row, -1 if there is none. The gap
// before a column belongs to it.
func (l *layout) columnAt(x int) int {
	end := 0
	for i, w := range l.widths {
		if w == 0 {
			continue
		}
		if end += w; x < end {
			return i
		}
		end += gap
	}
	return nothing
}

// row returns the text of a row. paint, if not nil, colors a cell after it is fitted to its width.
func (l *layout) row(cells []string, paint func(column int, text string) string) string {
	var b strings.Builder
	first := true
	for i, w := range l.widths {
		if w == 0 {
			continue
		}
		if !first {
			b.WriteString(strings.Repeat(" ", gap))
		}
		first = false
		text := fitted(cells[i], w, l.columns[i].Right)
		if paint != nil {
			text = paint(i, text)
		}
		b.WriteString(text)
	}
	return b.String()
}

// fitted truncates or pads a text to a width.
func fitted(text string, width int, right bool) string {
	if textutil.Columns(text) > width {
		text = ansi.Truncate(text, width, "…")
	}
	blanks := strings.Repeat(" ", max(width-textutil.Columns(text), 0))
	if right {
		return blanks + text
	}
	return text + blanks
}

// asciiMarks replaces each non-ASCII character of the program by an ASCII character.
var asciiMarks = strings.NewReplacer("–", "-", "→", ">", "▌", ">", "↑", "^", "↓", "v", "…", "~",
	"·", "|", "›", ">", "◀", "<", "▶", ">", "▼", "v", "▲", "^", "─", "-", "●", "o", "│", "|")

// reverse returns a line in reverse video, which also works without colors. It removes other
// control sequences, because they could end reverse video.
func reverse(line string) string { return "\x1b[7m" + ansi.Strip(line) + "\x1b[27m" }

// tint colors a text.
func tint(s render.Style, t render.Tone, text string) string {
	return string(s.Tint(nil, t, text))
}
