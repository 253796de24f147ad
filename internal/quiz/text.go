package quiz

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/portsniff/portsniff/internal/textutil"
)

// A Sheet is a set of questions and their source.
type Sheet struct {
	Source    string // flags that select the capture: "--demo http"
	Seed      uint64
	Questions []Question
}

// A page collects lines, wrapped at a width and escaped.
type page struct {
	out   []byte
	width int // columns, 0 for no limit
}

// say writes a text and indents its lines after the first one.
func (p *page) say(indent, text string) {
	line := ""
	for _, word := range strings.Fields(textutil.Escape(text)) {
		if p.width > 0 && line != "" && utf8.RuneCountInString(line)+1+
			utf8.RuneCountInString(word) > p.width {
			p.out = append(append(p.out, line...), '\n')
			line = indent + word
			continue
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	p.out = append(append(p.out, line...), '\n')
}

func (p *page) blank() { p.out = append(p.out, '\n') }

func (p *page) flush(w io.Writer) error {
	_, err := w.Write(p.out)
	p.out = p.out[:0]
	return err
}

// bytesInRow is the number of bytes of a packet in a row.
const bytesInRow = 16

// exhibits draws the packets that a question is about.
func (p *page) exhibits(q *Question) {
	for _, e := range q.Exhibits {
		data, err := hex.DecodeString(e.Hex)
		if err != nil {
			continue // a question from another source may contain anything
		}
		p.out = fmt.Appendf(p.out, "  frame %d\n", e.Frame)
		for at := 0; at < len(data); at += bytesInRow {
			p.out = fmt.Appendf(p.out, "  %04x  % x\n", at, data[at:min(at+bytesInRow, len(data))])
		}
		if e.More > 0 {
			p.out = fmt.Appendf(p.out, "        and %d bytes more\n", e.More)
		}
	}
}

// Worksheet writes the questions for print in Markdown, without answers.
func (s *Sheet) Worksheet(w io.Writer) error {
	p := &page{width: worksheetWidth}
	p.say("", fmt.Sprintf("# Where is the port? Questions about %s", s.Source))
	p.blank()
	p.say("", fmt.Sprintf(
		"Questions: %d. Seed: %d. Byte numbers and ports may be decimal, or hexadecimal after "+
			"0x. In the rows of bytes, the number in front is the place of the first byte, in "+
			"hexadecimal.", len(s.Questions), s.Seed))
	p.blank()
	p.say("", "Name: ______________________________")
	for i := range s.Questions {
		q := &s.Questions[i]
		p.blank()
		p.say("", fmt.Sprintf("## Question %d", q.Number))
		p.blank()
		p.say("", q.Text)
		p.blank()
		if len(q.Exhibits) > 0 {
			p.out = append(p.out, "```\n"...)
			p.exhibits(q)
			p.out = append(p.out, "```\n\n"...)
		}
		p.say("", "Answer ("+q.Ask+"): ______________________________")
	}
	return p.flush(w)
}

// worksheetWidth is the width of lines on paper.
const worksheetWidth = 80

// maxMistakes is the greatest number of usual mistakes that the key lists for each part.
const maxMistakes = 3

// Key writes the answers for print in Markdown, with reasons and usual mistakes.
func (s *Sheet) Key(w io.Writer) error {
	p := &page{width: worksheetWidth}
	p.say("", fmt.Sprintf("# Key to the questions about %s", s.Source))
	p.blank()
	p.say("", fmt.Sprintf("Questions: %d. Seed: %d.", len(s.Questions), s.Seed))
	for i := range s.Questions {
		q := &s.Questions[i]
		p.blank()
		p.say("", fmt.Sprintf("## Question %d: %s", q.Number, q.Answer))
		p.blank()
		p.say("", q.because())
		for j := range q.Parts {
			part := &q.Parts[j]
			if j == 0 {
				p.blank()
			}
			for _, wrong := range part.mistakes() {
				p.say("  ", "- "+part.Name+", "+wrong.explanation()+": "+wrong.Diagnosis)
			}
		}
	}
	return p.flush(w)
}

// mistakes returns the first wrong answers, one of each kind.
func (p *Part) mistakes() (out []Wrong) {
	seen := make(map[string]bool)
	for _, w := range p.Wrong {
		if len(out) < maxMistakes && !seen[w.Diagnosis] {
			seen[w.Diagnosis] = true
			out = append(out, w)
		}
	}
	return out
}

// explanation returns a wrong answer in words.
func (w *Wrong) explanation() string {
	switch w.Answer {
	case onlyNamed:
		return "no reason"
	case "ports":
		return "not named"
	}
	return w.Answer
}

// because returns why the answer is right, with the reference.
func (q *Question) because() string {
	if q.Ref == "" {
		return q.Why
	}
	return q.Why + " (" + q.Ref + ")"
}
