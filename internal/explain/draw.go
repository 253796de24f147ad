package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/render"
)

const (
	margin   = 11 // columns before a row, for its offsets
	artWidth = margin + 2*rowBits + 1
)

// art draws a header's rows.
func (v *view) art(h *header) {
	rows := grid(h.fields, 8*h.At)
	if len(rows) == 0 {
		return
	}
	if !v.ruled {
		v.ruler()
	}
	v.border(h, nil, &rows[0], "")
	for i := range rows {
		var below *row
		if i+1 < len(rows) {
			below = &rows[i+1]
		}
		v.drawn(h, &rows[i], below)
	}
}

// drawn draws a row and the border below it. If there is space, its bytes and their meaning follow.
func (v *view) drawn(h *header, r, below *row) {
	row := v.row(h, r)
	fill := strings.Repeat(" ", max(artWidth-piecesWidth(row), 0))
	if v.form != formWide {
		if mark := v.rowMark(h, r); mark != "" && v.opt.Width >= artWidth+len(mark) {
			row = append(row, piece{text: fill + mark})
		}
		v.line(row...)
		v.border(h, r, below, "")
		return
	}
	beside, under := spread(v.notes(h, r), v.space()-2-bytesWidth-2, v.space()-2)
	row = append(row, piece{text: fill + fmt.Sprintf("  %-*s  ", bytesWidth, v.rowBytes(h, r))},
		piece{beside, noteTone(h, r)})
	v.line(row...)
	v.border(h, r, below, under)
	if holdsPort(h, r) {
		v.sums(h, r)
	}
}

// bytesWidth is the width of the bytes of a row, in columns.
const bytesWidth = 3*rowBits/8 - 1

// spread puts notes next to a row and below it, if they fit. It omits other notes; -v shows them.
func spread(notes []string, space, spaceUnder int) (beside, under string) {
	add := func(to *string, note string, space int) bool {
		if *to != "" {
			note = *to + ", " + note
		}
		if width(note) > space {
			return false
		}
		*to = note
		return true
	}
	for _, n := range notes {
		if !add(&beside, n, space) {
			add(&under, n, spaceUnder)
		}
	}
	return beside, under
}

// space returns the number of columns after a row.
func (v *view) space() int {
	if v.opt.Width <= 0 {
		return 1 << 20
	}
	return v.opt.Width - artWidth
}

func piecesWidth(pieces []piece) (n int) {
	for _, p := range pieces {
		n += width(p.text)
	}
	return n
}

// ruler numbers the bits.
func (v *view) ruler() {
	v.ruled = true
	var tens, ones strings.Builder
	for bit := range rowBits {
		if bit%10 == 0 {
			fmt.Fprintf(&tens, "%d ", bit/10)
		} else {
			tens.WriteString("  ")
		}
		fmt.Fprintf(&ones, "%d ", bit%10)
	}
	v.line(piece{text: strings.Repeat(" ", margin+1) + tens.String()})
	v.line(piece{text: fmt.Sprintf("%-*s", margin+1, "frame  hdr") + ones.String()})
}

// places formats the offsets at which a row begins, in the frame and in its header. If both are too
// wide, it formats the offset in the frame only.
func places(frame int, inHeader string) string {
	const left = 5
	text := fmt.Sprintf("@%d", frame)
	text = fmt.Sprintf("%*s%*s", left, text, margin-1-max(len(text), left), inHeader)
	if len(text) >= margin {
		text = fmt.Sprintf("%*s", margin-1, fmt.Sprintf("@%d", frame))
	}
	return text + " "
}

// row draws the boxes of one row.
func (v *view) row(h *header, r *row) []piece {
	out := []piece{{text: places(h.At+r.bit/8, fmt.Sprintf("+%d", r.bit/8))}}
	if r.folded > 0 {
		text := fmt.Sprintf("... %s of %s at %s, not drawn ...", bytesOf(r.folded),
			h.fields[r.segs[0].field].Label(), span(h.At+r.bit/8, r.folded))
		return append(out, piece{text: v.glyph(gapSide)},
			piece{center(clip(text, 2*rowBits-1), 2*rowBits-1), render.TonePlain},
			piece{text: v.glyph(gapSide)})
	}
	at := 0
	for _, s := range r.segs {
		if s.from > at {
			out = append(out, piece{text: strings.Repeat(" ", 2*(s.from-at))})
		}
		f := &h.fields[s.field]
		columns := 2*(s.to-s.from) - 1
		out = append(out, piece{text: v.glyph(side)},
			piece{center(h.segment(f, s, columns), columns), h.tone(f)})
		at = s.to
	}
	return append(out, piece{text: v.glyph(side)})
}

// segment returns the text in the box of a part of a field. It is the value in the main part, and
// the bytes in other parts.
func (h *header) segment(f *decode.Field, s segment, columns int) string {
	parted := s.to-s.from < f.Width
	if s.main && (f.Show != decode.ShowBytes || !parted) {
		return h.box(f, columns)
	}
	from, to := s.skip/8, (s.skip+s.to-s.from)/8
	if f.Cut && to > len(f.Raw) {
		return clip("[cut off]", columns)
	}
	if s.skip%8 != 0 || (s.to-s.from)%8 != 0 || f.At%8 != 0 || to > len(f.Raw) {
		return clip("...", columns)
	}
	text := hexBytes(f.Raw[from:to])
	if s.main {
		text = f.Label() + " " + text
	}
	return clip(text, columns)
}

// rowMark returns a pointer to a row with ports, for output without color.
func (v *view) rowMark(h *header, r *row) string {
	switch {
	case !holdsPort(h, r):
		return ""
	case h.Quoted:
		return " q"
	}
	return " <<"
}

func holdsPort(h *header, r *row) bool {
	if r == nil {
		return false
	}
	for _, s := range r.segs {
		if h.fields[s.field].Show == decode.ShowPort {
			return true
		}
	}
	return false
}

// border draws the line between two rows. above is nil for the first line, below for the last. It
// draws no line where one field continues.
func (v *view) border(h *header, above, below *row, note string) {
	var parted [rowBits]bool
	any := false
	for bit := range rowBits {
		a, b := fieldAt(above, bit), fieldAt(below, bit)
		parted[bit] = a != b && (a >= 0 || b >= 0)
		any = any || parted[bit]
	}
	if !any && note == "" {
		return
	}
	marked := holdsPort(h, above) || holdsPort(h, below)
	art := v.borderArt(parted, above, below, marked)
	tone := render.TonePlain
	if marked {
		tone = render.ToneHead
	}
	line := []piece{{text: strings.Repeat(" ", margin)}, {art, tone}}
	if note != "" {
		line = append(line, piece{text: strings.Repeat(" ", max(2*rowBits+1-width(art), 0)) + "  " +
			note})
	}
	v.line(line...)
}

// fieldAt returns the index of the field that contains a bit of a row, or -1.
func fieldAt(r *row, bit int) int {
	if r == nil {
		return -1
	}
	for _, s := range r.segs {
		if s.from <= bit && bit < s.to {
			return s.field
		}
	}
	return -1
}
