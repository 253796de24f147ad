package explain

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/portsniff/portsniff/internal/render"
)

// A page collects lines that fit the width.
type page struct {
	opt  Options
	form form
	out  []byte
	w    io.Writer // receives out when it is full; nil for none
	err  error     // first error of w
}

// pageMemory is the size at which a page is written, in bytes.
const pageMemory = 64 << 10

// spill writes all but the last two bytes, from which blank recognizes an empty line.
func (p *page) spill() {
	n := len(p.out) - 2
	p.write(p.out[:n])
	p.out = append(p.out[:0], p.out[n:]...)
}

// end writes the rest and returns the first error.
func (p *page) end() error {
	p.write(p.out)
	return p.err
}

func (p *page) write(text []byte) {
	if p.err == nil {
		_, p.err = p.w.Write(text)
	}
}

// A piece is text in one tone.
type piece struct {
	text string
	tone render.Tone
}

// line adds a line of pieces. The caller ensures that it fits.
func (p *page) line(pieces ...piece) {
	end := len(pieces)
	for end > 0 && pieces[end-1].text == "" {
		end--
	}
	for i, x := range pieces[:end] {
		if i == end-1 {
			x.text = strings.TrimRight(x.text, " ")
		}
		p.out = p.opt.Tint(p.out, x.tone, x.text)
	}
	p.out = append(p.out, '\n')
	if p.w != nil && len(p.out) > pageMemory {
		p.spill()
	}
}

// blank adds an empty line, but never two in a row.
func (p *page) blank() {
	if n := len(p.out); n > 1 && p.out[n-2] == '\n' {
		return
	}
	p.out = append(p.out, '\n')
}

// say adds a sentence, wrapped if needed.
func (p *page) say(tone render.Tone, format string, args ...any) {
	p.hang("", 0, tone, fmt.Sprintf(format, args...))
}

// hang adds text after a label. Wrapped lines are indented by the given number of columns.
func (p *page) hang(label string, indent int, tone render.Tone, text string) {
	first := width(label)
	space := p.opt.Width
	if space > 0 && (indent > space/2 || first > space/2) {
		indent = min(indent, space/4)
	}
	for i, l := range wrap(text, space, first, indent) {
		if i == 0 {
			p.line(piece{text: label}, piece{l, tone})
			continue
		}
		p.line(piece{text: strings.Repeat(" ", indent)}, piece{l, tone})
	}
}

func width(s string) int { return utf8.RuneCountInString(s) }

// wrap breaks text at spaces. The first line is shorter by first columns, the others by indent. It
// also breaks words that are wider than a line. If columns is 0 or less, it breaks nothing.
func wrap(text string, columns, first, indent int) (lines []string) {
	space := columns - first
	if columns <= 0 || width(text) <= space {
		return []string{text}
	}
	var line []rune
	flush := func() {
		lines = append(lines, string(line))
		line, space = line[:0], max(columns-indent, 1)
	}
	for _, word := range strings.Split(text, " ") {
		w := []rune(word)
		if len(line) > 0 && len(line)+1+len(w) > space || len(line) == 0 && len(w) > space &&
			len(lines) == 0 && first > indent {
			flush()
		}
		if len(line) > 0 {
			line = append(line, ' ')
		}
		for len(line)+len(w) > space {
			n := max(space-len(line), 0)
			line = append(line, w[:n]...)
			w = w[n:]
			flush()
		}
		line = append(line, w...)
	}
	return append(lines, string(line))
}

// center centers text in the given number of columns. An odd space goes in front.
func center(text string, columns int) string {
	right := max(columns-width(text), 0) / 2
	return strings.Repeat(" ", max(columns-width(text)-right, 0)) + text +
		strings.Repeat(" ", right)
}
