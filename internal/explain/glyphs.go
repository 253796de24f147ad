package explain

import "strings"

// A glyph is a character that boxes are drawn with.
type glyph uint8

const (
	side    glyph = iota // left or right of a box
	gapSide              // the same for a row that represents several
)

func (v *view) glyph(g glyph) string {
	switch {
	case g == side && v.opt.Unicode:
		return "│"
	case g == side:
		return "|"
	case v.opt.Unicode:
		return "┊"
	}
	return "~"
}

// Directions of the lines at a crossing, as bits of the index in joints.
const (
	up = 1 << iota
	down
	left
	right
)

// joints are the box characters by the directions of their lines. In the second set the horizontal
// line is double, because it borders on ports.
var joints = [2][16]rune{
	{' ', '│', '│', '│', '─', '┘', '┐', '┤', '─', '└', '┌', '├', '─', '┴', '┬', '┼'},
	{' ', '│', '│', '│', '═', '╛', '╕', '╡', '═', '╘', '╒', '╞', '═', '╧', '╤', '╪'},
}

// borderArt draws a line between rows at the bits in parted.
func (v *view) borderArt(parted [rowBits]bool, above, below *row, marked bool) string {
	if v.opt.Unicode {
		return joined(parted, above, below, marked)
	}
	dash := "-"
	if marked {
		dash = "="
	}
	var b strings.Builder
	for bit := 0; bit <= rowBits; bit++ {
		before, after := bit > 0 && parted[bit-1], bit < rowBits && parted[bit]
		switch {
		case before || after:
			b.WriteByte('+')
		case edge(above, bit) || edge(below, bit):
			b.WriteByte('|')
		default:
			b.WriteByte(' ')
		}
		if after {
			b.WriteString(dash)
		} else if bit < rowBits {
			b.WriteByte(' ')
		}
	}
	return strings.TrimRight(b.String(), " ")
}

func joined(parted [rowBits]bool, above, below *row, marked bool) string {
	set := joints[0]
	if marked {
		set = joints[1]
	}
	var b strings.Builder
	for bit := 0; bit <= rowBits; bit++ {
		n := 0
		if edge(above, bit) {
			n |= up
		}
		if edge(below, bit) {
			n |= down
		}
		if bit > 0 && parted[bit-1] {
			n |= left
		}
		if bit < rowBits && parted[bit] {
			n |= right
		}
		b.WriteRune(set[n])
		if bit < rowBits && parted[bit] {
			b.WriteRune(set[left|right])
		} else if bit < rowBits {
			b.WriteByte(' ')
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// edge reports whether a box of the row begins or ends at a bit.
func edge(r *row, bit int) bool {
	if r == nil {
		return false
	}
	for _, s := range r.segs {
		if s.from == bit || s.to == bit {
			return true
		}
	}
	return false
}
