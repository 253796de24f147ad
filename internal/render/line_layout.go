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
}

// A part is a piece of a line that has shorter forms for narrow lines.
type part struct {
	from, to [formClipped]int // its text in the forms full, short and tight
	clip     bool             // may be cut if the tight form is still too wide
	split    bool             // may begin a line of its own if that does not help either
	paint    paint
}

// Forms of a line, from the widest on.
const (
	formFull    = iota
	formShort   // with the parts' short texts
	formTight   // with their tight texts
	formClipped // tight, and cut
)

func (l *line) reset() { l.text, l.parts = l.text[:0], l.parts[:0] }

// add appends a part. The result is valid until the next one.
func (l *line) add(text string) *part {
	from := len(l.text)
	l.text = append(l.text, text...)
	return l.end(from)
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

// addShort appends a part with another text for its short and tight forms.
func (l *line) addShort(full, short string) {
	from := len(l.text)
	l.text = append(append(l.text, full...), short...)
	p := l.end(from)
	p.to[formFull] = from + len(full)
	p.from[formShort], p.from[formTight] = p.to[formFull], p.to[formFull]
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

// clippable is how many columns can be cut off parts.
func (l *line) clippable(parts []part) (n int) {
	for i := range parts {
		if p := &parts[i]; p.clip {
			n += max(0, l.columns(p, formTight)-least)
		}
	}
	return n
}

// write writes parts after a head in the widest form that fits. If none fits they take two lines.
func (w *LineWriter) write(head []byte, parts []part) {
	room := w.opt.Width - runes(head)
	if w.opt.Width <= 0 {
		w.writeForm(head, parts, formFull, 0)
		return
	}
	w.l.ascii = isASCII(w.l.text)
	over := 0
	for form := formFull; form < formClipped; form++ {
		if over = w.l.width(parts, form) - room; over <= 0 {
			w.writeForm(head, parts, form, 0)
			return
		}
	}
	for i := range parts {
		if parts[i].split && i > 0 && over > w.l.clippable(parts) {
			w.write(head, parts[:i])
			w.write(indent, parts[i:])
			return
		}
	}
	w.writeForm(head, parts, formClipped, over)
}

// writeForm writes a line in a form. over is how many columns formClipped cuts off.
func (w *LineWriter) writeForm(head []byte, parts []part, form, over int) {
	w.out = append(w.out, head...)
	if w.opt.Color || over > 0 {
		w.writeStyled(parts, form, over)
	} else {
		w.writePlain(parts, form)
	}
	w.out = append(w.out, '\n')
}

// writePlain writes parts as they are. Most of them follow each other in the line's text.
func (w *LineWriter) writePlain(parts []part, form int) {
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
		text, mark := w.l.in(p, form), ""
		if over > 0 && p.clip {
			var cut int
			if text, cut = clipped(text, over); cut > 0 {
				mark = w.opt.clipMark()
				over -= cut
			}
		}
		painted := p.paint != paintPlain && w.opt.Color && len(text) > 0
		if painted {
			w.out = append(w.out, paints[p.paint]...)
		}
		w.out = append(append(w.out, text...), mark...)
		if painted {
			w.out = append(w.out, paintOff...)
		}
	}
}

// tooWide reports whether parts do not fit even in their tight form.
func (w *LineWriter) tooWide(head []byte, parts []part) bool {
	w.l.ascii = false // not known yet
	return w.opt.Width > 0 && runes(head)+w.l.width(parts, formTight) > w.opt.Width
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
