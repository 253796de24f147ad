package term

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/portsniff/portsniff/internal/textutil"
)

// A LiveTable draws a table repeatedly: in place on a terminal, else each below the previous one.
type LiveTable struct {
	out   io.Writer
	draw  func(io.Writer) error
	tty   bool
	shown string // the table that is on the terminal
}

// NewLiveTable returns a LiveTable whose table is written by draw.
func NewLiveTable(out io.Writer, draw func(io.Writer) error) *LiveTable {
	return &LiveTable{out: out, draw: draw, tty: Is(out)}
}

// Draw draws the table again.
func (t *LiveTable) Draw() error {
	var b bytes.Buffer
	if err := t.draw(&b); err != nil {
		return err
	}
	text := b.String()
	if !t.tty {
		_, err := fmt.Fprintf(t.out, "%s\n%s\n", time.Now().Format(time.TimeOnly), text)
		return err
	}
	if columns, rows := Size(t.out); columns > 0 {
		text = firstLines(text, rows-1, columns)
	}
	b.Reset()
	if err := t.Erase(&b); err != nil {
		return err
	}
	b.WriteString(text)
	if _, err := t.out.Write(b.Bytes()); err != nil { // one write avoids flicker
		return err
	}
	t.shown = text
	return nil
}

// eraseFrom are control sequences of ECMA-48: go up a number of lines and erase everything below.
const eraseFrom = "\x1b[%dF\x1b[J"

// Erase writes to w a control sequence that removes the table from the terminal. It uses the
// terminal's current width, because a terminal that is resized wraps the lines again.
func (t *LiveTable) Erase(w io.Writer) error {
	if t.shown == "" {
		return nil
	}
	columns, _ := Size(t.out)
	_, err := fmt.Fprintf(w, eraseFrom, height(t.shown, columns))
	return err
}

// height returns the number of rows that a text takes on a terminal with the given number of
// columns. A wider line takes several rows. With 0 columns each line takes one row.
func height(text string, columns int) (rows int) {
	for line := range strings.Lines(text) {
		rows++
		if columns > 0 {
			rows += max(textutil.Columns(strings.TrimSuffix(line, "\n"))-1, 0) / columns
		}
	}
	return rows
}

// firstLines returns the lines of a text that fit in n rows. If some do not fit, the last row shows
// how many.
func firstLines(text string, n, columns int) string {
	if n < 2 || height(text, columns) <= n {
		return text
	}
	var out strings.Builder
	left := strings.Count(text, "\n")
	for line := range strings.Lines(text) {
		if n -= height(line, columns); n < 1 {
			break
		}
		out.WriteString(line)
		left--
	}
	fmt.Fprintf(&out, "... %d more lines\n", left)
	return out.String()
}
