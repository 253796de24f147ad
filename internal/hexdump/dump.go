package hexdump

import (
	"slices"
	"strings"
)

// dumps tries every grammar with every kind of offset that occurs in the lines.
func dumps(lines []string, consider chooser) {
	begins := make([]starts, len(lines))
	for n, l := range lines {
		begins[n] = startsOf(l)
	}
	for i := range marks {
		m := &marks[i]
		hits := m.hits(lines, begins)
		if len(hits) == 0 {
			continue
		}
		for j := range grammars {
			g := &grammars[j]
			if g.styles&m.style == 0 {
				continue
			}
			for k, base := range g.bases {
				d := dump{grammar: g, mark: m, base: base, lines: lines, starts: begins}
				d.rank = rankStep*g.rank + k
				consider.try(d, hits)
			}
		}
	}
}

// A chooser receives the results of readers: a reading or an error.
type chooser func(*reading, *Error)

// sampled is the number of lines of a long text that a dump tries first. Most grammars fail there.
const sampled = 64

// try reads lines as a dump. It reports nothing if no line is a row.
func (consider chooser) try(d dump, hits []hit) {
	if len(d.lines) > 2*sampled {
		sample := d
		sample.lines = d.lines[:sampled]
		beyond := func(h hit) bool { return h.line >= sampled }
		first := hits
		if n := slices.IndexFunc(hits, beyond); n >= 0 {
			first = hits[:n]
		}
		err := sample.read(first)
		n := len(sample.rows)
		if err != nil && n > 0 && (n < 3 || err.Line <= sample.rows[n-2].line) {
			consider(nil, err)
			return
		}
	}
	if err := d.read(hits); err != nil {
		consider(nil, err)
	} else if len(d.rows) > 0 {
		consider(d.finish())
	}
}

// read finds the rows and joins their bytes. It returns no error if there are no rows.
func (d *dump) read(hits []hit) *Error {
	if !slices.ContainsFunc(hits, func(h hit) bool { _, ok := d.row(h); return ok }) {
		return nil
	}
	if err := d.find(hits); err != nil {
		return err
	}
	return d.assemble()
}

// rankStep is the difference between two ranks of grammars. The values between are for their bases.
const rankStep = 4

// A dump is an attempt to read the lines with one grammar.
type dump struct {
	*grammar
	mark   *mark
	base   int // of the offsets
	rank   int
	lines  []string
	starts []starts // for each line
	rows   []row
	parts  []part

	blocks []block
	done   int // number of bytes in complete blocks
}

// A row is a line that begins with an offset, or an asterisk for repeated rows.
type row struct {
	hit
	index     int // among the rows
	offset    int
	kind      rowKind
	afterText bool // a line of text is between it and the previous row
	apart     bool // an empty line or a line of text is between them
	title     int  // line of text directly above, -1 if there is none
}

type rowKind uint8

const (
	rowData rowKind = iota
	rowEnd          // only the offset: the total length
	rowStar
)

// fail returns an error about line n, from 0. more is the number of bytes read of the row.
func (d *dump) fail(n, more int, text string, err error) *Error {
	e := &Error{Line: n + 1, Text: strings.TrimSpace(text), Err: err}
	if d.isDump() {
		e.explained = d.done + len(d.rows) + more
		if b := d.open(); b != nil {
			e.explained += len(b.data)
		}
	}
	return e
}

// isDump reports whether the first row can only be a row of a dump. Then errors in it or after it
// are errors in a dump.
func (d *dump) isDump() bool {
	if len(d.rows) == 0 || d.mark.style == marked || d.mark.style == short {
		return len(d.rows) > 0
	}
	first := &d.rows[0]
	cell := wordLen(d.firstCell(d.lines[first.line][first.body:]))
	return d.mark.style == bare && cell != len(first.digits) &&
		(first.offset == 0 || cell == 2 && len(d.rows) > 1)
}

