package hexdump

import (
	"bytes"
	"strings"
)

// A block holds the bytes of one packet while its rows are read.
type block struct {
	data     []byte
	line     int    // first row, from 0
	start    int    // offset of the first byte
	rows     int    // number of rows, including lines with the length
	width    int    // bytes of its longest row
	last     int    // bytes of its last row
	column   bool   // whether characters follow the bytes
	title    int    // line of text directly above, -1 if there is none
	indent   string // text before the offset of its last row
	digits   int    // of the first offset
	cell     int    // digits of the first cell
	cellSize int    // bytes of the first cell
	complete bool   // its length was read
	proven   bool   // characters show the order of the bytes in a word
}

// maxRow is the greatest size of a row in bytes.
const maxRow = 1 << 18

func (d *dump) assemble() *Error {
	for i := range d.rows {
		var err *Error
		switch d.rows[i].kind {
		case rowData:
			err = d.data(&d.rows[i])
		case rowEnd:
			err = d.end(&d.rows[i])
		case rowStar:
			err = d.star(&d.rows[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open returns the block that is being read, or nil.
func (d *dump) open() *block {
	if len(d.blocks) == 0 || d.blocks[len(d.blocks)-1].complete {
		return nil
	}
	return &d.blocks[len(d.blocks)-1]
}

// begins reports whether a row is the first of a packet: at offset 0, or at any address after a
// line of text.
func (d *dump) begins(r *row) bool {
	return r.kind == rowData && (r.offset == 0 || r.afterText && len(r.digits) >= anyStart)
}

// anyStart is the least number of digits of an offset that may differ from 0 in the first row.
const anyStart = 5

// data reads a row with bytes. The next row determines how many there are.
func (d *dump) data(r *row) *Error {
	b := d.open()
	if d.mark.style == absent && b != nil && !r.apart {
		r.offset = len(b.data)
	}
	if b == nil || r.offset != b.start+len(b.data) {
		if b != nil && !d.begins(r) {
			return d.fail(r.line, 0, r.digits, ErrOffset)
		}
		d.close()
		d.blocks = append(d.blocks,
			block{line: r.line, start: r.offset, title: r.title, digits: len(r.digits)})
		b = d.open()
	}
	c := d.cellsOf(r, b)
	if err := d.measure(c, r); err != nil {
		return err
	}
	if n := len(d.blocks); n > 1 && b.rows == 0 && !r.apart && d.blocks[n-2].rows == 1 &&
		bytes.Equal(d.blocks[n-2].data, c.data[:c.taken]) {
		return d.fail(r.line, 0, r.digits, ErrOffset) // the first row is repeated
	}
	c.take()
	return nil
}

// measure determines how many bytes a row has.
func (d *dump) measure(c *cells, r *row) *Error {
	next := d.after(r)
	if next == nil || next.kind == rowStar || d.mark.style == absent {
		return c.last()
	}
	size := next.offset - r.offset
	if size <= 0 || size > maxRow {
		if !d.begins(next) {
			return d.fail(next.line, 0, next.digits, ErrOffset)
		}
		return c.last()
	}
	err := c.exactly(size, next.kind == rowEnd)
	if err == nil || c.last() != nil {
		return err
	}
	if d.begins(next) {
		return nil
	}
	return d.fail(next.line, c.taken, next.digits, ErrOffset) // the row itself is correct
}

// after returns the next row, or nil.
func (d *dump) after(r *row) *row {
	if r.index+1 < len(d.rows) {
		return &d.rows[r.index+1]
	}
	return nil
}

// close ends the block that is being read.
func (d *dump) close() {
	if b := d.open(); b != nil {
		b.complete = true
		d.done += len(b.data)
	}
}

// end reads the last line of od and hexdump, which is the total length.
func (d *dump) end(r *row) *Error {
	b := d.open()
	if b == nil || r.offset != b.start+len(b.data) {
		return d.fail(r.line, 0, r.digits, ErrOffset)
	}
	b.rows++
	d.parts = append(d.parts, d.head(r)...)
	d.close()
	return nil
}

// head returns the parts of a row before its bytes.
func (d *dump) head(r *row) []part {
	out := []part{{r.line, r.start, r.body, partOffset}}
	if strings.TrimSpace(d.lines[r.line][:r.start]) != "" {
		out = append(out, part{r.line, 0, r.start, partPrefix})
	}
	return out
}

// star repeats the previous row up to the offset of the next row.
func (d *dump) star(r *row) *Error {
	b, next := d.open(), d.after(r)
	if b == nil || next == nil {
		return d.fail(r.line, 0, "*", ErrOffset)
	}
	gap := next.offset - b.start - len(b.data)
	switch {
	case gap <= 0 || gap%b.last != 0:
		return d.fail(next.line, 0, next.digits, ErrOffset)
	case gap > MaxBytes-d.done-len(b.data):
		return d.fail(next.line, 0, next.digits, ErrLong)
	}
	above := b.data[len(b.data)-b.last:]
	b.data = append(b.data, bytes.Repeat(above, gap/b.last)...)
	d.parts = append(d.parts, part{r.line, 0, len(d.lines[r.line]), partMark})
	return nil
}
