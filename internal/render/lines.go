package render

import (
	"bytes"
	"io"
	"iter"
	"slices"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A lines writes rows whose columns have known widths: a table of any length in the memory of one
// row. A row that is wider than the style allows goes on in a second line, and a third one.
type lines struct {
	widths []int
	right  []bool
	breaks []bool // before which columns a new line begins
	style  Style
	out    []byte // the latest row
}

// newLines makes columns as wide as their names; those named in right are numbers.
func newLines(style Style, header []string, right ...string) *lines {
	t := &lines{style: style, widths: make([]int, len(header)), right: make([]bool, len(header)),
		breaks: make([]bool, len(header))}
	for i, name := range header {
		t.right[i] = slices.Contains(right, name)
	}
	t.widen(header)
	return t
}

// flowLines looks at all rows for the columns' widths. Where a row has no room it leaves out the
// duration, then the payload; where that doesn't help, rows take several lines, and nothing is left
// out.
func flowLines(v *FlowView, flows iter.Seq[flow.Flow], style Style) *lines {
	t := newLines(style, v.header(), "sent", "received", "bytes", "duration")
	for f := range flows {
		t.widen(v.cells(&f))
	}
	all := t.widths
	for n := 0; n < 2 && t.over() > 0; n++ {
		t.widths = t.widths[:len(t.widths)-1]
	}
	if t.over() > 0 {
		t.widths = all
		t.fold()
	}
	return t
}

// widen makes the columns wide enough for a row.
func (t *lines) widen(cells []string) {
	for i, c := range cells {
		t.widths[i] = max(t.widths[i], textutil.Columns(c))
	}
}

// over is by how many columns a row in one line is too wide.
func (t *lines) over() int {
	n := -gap
	for _, w := range t.widths {
		n += w + gap
	}
	if t.style.Width <= 0 {
		return 0
	}
	return n - t.style.Width
}

// fold begins a new line, under the second column, before each column that has no room in the one
// before it. Numbers that follow one another stay together where they can.
func (t *lines) fold() {
	at := t.widths[0]
	for i := 1; i < len(t.widths); i++ {
		t.breaks[i] = i > 1 && at+gap+t.together(i) > t.style.Width
		if t.breaks[i] {
			at = t.widths[0]
		}
		at += gap + t.widths[i]
	}
}

// together is how wide a column is, or the numbers that it begins.
func (t *lines) together(column int) int {
	n := t.widths[column]
	for i := column + 1; i < len(t.widths) && t.right[i] && t.right[i-1] &&
		!t.right[column-1]; i++ {
		n += gap + t.widths[i]
	}
	return n
}

// shorten takes from one column what a row is too wide, as far as there is something left of it.
func (t *lines) shorten(column int, header string) {
	if over := t.over(); over > 0 {
		t.widths[column] = min(t.widths[column], max(t.widths[column]-over, len(header), 2*least))
	}
}

// header writes the names of the columns.
func (t *lines) header(w io.Writer, cells []string) error {
	for line := range bytes.Lines(t.row(cells)) {
		if _, err := w.Write(append(t.style.add(nil, paintHead,
			string(bytes.TrimSuffix(line, []byte{'\n'}))), '\n')); err != nil {
			return err
		}
	}
	return nil
}

// write writes one row.
func (t *lines) write(w io.Writer, cells []string) error {
	_, err := w.Write(t.row(cells))
	return err
}

// row lays out one row, with a line feed after each line. It stays as it is until the next call.
func (t *lines) row(cells []string) []byte {
	out, begin := t.out[:0], 0
	end := func() {
		for len(out) > begin && out[len(out)-1] == ' ' {
			out = out[:len(out)-1]
		}
		out = append(out, '\n')
		begin = len(out)
	}
	for i, width := range t.widths {
		cell, n := cells[i], textutil.Columns(cells[i])
		if n > width {
			cell, _ = t.style.clip(cell, n-width)
			n = textutil.Columns(cell)
		}
		switch {
		case t.breaks[i]:
			end()
			out = blanks(out, t.widths[0]+gap)
		case i > 0:
			out = blanks(out, gap)
		}
		if t.right[i] {
			out = append(blanks(out, width-n), cell...)
		} else {
			out = blanks(append(out, cell...), width-n)
		}
	}
	end()
	t.out = out
	return out
}

// blanks appends some, none where n is below 0.
func blanks(out []byte, n int) []byte {
	for range n {
		out = append(out, ' ')
	}
	return out
}
