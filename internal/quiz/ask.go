package quiz

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Dialogue asks questions and reads answers, a line each.
type Dialogue struct {
	In    io.Reader
	Out   io.Writer
	Width int  // columns, 0 for no limit
	Retry bool // an answer that cannot be read is asked for again, as a person would want it
}

// prompt is what an answer is typed after.
const prompt = "> "

// A Score says how a dialogue went.
type Score struct {
	Right int // answered right
	Asked int // answered or passed over
	Of    int // questions there were
}

// Ask asks all questions, grades each answer at once and says the score. "?" gives the hint, "q"
// and the end of the input end it, an empty line passes a question over.
func (d *Dialogue) Ask(questions []Question) (Score, error) {
	in := bufio.NewReader(d.In)
	score := Score{Of: len(questions)}
	p := &page{width: d.Width}
	if d.Width > len(prompt) {
		p.width -= len(prompt) // what is said follows it
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

// String says the score in a sentence.
func (s Score) String() string {
	if s.Asked < s.Of {
		return fmt.Sprintf("%d of %d answered right; %d of %d questions were asked.", s.Right,
			s.Asked, s.Asked, s.Of)
	}
	return fmt.Sprintf("%d of %d right.", s.Right, s.Of)
}

func (p *page) question(q *Question, of int) {
	p.blank()
	p.say("", fmt.Sprintf("Question %d of %d", q.Number, of))
	p.say("", q.Text)
	p.exhibits(q)
	p.say("  ", "Answer with "+q.Ask+". ? is a hint, q ends.")
}

func (p *page) verdict(q *Question, v Verdict) {
	switch {
	case v.Right:
		p.say("", "Right. "+q.because())
		return
	case v.Blank:
		p.say("", "No answer.")
	default:
		p.say("", "Not right. "+strings.Join(v.Diagnoses, " "))
	}
	p.say("", "The answer: "+q.Answer+". "+q.because())
}

// answer reads lines until one is an answer.
func (d *Dialogue) answer(in *bufio.Reader, p *page, q *Question) (v Verdict, ended bool,
	err error) {
	for {
		p.out = append(p.out, prompt...)
		if err := p.flush(d.Out); err != nil {
			return v, true, err
		}
		line, err := readLine(in)
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

// readLine reads a line, and of a longer one than any answer its beginning: grading says that it is
// too long.
func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		piece, err := in.ReadSlice('\n')
		if room := maxAnswer + 1 - len(line); room > 0 {
			line = append(line, piece[:min(len(piece), room)]...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimRight(string(line), "\r\n"), err
		}
	}
}
