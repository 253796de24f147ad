package hexdump

import "strings"

// cells reads one row of a dump after its offset.
type cells struct {
	dump  *dump
	row   *row
	block *block
	body  string // the line after the offset
	first int    // start of the first cell in body
	ends  []int  // end of each cell in body
	sizes []int  // number of bytes up to there
	data  []byte

	count  int  // number of cells that belong to the row
	taken  int  // number of bytes that belong to the row
	isLast bool // the total length follows
	late   int  // number of blank bytes before the first cell
	column bool // characters follow
}

func (d *dump) cellsOf(r *row, b *block) *cells {
	return &cells{dump: d, row: r, block: b, body: d.lines[r.line][r.body:]}
}

func (c *cells) fail(text string, err error) *Error {
	return c.dump.fail(c.row.line, len(c.data), text, err)
}

// collect reads the given number of bytes or, for 0, up to the first word that is not a cell. Blank
// columns at the end of a full row of characters may be missing.
func (c *cells) collect(want int) {
	c.ends, c.sizes, c.data = nil, nil, nil
	kind := &c.dump.cells
	if kind.chars && want > charRow {
		return
	}
	for at := 0; want == 0 || len(c.data) < want; {
		switch {
		case kind.chars:
		case len(c.ends) == 0 || kind.base == 10: // a dash is a sign
			at = blanks(c.body, at)
		default:
			at += separator(c.body[at:])
		}
		if at == len(c.body) && !(kind.chars && want == charRow && !c.isLast) {
			return
		}
		data, n, ok := kind.read(c.body[at:])
		if !ok || !c.fits(at, n) {
			return
		}
		if len(c.ends) == 0 {
			c.first = at
		}
		at += n
		c.data = append(c.data, data...)
		c.ends, c.sizes = append(c.ends, at), append(c.sizes, len(c.data))
	}
}

// fits reports whether a cell of the given length can follow the previous ones. Hexadecimal cells
// have the length of the first one; only the last may be shorter. Decimal cells end in equal
// columns, which are wider than those of hexadecimal bytes.
func (c *cells) fits(at, length int) bool {
	kind, n := &c.dump.cells, len(c.ends)
	switch {
	case kind.base == 10 && n == 0:
		return at+length >= decimalColumn
	case kind.base == 10:
		return at+length == (n+1)*c.ends[0]
	case kind.base != 16:
		return true
	case n == 0:
		size := (length - len(kind.open)) / 2
		isWord := !kind.little || size >= kind.size && size&(size-1) == 0 || c.block.cell > 0
		return isWord && (c.block.cell == 0 || length <= c.block.cell)
	}
	width := c.ends[0] - c.first
	return length <= width && (n == 1 || c.lastWidth() == width)
}

// decimalColumn is the width of a column of od -t u1, the narrowest decimal one.
const decimalColumn = 4

// lastWidth returns the number of characters of the last cell. There must be another cell before
// it.
func (c *cells) lastWidth() int {
	n := len(c.ends)
	if c.dump.cells.base != 16 {
		return 0
	}
	word := c.body[c.ends[n-2]:c.ends[n-1]]
	return len(word) - separator(word)
}

// exactly reads a row of the given number of bytes. The last row of a dump with a total length may
// end in zeros that pad a word.
func (c *cells) exactly(want int, isLast bool) *Error {
	c.isLast = isLast
	c.collect(want)
	c.count, c.taken = len(c.ends), len(c.data)
	if c.taken > want && isLast && c.dump.cells.little {
		for _, b := range c.data[want:] {
			if b != 0 {
				return c.fail("", ErrOffset)
			}
		}
		c.taken = want
	}
	switch {
	case c.taken == want:
	case c.taken > 0 && c.taken < want && c.startsLate(want-c.taken):
	default:
		return c.complain()
	}
	rest := c.rest()
	c.column = isColumn(rest, c.data[:c.taken])
	if !c.column && strings.TrimSpace(rest) != "" {
		return c.complain()
	}
	return nil
}

