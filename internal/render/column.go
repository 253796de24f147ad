package render

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"slices"
)

// A Format selects how a table is written.
type Format string

// The formats of tables.
const (
	FormatText Format = "text"
	FormatJSON Format = "json" // one object per line
	FormatCSV  Format = "csv"  // RFC 4180, after a header line
)

// In selects the formats that contain a column. The zero value means all of them.
type In uint8

// The formats of a column.
const (
	InText In = 1 << iota
	InJSON
	InCSV
	InData = InJSON | InCSV
)

var formatBits = map[Format]In{FormatText: InText, FormatJSON: InJSON, FormatCSV: InCSV}

// A Column describes one column of a table whose rows are of type R, for all formats.
type Column[R any] struct {
	Key   string // its name in JSON and CSV
	Head  string // its name in text
	Value func(c *Cell, r *R)
	In    In
	Right bool // align text at the right, like numbers

	// Drop, Clip and DropLast say what happens if text is too wide. First columns with Drop are
	// left out, then columns with Clip are shortened, then columns with DropLast are left out.
	// In each step the lowest number above 0 is first.
	Drop, Clip, DropLast int
	Wrap                 bool // before that, text of this column, the last one, is wrapped
}

// A Table describes rows and their columns.
type Table[R any] struct {
	Schema  string // names the schema of the JSON objects
	Columns []Column[R]
	Rows    iter.Seq[*R] // the same rows each time; a row is valid until the next one
	Fold    bool         // text rows that are too wide take several lines

	// Bar returns a heading and a function that draws a bar after each row's text, at most width
	// columns wide. A nil Bar draws nothing.
	Bar      func(width int) (head string, bar func(r *R) string)
	BarWidth int // greatest width of a bar, in columns
	BarLeast int // least width for which other columns are left out; 0 for none
}

// in returns the columns of a format.
func (t *Table[R]) in(f Format) []Column[R] {
	return slices.DeleteFunc(slices.Clone(t.Columns), func(c Column[R]) bool {
		return c.In != 0 && c.In&formatBits[f] == 0
	})
}

// Write writes the table. Text without rows has no header line.
func (t *Table[R]) Write(w io.Writer, f Format, style Style) error {
	switch f {
	case FormatJSON:
		return t.json(w)
	case FormatCSV:
		return t.csv(w)
	}
	_, err := t.text(w, style)
	return err
}

// json writes an object for each row. A column without a value in a row has no key in its object.
func (t *Table[R]) json(w io.Writer) error {
	c, columns := newCell(FormatJSON, Style{}), t.in(FormatJSON)
	keys := make([]string, len(columns))
	for i := range columns {
		keys[i] = `,"` + columns[i].Key + `":`
	}
	head := `{"schema":"` + t.Schema + `"`
	for r := range t.Rows {
		c.out = append(c.out[:0], head...)
		for i := range columns {
			before := len(c.out)
			c.out = append(c.out, keys[i]...)
			after := len(c.out)
			if columns[i].Value(c, r); len(c.out) == after {
				c.out = c.out[:before]
			}
		}
		c.out = append(c.out, "}\n"...)
		if _, err := w.Write(c.out); err != nil {
			return err
		}
	}
	return nil
}

// csv writes a header line and the rows.
func (t *Table[R]) csv(w io.Writer) error {
	c, columns := newCell(FormatCSV, Style{}), t.in(FormatCSV)
	for i := range columns {
		c.out = append(append(c.out, columns[i].Key...), ',')
	}
	if err := c.endLine(w); err != nil {
		return err
	}
	for r := range t.Rows {
		for i := range columns {
			columns[i].Value(c, r)
			c.out = append(c.out, ',')
		}
		if err := c.endLine(w); err != nil {
			return err
		}
	}
	return nil
}

// endLine replaces the last comma by a line feed and writes the line.
func (c *Cell) endLine(w io.Writer) error {
	c.out[len(c.out)-1] = '\n'
	_, err := w.Write(c.out)
	c.out = c.out[:0]
	return err
}

// JSONLines writes each value as a JSON object on its own line.
func JSONLines[T any](w io.Writer, rows []T) error {
	enc := json.NewEncoder(&visible{w: w})
	enc.SetEscapeHTML(false)
	for i := range rows {
		if err := enc.Encode(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// A visible is a writer that passes on the lines of a JSON encoder. encoding/json escapes control
// characters below the space, but not DEL, the C1 controls and bidirectional controls. A visible
// escapes these too, as JSONWriter does. They occur only inside JSON strings.
type visible struct {
	w   io.Writer
	out []byte
}

// Write expects a whole line per call, as json.Encoder writes it.
func (v *visible) Write(line []byte) (int, error) {
	if !slices.ContainsFunc(line, func(c byte) bool { return c > '~' }) {
		return v.w.Write(line)
	}
	v.out = v.out[:0]
	for _, r := range string(bytes.TrimSuffix(line, []byte("\n"))) {
		v.out = appendVisible(v.out, r)
	}
	v.out = append(v.out, '\n')
	if _, err := v.w.Write(v.out); err != nil {
		return 0, err
	}
	return len(line), nil
}
