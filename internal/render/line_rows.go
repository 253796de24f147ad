package render

import "bytes"

// A kind groups lines that have the same form in one output.
type kind uint8

const (
	kindPlain  kind = iota // without ends
	kindHosts4             // packets without ports of their own
	kindHosts6             // the same for IPv6, and packets with hardware addresses
	kindPorts4
	kindPorts6
	kindNested // anything below a packet's first line
	kinds
)

func (k kind) ports() bool { return k == kindPorts4 || k == kindPorts6 }

// A rowForm says how lines of one kind are written on a limited width. It changes only to narrower
// forms, so that lines do not switch between forms while they scroll.
type rowForm struct {
	lines int // 1: one line; 2: both ends in a second line; 3: one line for each end; 0: unknown
	form  int
}

// Widths, in columns, from which lines contain more.
const (
	oneWidth  = 80  // packets with ports in one line
	pairWidth = 60  // both ends of a packet with ports in one line
	noteWidth = 120 // the reason for no ports after the packet
)

// Usual widths of what follows both ends, in columns.
const (
	usualTail  = len(" TCP PSH ACK 65535B")
	usualBelow = len(" TCP PSH ACK")
	tcpWord    = len("TCP ")
	nameColumn = len(" TCP PSH ACK")
	sizeColumn = len(" 65535B")
)

// Prefixes of lines that belong to the line above. A space and text follow.
var (
	indent = []byte(`     \_`)
	below  = []byte("    ")
	inside = []byte("       ")
	deeper = []byte("           ")
)

// writeRow writes a line that may have two ends. It uses one line if the width allows that. The
// lines after the first one begin with under.
func (w *LineWriter) writeRow(head, under []byte) {
	l := &w.l
	if w.opt.Width <= 0 {
		w.writeForm(head, formFull, 0)
		return
	}
	l.ascii = isASCII(l.text)
	if l.note == 0 {
		l.note = len(l.parts) // there is none
	}
	s, over := w.rowForm(runes(head))
	w.begin(head)
	if s.lines > 1 {
		w.wrap(l.parts[:l.src], under)
		w.unspace()
		w.wrap(l.parts[l.tail:l.note], under)
		w.writeEnds(s, under)
	} else {
		w.writeTogether(s.form, over)
		w.wrap(l.parts[l.tail:l.note], under)
	}
	w.writeNoteOf(s)
	w.out = append(w.out, '\n')
}

// writeNoteOf writes a line's note: in the same line on a wide terminal, else below.
func (w *LineWriter) writeNoteOf(s rowForm) {
	note := w.l.parts[w.l.note:]
	if len(note) == 0 {
		return
	}
	if s.lines > 1 || w.opt.Width < noteWidth || w.at+w.l.width(note, s.form) > w.opt.Width {
		w.newLine(indent)
	}
	w.wrap(note, inside)
}

// rowForm returns how to write a line with a head of the given width, and how many columns to clip.
func (w *LineWriter) rowForm(head int) (rowForm, int) {
	l := &w.l
	s := &w.forms[l.kind]
	if s.lines == 0 {
		*s = rowForm{lines: firstLines(l.kind, w.opt.Width)}
	}
	if s.lines > 1 || l.tail == 0 {
		return *s, 0
	}
	for l.kind != kindNested && s.form < formTight && w.columns(head, s.form) > w.opt.Width {
		s.form++
	}
	over := max(0, w.columns(head, s.form)-w.opt.Width)
	if over > 0 && (l.kind == kindNested || over > l.clippable(l.parts[:l.tail])) {
		*s = rowForm{lines: 2}
	}
	return *s, over
}

// firstLines returns the initial number of lines for a kind. Most later packets take as many.
func firstLines(k kind, width int) int {
	switch {
	case k == kindPlain || width >= oneWidth:
		return 1
	case width >= pairWidth || !k.ports():
		return 2
	}
	return 3
}

// columns returns the width of a line in a form, without its note. For packets with ports it uses
// the usual width of what follows the ends, because later lines will have that width.
func (w *LineWriter) columns(head, form int) int {
	l := &w.l
	tail := l.width(l.parts[l.tail:l.note], form)
	switch {
	case l.kind == kindNested && l.tcp:
		tail = max(tail, usualBelow)
	case l.kind.ports():
		usual := usualTail
		if form > formFull {
			usual -= tcpWord
		}
		if tail > usual || l.tcp {
			tail = usual
		}
	}
	return head + l.width(l.parts[:l.tail], form) + tail
}

// begin starts a line with its head.
func (w *LineWriter) begin(head []byte) {
	w.out = append(w.out, head...)
	w.at = runes(head)
}

// put writes parts and advances the current column.
func (w *LineWriter) put(parts []part, form, over int) {
	w.writeParts(parts, form, over)
	w.at += w.l.width(parts, form) - over
}

