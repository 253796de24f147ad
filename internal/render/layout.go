package render

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/portsniff/portsniff/internal/textutil"
)

// gap is the number of spaces between columns.
const gap = 2

// A layout writes rows of text in columns of known widths. It holds one row at a time, so tables
// may have any length.
type layout[R any] struct {
	columns []Column[R]
	widths  []int
	breaks  []bool // columns before which a row continues in a new line
	indent  int    // indentation of such lines
	style   Style
	cell    *Cell
	ends    []int // ends of the row's cells in cell.out
	out     []byte

	reserved int // columns of a line that are not available to the table's columns
}

// text writes the table as text and returns its layout, which knows the columns that fit. It reads
// the rows twice: to find the widths, and to write them.
func (t *Table[R]) text(w io.Writer, style Style) (*layout[R], error) {
	l := &layout[R]{columns: t.in(FormatText), style: style, cell: newCell(FormatText, style)}
	l.widths, l.breaks = make([]int, len(l.columns)), make([]bool, len(l.columns))
	for i := range l.columns {
		l.widths[i] = textutil.Columns(l.columns[i].Head)
	}
	rows := 0
	for r := range t.Rows {
		rows++
		l.widen(r)
	}
	all := layout[R]{columns: l.columns, widths: slices.Clone(l.widths)}
	if t.BarLeast > 0 {
		l.reserved = gap + t.BarLeast
	}
	l.fit()
	if l.reserved = 0; t.Fold && l.over() > 0 {
		l.fold(all)
	}
	if rows == 0 {
		return l, nil
	}
	head, bar := "", func(*R) string { return "" }
	if t.Bar != nil {
		if width := l.rest(t.BarWidth); width >= least {
			head, bar = t.Bar(width)
		}
	}
	if err := l.header(w, head); err != nil {
		return l, err
	}
	for r := range t.Rows {
		if _, err := w.Write(l.row(r, bar(r))); err != nil {
			return l, err
		}
	}
	return l, nil
}

// has reports whether a column fits.
func (l *layout[R]) has(head string) bool {
	return slices.ContainsFunc(l.columns, func(c Column[R]) bool { return c.Head == head })
}

// cells formats the cells of one row.
func (l *layout[R]) cells(r *R) {
	l.cell.out, l.ends = l.cell.out[:0], l.ends[:0]
	for i := range l.columns {
		l.columns[i].Value(l.cell, r)
		l.ends = append(l.ends, len(l.cell.out))
	}
}

// widen increases the column widths to fit a row.
func (l *layout[R]) widen(r *R) {
	l.cells(r)
	from := 0
	for i, end := range l.ends {
		l.widths[i] = max(l.widths[i], columnsOf(l.cell.out[from:end]))
		from = end
	}
}

// columnsOf returns the number of columns that a text takes on a terminal.
func columnsOf(text []byte) int {
	for _, c := range text {
		if c >= utf8.RuneSelf || c == '\x1b' {
			return textutil.Columns(string(text))
		}
	}
	return len(text)
}

// over returns by how many columns a row in one line is too wide.
func (l *layout[R]) over() int {
	if l.style.Width <= 0 {
		return 0
	}
	n := -gap
	for _, w := range l.widths {
		n += w + gap
	}
	return n + l.reserved - l.style.Width
}

// rest returns the width of a bar after a row: the remaining columns, but not more than limit.
func (l *layout[R]) rest(limit int) int {
	if l.style.Width <= 0 {
		return limit
	}
	return min(limit, -l.over()-gap)
}

// fit narrows rows that are too wide, if the columns allow it.
func (l *layout[R]) fit() {
	wanted := map[string]int{}
	for i := range l.columns {
		wanted[l.columns[i].Head] = l.widths[i]
	}
	l.drop(func(c *Column[R]) int { return c.Drop })
	if last := len(l.columns) - 1; l.columns[last].Wrap {
		if width := l.widths[last] - max(l.over(), 0); width >= leastWrapped {
			l.widths[last] = width
		}
	}
	for _, i := range order(l.columns, func(c *Column[R]) int { return c.Clip }) {
		if over := l.over(); over > 0 {
			shortest := max(l.widths[i]-over, len(l.columns[i].Head), 2*least)
			l.widths[i] = min(l.widths[i], shortest)
		}
	}
	l.drop(func(c *Column[R]) int { return c.DropLast })
	for i := range l.columns { // columns that were left out free space
		if l.columns[i].Clip > 0 && l.over() < 0 {
			l.widths[i] = min(wanted[l.columns[i].Head], l.widths[i]-l.over())
		}
	}
}

// leastWrapped is the least width of a column with wrapped text.
const leastWrapped = 24

