package explain

import "github.com/portsniff/portsniff/decode"

// rowBits is the number of bits in a row, as in the RFCs.
const rowBits = 32

// A segment is the part of one field that lies in one row.
type segment struct {
	field    int  // index in the header's fields
	from, to int  // bits of the row, to excluded
	skip     int  // bits of the field in the rows above
	main     bool // the field's name and value are written here
}

// A row is 32 bits of a header, or represents several rows that are not drawn.
type row struct {
	bit    int // first bit, counted in the header
	segs   []segment
	folded int // bytes of a long field that are not drawn, 0 for an ordinary row
}

// bits returns the number of bits of the row that the header fills.
func (r *row) bits() int {
	if len(r.segs) == 0 {
		return 0
	}
	return r.segs[len(r.segs)-1].to
}

// grid arranges fields in rows. start is the header's first bit in the frame. If a field fills more
// than keepRows rows, only the first and the last ones are drawn. One row represents those between.
func grid(fields []decode.Field, start int) (rows []row) {
	for i := range fields {
		from := fields[i].At - start
		end := from + fields[i].Width
		gapFrom, gapTo := middle(from, end)
		best := -1 // row of the widest segment
		for bit := from; bit < end; {
			s := segment{field: i, from: bit % rowBits, to: min(rowBits, end-bit/rowBits*rowBits),
				skip: bit - from}
			if bit == gapFrom && gapTo > gapFrom {
				rows = append(rows, row{bit: bit, segs: []segment{s},
					folded: (gapTo - gapFrom) / 8})
				bit = gapTo
				continue
			}
			n := len(rows) - 1
			if n < 0 || rows[n].bit+rowBits <= bit {
				rows = append(rows, row{bit: bit - s.from})
				n++
			}
			rows[n].segs = append(rows[n].segs, s)
			if best < 0 || s.to-s.from > rows[best].last().to-rows[best].last().from {
				best = n
			}
			bit += s.to - s.from
		}
		if best >= 0 {
			rows[best].last().main = true
		}
	}
	return rows
}

func (r *row) last() *segment { return &r.segs[len(r.segs)-1] }

// Number of rows of a field above which it is folded, and the rows that are drawn then.
const (
	keepRows  = 5
	keepFirst = 2
	keepLast  = 1
)

// middle returns the bits of a field that are not drawn, or 0, 0. They are in the middle of its
// rows.
func middle(from, end int) (gapFrom, gapTo int) {
	first := (from + rowBits - 1) / rowBits // first row that the field fills
	if full := end/rowBits - first; full > keepRows {
		return rowBits * (first + keepFirst), rowBits * (first + full - keepLast)
	}
	return 0, 0
}