// startsLate reports whether the first row of a dump has the given number of blank bytes, as in
// Cisco's dumps from an odd address. Then its first cell is in the same column as in the next row.
func (c *cells) startsLate(missing int) bool {
	next := c.dump.after(c.row)
	size := c.sizes[0]
	if len(c.block.data) > 0 || next == nil || next.kind != rowData || missing%size != 0 {
		return false
	}
	below := c.dump.cellsOf(next, c.block)
	below.collect(size)
	stride := c.ends[0] - c.first + 1
	if len(below.ends) == 0 ||
		c.row.body+c.first != next.body+below.first+missing/size*stride {
		return false
	}
	c.late = missing
	return true
}

// last reads a row of unknown length. It ends at the end of the line or before its characters.
func (c *cells) last() *Error {
	c.collect(0)
	plain := len(c.ends) > 0 && strings.TrimSpace(c.body[c.ends[len(c.ends)-1]:]) == ""
	beside := c.findColumn()
	switch {
	case beside > 0 && plain && c.block.rows == 0 && !c.apart(beside):
		return c.fail(c.body, ErrAmbiguous)
	case beside > 0 && (c.block.rows == 0 || c.block.column || !plain):
		c.count, c.column = beside, true
	case plain && c.dump.mark.style != absent &&
		(!c.block.column || strings.Trim(string(c.data), " ") == ""):
		c.count, c.column = len(c.ends), false
	default:
		c.count = len(c.ends)
		return c.complain()
	}
	c.taken = c.sizes[c.count-1]
	if n := c.block.width; n > 0 && c.taken > n {
		return c.fail(c.body, ErrRow) // longer than the rows before
	}
	return nil
}

// findColumn returns the number of cells that their characters follow, or 0.
func (c *cells) findColumn() int {
	for n := len(c.ends); n > 0; n-- {
		rest := strings.TrimSpace(c.body[c.ends[n-1]:])
		largest := c.sizes[n-1]
		if largest += largest/8 + 8; len(rest) > 4*largest {
			break // the text is too long for fewer cells too
		}
		if rest != "" && isColumn(c.body[c.ends[n-1]:], c.data[:c.sizes[n-1]]) {
			return n
		}
	}
	return 0
}

// apart reports whether the gap after the given number of cells is wider than all other gaps in the
// row.
func (c *cells) apart(n int) bool {
	gap := separator(c.body[c.ends[n-1]:])
	for i, end := range c.ends[:len(c.ends)-1] {
		if i != n-1 && separator(c.body[end:]) >= gap {
			return false
		}
	}
	return true
}

// rest returns the text after the cells that belong to the row.
func (c *cells) rest() string {
	if c.count == 0 {
		return c.body
	}
	return c.body[c.ends[c.count-1]:]
}

// complain returns an error about the text after the cells.
func (c *cells) complain() *Error {
	rest := c.rest()
	rest = rest[separator(rest):]
	word := rest[:wordLen(rest)]
	width := 0
	if c.count > 0 {
		width = c.ends[0] - c.first
	}
	switch {
	case word == "":
		return c.fail(c.body, ErrRow)
	case hexLen(word) == len(word) && len(word)%2 == 1:
		return c.fail(word, ErrOdd)
	case len(word) == width && hexLen(word) > 0:
		return c.fail(word, ErrDigit)
	}
	return c.fail(rest, ErrText)
}

// take adds the row to its block.
func (c *cells) take() {
	b, r := c.block, c.row
	if len(b.data) == 0 {
		b.cell, b.cellSize = c.ends[0]-c.first, c.sizes[0]
	}
	b.data = append(b.data, c.data[:c.taken]...)
	b.start += c.late
	b.last, b.width = c.taken, max(b.width, c.taken+c.late)
	b.column = b.column || c.column
	b.proven = b.proven || c.column && !isColumn(c.rest(), swapped(c.data[:c.taken], c.sizes[0]))
	b.rows++
	d := c.dump
	b.indent = d.lines[r.line][:r.start]
	d.parts = append(d.parts, d.head(r)...)
	end := r.body + c.ends[c.count-1]
	d.parts = append(d.parts, part{r.line, r.body + c.first, end, partDigits})
	if c.column {
		d.parts = append(d.parts, part{r.line, end, len(d.lines[r.line]), partText})
	}
}