// find separates rows from lines of text. A line that looks like a row but is none is an error.
func (d *dump) find(hits []hit) *Error {
	afterText, title, adjacent := false, -1, false // since the last row
	prose := false                                 // the previous line is text
	packets := 0
	for n, l := range d.lines {
		var r row
		isRow := false
		if len(hits) > 0 && hits[0].line == n {
			r, isRow = d.row(hits[0])
			hits = hits[1:]
		}
		switch {
		case isRow:
		case strings.TrimSpace(l) == "":
			adjacent, title, prose = false, -1, false
			continue
		case strings.TrimSpace(d.starts[n].body(l)) == "*" && len(d.rows) > 0:
			r = row{hit: hit{line: n}, kind: rowStar}
		case isNumber(l, packets), !adjacent && isRuler(l), !d.looksLikeRow(n, adjacent):
			d.parts = append(d.parts, part{n, 0, len(l), partProse})
			afterText, title, adjacent, prose = true, n, false, true
			continue
		default:
			return d.fail(n, 0, l, ErrRow)
		}
		r.index, r.afterText, r.apart, r.title = len(d.rows), afterText, !adjacent, title
		if r.kind == rowData && r.offset == 0 {
			packets++
		}
		d.rows = append(d.rows, r)
		if prose && !isRuler(d.lines[n-1]) && d.looksLikeRow(n-1, true) {
			return d.fail(n-1, 0, d.lines[n-1], ErrRow)
		}
		afterText, title, adjacent, prose = false, -1, true, false
	}
	return nil
}

// row reports whether a line with an offset continues with the first cell of a row, or ends.
func (d *dump) row(h hit) (row, bool) {
	offset, ok := h.value(d.base)
	ok = ok || d.mark.style == absent
	line := d.lines[h.line]
	body := line[h.body:]
	r := row{hit: h, offset: offset}
	switch {
	case !ok || d.digits[0] > 0 && (len(h.digits) < d.digits[0] || len(h.digits) > d.digits[1]):
		return r, false
	case len(d.rows) > 0 && !d.grows(h.digits):
		return r, false
	case !h.first && (looksLikeRow(line[:h.start]) || hasOffset(line[:h.start])):
		return r, false
	case strings.TrimSpace(body) == "":
		r.kind = rowEnd
		return r, len(d.rows) > 0 && d.mark.style == bare
	}
	_, _, ok = d.cells.read(d.firstCell(body))
	return r, ok
}

// grows reports whether an offset has as many digits as the first one, or more because it needs
// them.
func (d *dump) grows(digits string) bool {
	n := len(d.rows[0].digits)
	return len(digits) == n || len(digits) > n && digits[0] != '0'
}

// firstCell removes what separates a row's first cell from its offset.
func (d *dump) firstCell(body string) string {
	if d.cells.chars {
		return body
	}
	return body[blanks(body, 0):]
}

// looksLikeRow reports whether a line that is not a row may be a damaged row. Next to rows, an
// offset like theirs or words like their cells are sufficient.
func (d *dump) looksLikeRow(n int, adjacent bool) bool {
	line, begins := d.lines[n], d.starts[n]
	if looksLikeRow(begins.body(line)) {
		return true
	}
	if len(d.rows) == 0 {
		at := begins.known[0]
		_, n, ok := d.mark.read(line[at:])
		return ok && d.mark.style == marked && cellsIn(line[at+n:]) > 0
	}
	first := &d.rows[0]
	inside := d.mark.style == marked || d.mark.style == bare && !first.first
	for at := 0; inside && at < len(line); at = nextWord(line, at) {
		if digits, _, ok := d.mark.read(line[at:]); ok && len(digits) == len(first.digits) {
			return true
		}
	}
	if !adjacent {
		return false
	}
	width := wordLen(d.firstCell(d.lines[first.line][first.body:]))
	for _, at := range slices.Concat(begins.known, begins.numbered) {
		if d.startsWithOffset(line[at:]) || hasCells(strings.Fields(line[at:]), width) {
			return true
		}
	}
	return false
}

// startsWithOffset reports whether text begins with an offset like the first one's, even if no
// space follows it.
func (d *dump) startsWithOffset(s string) bool {
	want := len(d.rows[0].digits)
	if digits, _, ok := d.mark.read(s); ok && (len(digits) == want || d.mark.style == short) {
		return true
	}
	s, ok := cutFold(s, d.mark.open)
	n := hexLen(s)
	glued := d.mark.close != "" && n == want && strings.HasPrefix(s[n:], d.mark.close)
	return ok && want >= 4 && (n > want || glued)
}