// drop leaves out columns with a rank, lowest first, until rows fit.
func (l *layout[R]) drop(rank func(*Column[R]) int) {
	columns := l.columns
	for _, i := range order(columns, rank) {
		if l.over() <= 0 {
			return
		}
		at := slices.IndexFunc(l.columns, func(c Column[R]) bool {
			return c.Head == columns[i].Head
		})
		l.columns = slices.Delete(slices.Clone(l.columns), at, at+1)
		l.widths = slices.Delete(slices.Clone(l.widths), at, at+1)
	}
}

// order returns the indexes of the columns with a rank above 0, the lowest rank first.
func order[R any](columns []Column[R], rank func(*Column[R]) int) (list []int) {
	for i := range columns {
		if rank(&columns[i]) > 0 {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(x, y int) int {
		return rank(&columns[x]) - rank(&columns[y])
	})
	return list
}

// fold shows all columns of a layout, in several lines per row. It begins a new line before each
// column that does not fit in the current line. New lines begin under the second column if the
// first column is narrow. Consecutive columns of numbers stay together if they fit.
func (l *layout[R]) fold(all layout[R]) {
	l.columns, l.widths = all.columns, all.widths
	l.indent = l.widths[0] + gap
	if l.indent > l.style.Width/4 { // the other columns need the space more
		l.indent = 2 * gap
	}
	at := l.widths[0]
	for i := 1; i < len(l.widths); i++ {
		gains := i > 1 || at+gap > l.indent // a new line begins further to the left
		l.breaks[i] = gains && at+gap+l.together(i) > l.style.Width
		if l.breaks[i] {
			at = l.indent - gap
		}
		at += gap + l.widths[i]
	}
}

// together returns the width of column i, including the columns of numbers that follow it.
func (l *layout[R]) together(i int) int {
	n := l.widths[i]
	for j := i + 1; j < len(l.widths) && l.columns[j].Right && l.columns[j-1].Right &&
		!l.columns[i-1].Right; j++ {
		n += gap + l.widths[j]
	}
	return n
}

// header writes the names of the columns and of the bar.
func (l *layout[R]) header(w io.Writer, bar string) error {
	l.cell.out, l.ends = l.cell.out[:0], l.ends[:0]
	for i := range l.columns {
		l.cell.raw(l.columns[i].Head)
		l.ends = append(l.ends, len(l.cell.out))
	}
	for line := range bytes.Lines(l.lay(bar)) {
		text := string(bytes.TrimSuffix(line, []byte{'\n'}))
		if _, err := w.Write(append(l.style.add(nil, paintHead, text), '\n')); err != nil {
			return err
		}
	}
	return nil
}

// row lays out one row and its bar. It is valid until the next call.
func (l *layout[R]) row(r *R, bar string) []byte {
	l.cells(r)
	return l.lay(bar)
}

// lay formats the current cells, with a line feed after each line.
func (l *layout[R]) lay(bar string) []byte {
	out, from, begin := l.out[:0], 0, 0
	for i, width := range l.widths {
		cell := l.cell.out[from:l.ends[i]]
		from = l.ends[i]
		n := columnsOf(cell)
		if space := l.style.Width - l.indent; l.breaks[i] && n > space {
			cell, n = wrapped(cell, space, l.indent)
		} else if l.columns[i].Wrap && n > width {
			cell, n = wrapped(cell, width, columnsOf(out[begin:])+gap)
		}
		if n > width {
			text, _ := l.style.clip(string(cell), n-width)
			cell, n = []byte(text), textutil.Columns(text)
		}
		switch {
		case l.breaks[i]:
			out = endLine(out, begin)
			begin = len(out)
			out = blanks(out, l.indent)
		case i > 0:
			out = blanks(out, gap)
		}
		if l.columns[i].Right {
			out = append(blanks(out, width-n), cell...)
		} else {
			out = blanks(append(out, cell...), width-n)
		}
	}
	if bar != "" {
		out = append(blanks(out, gap), bar...)
	}
	l.out = endLine(out, begin)
	return l.out
}

// wrapped breaks a cell that is too wide into lines of the given number of columns. It also
// returns the width of the last line.
func wrapped(cell []byte, columns, indent int) ([]byte, int) {
	lines := textutil.Wrap(string(cell), columns, "")
	last := lines[strings.LastIndexByte(lines, '\n')+1:]
	text := strings.ReplaceAll(lines, "\n", "\n"+strings.Repeat(" ", indent))
	return []byte(text), textutil.Columns(last)
}

// endLine ends a line that starts at begin, and removes its trailing spaces. It drops a line after
// the first one if nothing else is in it.
func endLine(out []byte, begin int) []byte {
	for len(out) > begin && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	if len(out) == begin && begin > 0 {
		return out
	}
	return append(out, '\n')
}

// blanks appends n spaces, or none if n is negative.
func blanks(out []byte, n int) []byte {
	for range n {
		out = append(out, ' ')
	}
	return out
}
