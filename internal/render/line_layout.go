package render

import (
	"encoding/binary"
	"unicode/utf8"
)

// A line is built from parts. All texts lie in one buffer that the next line uses again, so that
// most lines cost no allocation.
type line struct {
	text  []byte
	parts []part
	ascii bool // of text, known to write only

	kind kind
	tcp  bool // a TCP header with its flags

	// Where in parts its pieces begin: source, arrow, destination, what follows these, the length,
	// and a note that may be written below. Parts before the source name headers around it.
	src, arrow, dst, tail, length, note int
}

// A part is a piece of a line that has shorter forms for narrow lines.
type part struct {
	from, to [formClipped]int // its text in the forms full, short and tight
	clip     bool             // may be cut if the tight form is still too wide
	paint    paint
}

// Forms of a line, from the widest on.
const (
	formFull    = iota
	formShort   // without the word TCP where flags follow
	formTight   // with a tight arrow
	formClipped // tight, and cut
)

func (l *line) reset() { *l = line{text: l.text[:0], parts: l.parts[:0]} }

// add appends a part. The result is valid until the next one.
func (l *line) add(text string) *part {
	from := len(l.text)
	l.text = append(l.text, text...)
	return l.end(from)
}

// begin begins the ends of a line, and returns where their text begins.
func (l *line) begin() int {
	l.src = len(l.parts)
	return len(l.text)
}

// end makes a part of the text that was appended from there on.
func (l *line) end(from int) *part {
	l.parts = append(l.parts, part{})
	p, to := &l.parts[len(l.parts)-1], len(l.text)
	for form := range p.from {
		p.from[form], p.to[form] = from, to
	}
	return p
}

// shorten makes a piece of a part's text its text in a form and in narrower ones.
func (p *part) shorten(from, to, form int) {
	for at := p.from[formFull]; form < formClipped; form++ {
		p.from[form], p.to[form] = at+from, at+to
	}
}

// in is a part's text in a form.
func (l *line) in(p *part, form int) []byte {
	form = min(form, formTight)
	return l.text[p.from[form]:p.to[form]]
}

// columns is the number of columns that a part takes in a form.
func (l *line) columns(p *part, form int) int {
	if l.ascii {
		return p.to[form] - p.from[form]
	}
	return utf8.RuneCount(l.in(p, form))
}

// width is the number of columns that parts take in a form.
func (l *line) width(parts []part, form int) (n int) {
	for i := range parts {
		n += l.columns(&parts[i], form)
	}
	return n
}

// clippable is the number of columns that can be cut off parts.
func (l *line) clippable(parts []part) (n int) {
	for i := range parts {
		if p := &parts[i]; p.clip {
			n += max(0, l.columns(p, formTight)-least)
		}
	}
	return n
}

// writeForm writes all parts as one line, with columns cut off where they may be: over of them.
func (w *LineWriter) writeForm(head []byte, form, over int) {
	w.out = append(w.out, head...)
	w.writeParts(w.l.parts, form, over)
	w.out = append(w.out, '\n')
}

// writeParts writes parts in a form.
func (w *LineWriter) writeParts(parts []part, form, over int) {
	if w.opt.Color || over > 0 {
		w.writeStyled(parts, form, over)
	} else {
		w.writePlain(parts, form)
	}
}

// writePlain writes parts as they are. Most of them follow each other in the line's text.
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

// writeStyled writes parts in their colors and cuts off columns.
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

// writeText writes text in its color, with a mark if it was cut.
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

// runes is utf8.RuneCount, faster for ASCII.
func runes(text []byte) int {
	if isASCII(text) {
		return len(text)
	}
	return utf8.RuneCount(text)
}

// isASCII looks at eight bytes at a time.
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