// writeTogether writes both ends in the current line. If the width allows it, ends, protocols and
// lengths are aligned in columns.
func (w *LineWriter) writeTogether(form, over int) {
	l := &w.l
	w.put(l.parts[:l.src], form, 0)
	if l.tail == 0 || w.opt.Width < fullWidth || l.kind == kindNested {
		w.put(l.parts[l.src:l.tail], form, over)
		return
	}
	spare := w.opt.Width - w.at - l.width(l.parts[l.src:l.note], form)
	src, dst := l.width(l.parts[l.src:l.arrow], form), l.width(l.parts[l.dst:l.tail], form)
	arrow := l.width(l.parts[l.arrow:l.dst], form)
	// Packets without ports have shorter ends and use the same column.
	column := &w.column[0]
	if l.kind == kindHosts6 || l.kind == kindPorts6 {
		column = &w.column[1]
	}
	limit := (w.opt.Width - w.at - arrow - nameColumn - sizeColumn) / 2
	*column = min(max(*column, src, dst), limit)
	pad := func(n int) {
		n = max(0, min(n, spare))
		w.out = blanks(w.out, n)
		w.at, spare = w.at+n, spare-n
	}
	w.put(l.parts[l.src:l.arrow], form, over)
	pad(*column - src)
	w.put(l.parts[l.arrow:l.tail], form, 0)
	pad(*column - dst)
	w.put(l.parts[l.tail:l.length], form, 0)
	pad(nameColumn - l.width(l.parts[l.tail:l.length], form))
	pad(sizeColumn - l.width(l.parts[l.length:l.note], form))
	l.tail = l.length
}

// writeEnds writes both ends, in one line or two. It never cuts addresses.
func (w *LineWriter) writeEnds(s rowForm, under []byte) {
	l := &w.l
	ends := l.width(l.parts[l.src:l.tail], formFull)
	if s.lines == 2 && len(under)+1+ends > w.opt.Width {
		s.lines, w.forms[l.kind].lines = 3, 3
	}
	if s.lines == 2 {
		w.newLine(under)
		w.out, w.at = append(w.out, ' '), w.at+1
		w.put(l.parts[l.src:l.tail], formFull, 0)
		return
	}
	w.writeEnd(under, nil, l.parts[l.src:l.arrow])
	w.writeEnd(under, l.parts[l.arrow:l.dst], l.parts[l.dst:l.tail])
}

// writeEnd writes one end after an arrow or a space. If the end is too wide, its service is
// clipped, or its address is written on its own line without brackets.
func (w *LineWriter) writeEnd(under []byte, arrow, end []part) {
	before := len(under) + max(1, w.l.width(arrow, formFull))
	over := before + w.l.width(end, formFull) - w.opt.Width
	form, colon := formFull, ""
	switch {
	case over <= w.l.clippable(end):
	case len(end) > 1:
		text := w.l.in(&end[0], formFull)
		text = bytes.TrimSuffix(bytes.TrimPrefix(text, []byte("[")), []byte("]:"))
		w.newLine(under[:max(0, min(len(under), w.opt.Width-len(text)))])
		w.out = append(w.out, text...)
		end, over, colon = end[1:], 0, ":"
	default:
		under, form, over = under[:max(0, len(under)-over)], formTight, 0
	}
	w.newLine(under)
	if arrow == nil && len(under) > 0 {
		w.out, w.at = append(w.out, ' '), w.at+1
	}
	w.put(arrow, form, 0)
	w.out, w.at = append(w.out, colon...), w.at+len(colon)
	w.put(end, form, max(0, over))
}

// unspace removes the space at the end of the line.
func (w *LineWriter) unspace() {
	if n := len(w.out); w.at > 0 && w.out[n-1] == ' ' {
		w.out, w.at = w.out[:n-1], w.at-1
	}
}

func (w *LineWriter) newLine(under []byte) {
	w.out = append(w.out, '\n')
	w.begin(under)
}

// wrap writes parts in the current line. It begins a new line before a word that does not fit.
func (w *LineWriter) wrap(parts []part, under []byte) {
	form := w.forms[w.l.kind].form
	if w.at+w.l.width(parts, form) <= w.opt.Width {
		w.put(parts, form, 0)
		return
	}
	for i := range parts {
		w.wrapPart(&parts[i], form, under)
	}
}

// wrapPart writes the words of a part.
func (w *LineWriter) wrapPart(p *part, form int, under []byte) {
	text := w.l.in(p, form)
	for len(text) > 0 {
		n := 1
		for n < len(text) && text[n] != ' ' {
			n++
		}
		word := text[:n]
		text = text[n:]
		if w.at+runes(word) > w.opt.Width && w.at > len(under) {
			w.newLine(under)
		}
		over := w.at + runes(word) - w.opt.Width
		kept, cut := clipped(word, max(0, over))
		w.writeText(p.paint, kept, cut > 0)
		w.at += runes(kept)
	}
}
