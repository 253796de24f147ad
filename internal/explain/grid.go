package explain

import "github.com/portsniff/portsniff/decode"

// rowBits is how many bits stand side by side, as in the RFCs.
const rowBits = 32

// A segment is the part of one field that lies in one row.
type segment struct {
	field    int  // its index in the header's fields
	from, to int  // bits of the row, to not included
	skip     int  // bits of the field in the rows above
	main     bool // the field's name and value are written here
}

// A row is 32 bits of a header, or means many that are not drawn.
type row struct {
	bit    int // the header's bit that it begins with
	segs   []segment
	folded int // bytes of one long field that are left out here, 0 in a row that is drawn
}

// bits is how much of the row the header fills.
func (r *row) bits() int {
	if len(r.segs) == 0 {
		return 0
	}
	return r.segs[len(r.segs)-1].to
}

// grid lays fields out in rows. start is the frame's bit where the header begins. Of a field that
// fills more than keepRows rows the first and the last ones are drawn, and one row means those
// between.
func grid(fields []decode.Field, start int) (rows []row) {
	for i := range fields {
		from := fields[i].At - start
		end := from + fields[i].Width
		gapFrom, gapTo := middle(from, end)
		best := -1 // the widest segment's row
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

// Of a field that fills more than keepRows rows the first and the last ones are drawn.
const (
	keepRows  = 5
	keepFirst = 2
	keepLast  = 1
)

// middle is what is not drawn of a field with the given bits: the middle of the rows that it fills.
func middle(from, end int) (gapFrom, gapTo int) {
	first := (from + rowBits - 1) / rowBits // the first row that it fills
	if full := end/rowBits - first; full > keepRows {
		return rowBits * (first + keepFirst), rowBits * (first + full - keepLast)
	}
	return 0, 0
}
