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

// A row is 32 bits of a header, or stands for many that are not drawn.
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

// grid lays fields out in rows. start is the frame's bit where the header begins.
func grid(fields []decode.Field, start int) (rows []row) {
	for i := range fields {
		best := -1 // the widest segment's row
		for bit, end := fields[i].At-start, fields[i].At-start+fields[i].Width; bit < end; {
			n := bit / rowBits
			for len(rows) <= n {
				rows = append(rows, row{bit: rowBits * len(rows)})
			}
			s := segment{field: i, from: bit % rowBits, to: min(rowBits, end-n*rowBits), skip: bit - (fields[i].At - start)}
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
	return fold(rows)
}

func (r *row) last() *segment { return &r.segs[len(r.segs)-1] }

// Of a field that fills more than keepRows rows the first and the last ones are drawn.
const (
	keepRows  = 5
	keepFirst = 2
	keepLast  = 1
)

// fold puts one row in the place of the middle of each long field.
func fold(rows []row) (out []row) {
	for i := 0; i < len(rows); {
		n := 1
		for i+n < len(rows) && rows[i].fills() && rows[i+n].fills() && rows[i+n].segs[0].field == rows[i].segs[0].field {
			n++
		}
		if n <= keepRows {
			out = append(out, rows[i:i+n]...)
		} else {
			out = append(out, rows[i:i+keepFirst]...)
			gap := row{bit: rows[i+keepFirst].bit, segs: rows[i+keepFirst].segs, folded: rowBits / 8 * (n - keepFirst - keepLast)}
			out = append(append(out, gap), rows[i+n-keepLast:i+n]...)
		}
		i += n
	}
	return out
}

// fills reports whether one field fills the row.
func (r *row) fills() bool { return len(r.segs) == 1 && r.bits() == rowBits && r.segs[0].from == 0 }
