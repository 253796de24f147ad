package render

import (
	"encoding/binary"
	"unicode/utf8"
)

// A line is built from parts. One buffer holds all texts and is reused for the next line, so that
// most lines cost no allocation.
type line struct {
	text  []byte
	parts []part
	ascii bool // whether text is ASCII; set by writeRow

	kind kind
	tcp  bool // whether it shows a TCP header with its flags

	// Indexes in parts where the pieces begin: source, arrow, destination, what follows them, the
	// length, and a note that may be written below. Parts before src name the enclosing headers.
	src, arrow, dst, tail, length, note int
}

// A part is a piece of a line that has shorter forms for narrow lines.
type part struct {
	from, to [formClipped]int // text in the forms full, short and tight
	clip     bool             // may be cut if the tight form is still too wide
	paint    paint
}

// Forms of a line, from the widest to the narrowest.
const (
	formFull    = iota
	formShort   // without the word TCP if flags follow
	formTight   // with a tight arrow
	formClipped // tight, and clipped
)

func (l *line) reset() { *l = line{text: l.text[:0], parts: l.parts[:0]} }

// add appends a part. The returned pointer is valid until the next call.
func (l *line) add(text string) *part {
	from := len(l.text)
	l.text = append(l.text, text...)
	return l.end(from)
}

// begin begins the two ends of a line and returns the offset at which their text begins.
func (l *line) begin() int {
	l.src = len(l.parts)
	return len(l.text)
}

// end makes a part of the text appended since offset from.
func (l *line) end(from int) *part {
	l.parts = append(l.parts, part{})
	p, to := &l.parts[len(l.parts)-1], len(l.text)
	for form := range p.from {
		p.from[form], p.to[form] = from, to
	}
	return p
}

// shorten selects the piece of a part's text that a form and all narrower forms show.
func (p *part) shorten(from, to, form int) {
	for at := p.from[formFull]; form < formClipped; form++ {
		p.from[form], p.to[form] = at+from, at+to
	}
}

// in returns a part's text in a form.
func (l *line) in(p *part, form int) []byte {
	form = min(form, formTight)
	return l.text[p.from[form]:p.to[form]]
}

// columns returns the number of columns that a part takes in a form.
func (l *line) columns(p *part, form int) int {
	if l.ascii {
		return p.to[form] - p.from[form]
	}
	return utf8.RuneCount(l.in(p, form))
}

// width returns the number of columns that parts take in a form.
func (l *line) width(parts []part, form int) (n int) {
	for i := range parts {
		n += l.columns(&parts[i], form)
	}
	return n
}

// clippable returns the number of columns that can be clipped from parts.
func (l *line) clippable(parts []part) (n int) {
	for i := range parts {
		if p := &parts[i]; p.clip {
			n += max(0, l.columns(p, formTight)-least)
		}
	}
	return n
}

// writeForm writes all parts as one line and clips over columns.
func (w *LineWriter) writeForm(head []byte, form, over int) {
	w.out = append(w.out, head...)
	w.writeParts(w.l.parts, form, over)
	w.out = append(w.out, '\n')
}

// writeParts writes parts in a form and clips over columns.
func (w *LineWriter) writeParts(parts []part, form, over int) {
	if w.opt.Color || over > 0 {
		w.writeStyled(parts, form, over)
	} else {
		w.writePlain(parts, form)
	}
}

// writePlain writes parts without color. Most parts are adjacent in the line's text.
func (w *LineWriter) writePlain(parts []part, form int) {
	form = min(form, formTight)
	from, to := 0, 0
	for i := range parts {
		p := &parts[i]
		if p.from[form] != to {
			w.out = append(w.out, w.l.text[from:to]...)
			from = p.from[form]
		}
		to = p.to[form]
	}
	w.out = append(w.out, w.l.text[from:to]...)
}

// writeStyled writes parts in their colors and clips over columns.
func (w *LineWriter) writeStyled(parts []part, form, over int) {
	for i := range parts {
		p := &parts[i]
		text, cut := w.l.in(p, form), 0
		if over > 0 && p.clip {
			text, cut = clipped(text, over)
			over -= cut
		}
		w.writeText(p.paint, text, cut > 0)
	}
}

// writeText writes text in its color, with a mark if it was clipped.
func (w *LineWriter) writeText(paint paint, text []byte, cut bool) {
	painted := paint != paintPlain && w.opt.Color && len(text) > 0
	if painted {
		w.out = append(w.out, paints[paint]...)
	}
	w.out = append(w.out, text...)
	if cut {
		w.out = append(w.out, w.opt.clipMark()...)
	}
	if painted {
		w.out = append(w.out, paintOff...)
	}
}

// runes is like utf8.RuneCount, but faster for ASCII.
func runes(text []byte) int {
	if isASCII(text) {
		return len(text)
	}
	return utf8.RuneCount(text)
}

// isASCII reports whether text is ASCII. It checks eight bytes at a time.
func isASCII(text []byte) bool {
	const high = 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		if binary.LittleEndian.Uint64(text)&high != 0 {
			return false
		}
	}
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
