package quiz

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// A Dialog asks questions and reads answers, one line each.
type Dialog struct {
	In    io.Reader
	Out   io.Writer
	Width int              // columns, 0 for no limit
	Retry bool             // ask again if an answer cannot be read
	Stop  <-chan os.Signal // ends the dialog like "q"; may be nil
}

// prompt precedes the line where an answer is typed.
const prompt = "> "

// A Score is the result of a dialog.
type Score struct {
	Right int // answered right
	Asked int // answered or skipped
	Of    int // number of questions
}

// Ask asks all questions, grades each answer immediately and prints the score. "?" shows the hint
// and an empty line skips a question. "q", the end of the input and Stop end the dialog.
func (d *Dialog) Ask(questions []Question) (Score, error) {
	done := make(chan struct{})
	defer close(done)
	in := d.lines(done)
	score := Score{Of: len(questions)}
	p := &page{width: d.Width}
	if d.Width > len(prompt) {
		p.width -= len(prompt) // the text begins after the prompt
	}
	for i := range questions {
		p.question(&questions[i], len(questions))
		v, ended, err := d.answer(in, p, &questions[i])
		if err != nil {
			return score, err
		}
		if ended {
			break
		}
		score.Asked++
		if v.Right {
			score.Right++
		}
		p.verdict(&questions[i], v)
	}
	p.blank()
	p.say("", score.String())
	return score, p.flush(d.Out)
}

// String returns the score in a sentence.
func (s Score) String() string {
	if s.Asked < s.Of {
		return fmt.Sprintf("Score: %d of %d right; %d of %d questions asked.", s.Right, s.Asked,
			s.Asked, s.Of)
	}
	return fmt.Sprintf("Score: %d of %d right.", s.Right, s.Of)
}

func (p *page) question(q *Question, of int) {
	p.blank()
	p.say("", fmt.Sprintf("Question %d of %d", q.Number, of))
	p.say("", q.Text)
	p.exhibits(q)
	p.say("  ", "Answer with "+q.Ask+" (? for a hint, q to stop).")
}

func (p *page) verdict(q *Question, v Verdict) {
	switch {
	case v.Right:
		p.say("", "Right. "+q.because())
		return
	case v.Blank:
		p.say("", "No answer.")
	default:
		p.say("", "Not right. "+strings.Join(slices.Compact(v.Diagnoses), " "))
	}
	p.say("", "The answer: "+q.Answer+". "+q.because())
}

// answer reads lines until one is an answer.
func (d *Dialog) answer(in <-chan answerLine, p *page, q *Question) (v Verdict, ended bool,
	err error) {
	for {
		p.out = append(p.out, prompt...)
		if err := p.flush(d.Out); err != nil {
			return v, true, err
		}
		var line string
		var err error
		select {
		case <-d.Stop:
			p.blank()
			return v, true, nil
		case l := <-in:
			line, err = l.text, l.err
		}
		if errors.Is(err, io.EOF) && strings.TrimSpace(line) == "" {
			p.blank()
			return v, true, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return v, true, fmt.Errorf("reading an answer: %w", err)
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "?":
			p.say("  ", "Hint: "+q.Hint)
			continue
		case "q", "quit", "exit":
			return v, true, nil
		}
		v = q.Grade(line)
		if d.Retry && !v.Understood {
			p.say("  ", strings.Join(v.Diagnoses, " "))
			continue
		}
		return v, false, nil
	}
}

// An answerLine is the input up to the end of a line or of the input.
type answerLine struct {
	text string
	err  error
}

// lines reads lines in a goroutine, because a read from a terminal cannot be interrupted. After
// done is closed, the goroutine ends with the next line.
func (d *Dialog) lines(done <-chan struct{}) <-chan answerLine {
	in, out := bufio.NewReader(d.In), make(chan answerLine)
	go func() {
		for {
			text, err := readLine(in)
			select {
			case out <- answerLine{text, err}:
			case <-done:
				return
			}
		}
	}()
	return out
}

// readLine reads a line. Of a line longer than any answer it keeps only the beginning, and grading
// reports that the answer is too long.
func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		piece, err := in.ReadSlice('\n')
		if space := maxAnswer + 1 - len(line); space > 0 {
			line = append(line, piece[:min(len(piece), space)]...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimRight(string(line), "\r\n"), err
		}
	}
}
