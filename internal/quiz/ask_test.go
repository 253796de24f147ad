package quiz_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"github.com/portsniff/portsniff/internal/quiz"
)

func dialog(t *testing.T, in io.Reader, retry bool) (string, quiz.Score, error) {
	t.Helper()
	var out bytes.Buffer
	d := quiz.Dialog{In: in, Out: &out, Width: 80, Retry: retry}
	score, err := d.Ask(classQuestions(t))
	for _, r := range out.String() {
		if !unicode.IsPrint(r) && r != '\n' {
			t.Errorf("the output has %q", r)
		}
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 81 {
			t.Errorf("a line of %d: %s", len(line), line)
		}
	}
	return out.String(), score, err
}

// TestAsk runs dialogs and compares the output for each input.
func TestAsk(t *testing.T) {
	for _, c := range []struct {
		name, in string
		retry    bool
		score    quiz.Score
		want     []string
		not      []string
	}{
		{"all right", "44-45\n51514\n65535\n", false, quiz.Score{3, 3, 3},
			[]string{"Question 3 of 3", "Right.", "3 of 3 right."}, []string{"Not right"}},
		{"the last line without its end", "44-45\n51514\n65535", false, quiz.Score{3, 3, 3},
			[]string{"3 of 3 right."}, nil},
		{"carriage returns", "44-45\r\n51514\r\n65535\r\n", false, quiz.Score{3, 3, 3}, nil, nil},
		{"a diagnosis", "2-3\n15049\n65536\n", false, quiz.Score{0, 3, 3},
			[]string{"counted from the start of the TCP header", "bytes are swapped",
				"how many ports there are", "The answer: @44-45.", "0 of 3 right."},
			[]string{"Right."}},
		{"a hint", "?\n44-45\n?\n?\n51514\n65535\n", false, quiz.Score{3, 3, 3},
			[]string{"Hint: ", "portsniff explain -r x.pcap -f 1"}, nil},
		{"the end of the input", "44-45\n", false, quiz.Score{1, 1, 3},
			[]string{"Question 2 of 3", "Score: 1 of 1 right; 1 of 3 questions asked."},
			[]string{"Question 3"}},
		{"nothing", "", false, quiz.Score{0, 0, 3}, []string{"Score: 0 of 0 right"},
			[]string{"Question 2"}},
		{"q", "44-45\nq\n51514\n", false, quiz.Score{1, 1, 3}, []string{"1 of 3 questions"},
			[]string{"Question 3"}},
		{"an empty line", "\n51514\n65535\n", false, quiz.Score{2, 3, 3},
			[]string{"No answer.", "The answer: @44-45.", "2 of 3 right."}, nil},
		{"unclear through a pipe", "what?\n51514\n65535\n", false, quiz.Score{2, 3, 3},
			[]string{`Not right. "what?" is not understood`}, nil},
		{"unclear at a terminal", "what?\n44-45\n51514\n65535\n", true, quiz.Score{3, 3, 3},
			[]string{`"what?" is not understood`}, []string{"Not right"}},
		{"control bytes", "\x1b[31m\x07\n\xff\xfe\u202e\n\x00\n", false, quiz.Score{0, 3, 3}, nil,
			nil},
		{"a long line", strings.Repeat("4", 1<<20) + "\n51514\n65535\n", false, quiz.Score{2, 3, 3},
			[]string{"longer than 1000 bytes"}, nil},
	} {
		out, score, err := dialog(t, strings.NewReader(c.in), c.retry)
		if err != nil || score != c.score {
			t.Errorf("%s: %+v, %v", c.name, score, err)
		}
		flat := strings.Join(strings.Fields(out), " ")
		for _, w := range c.want {
			if !strings.Contains(flat, w) {
				t.Errorf("%s: no %q in\n%s", c.name, w, out)
			}
		}
		for _, w := range c.not {
			if strings.Contains(flat, w) {
				t.Errorf("%s: %q in\n%s", c.name, w, out)
			}
		}
	}
}

// TestStop checks that a signal during the wait for an answer ends the dialog with the score so
// far.
func TestStop(t *testing.T) {
	in, typed := io.Pipe() // stays open: no end of the input ends the dialog
	defer typed.Close()
	go io.WriteString(typed, "44-45\n")
	stop := make(chan os.Signal, 1)
	var out bytes.Buffer
	score, err := (&quiz.Dialog{In: in, Width: 80, Stop: stop,
		Out: writerFunc(func(b []byte) (int, error) {
			if bytes.Contains(b, []byte("Question 2")) {
				stop <- os.Interrupt
			}
			return out.Write(b)
		})}).Ask(classQuestions(t))
	if want := (quiz.Score{Right: 1, Asked: 1, Of: 3}); err != nil || score != want {
		t.Errorf("%+v, %v", score, err)
	}
	want := "\nScore: 1 of 1 right; 1 of 3 questions asked.\n"
	if !strings.HasSuffix(out.String(), want) {
		t.Errorf("%q at the end of\n%s", want, out.String())
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestSameMistakeOnce checks that the same mistake in two parts of an answer is explained once.
func TestSameMistakeOnce(t *testing.T) {
	q := *find(t, all(byHand(t)), quiz.Reply, `^Frame 1`)
	var out bytes.Buffer
	d := quiz.Dialog{In: strings.NewReader("51514 443\n"), Out: &out}
	if _, err := d.Ask([]quiz.Question{q}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "Those are the ports of this packet."); n != 1 {
		t.Errorf("%d times in\n%s", n, out.String())
	}
}

// TestEndlessLine answers with a line that is far longer than any answer. Only the length of an
// answer is kept.
func TestEndlessLine(t *testing.T) {
	questions := classQuestions(t)
	const long = 32 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d := quiz.Dialog{In: io.LimitReader(&endlessText{}, long), Out: io.Discard, Width: 80}
	score, err := d.Ask(questions)
	runtime.ReadMemStats(&after)
	if want := (quiz.Score{Asked: 1, Of: 3}); err != nil || score != want {
		t.Errorf("%+v, %v", score, err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > long/8 {
		t.Errorf("%d bytes were allocated", n)
	}
}

// TestAskErrors checks that errors of input and output are not treated as the end of the input.
func TestAskErrors(t *testing.T) {
	broken := errors.New("broken")
	if _, _, err := dialog(t, iotest.ErrReader(broken), false); !errors.Is(err, broken) {
		t.Errorf("reading: %v", err)
	}
	d := quiz.Dialog{In: strings.NewReader("1\n2\n3\n"), Out: brokenWriter{broken}}
	if _, err := d.Ask(classQuestions(t)); !errors.Is(err, broken) {
		t.Errorf("writing: %v", err)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// TestSheets checks that the worksheet has no answers and the key has all of them. Neither contains
// control bytes, whatever the file name is.
func TestSheets(t *testing.T) {
	s := quiz.Sheet{Source: "-r '\x1b]0;x\x07\u202e.pcap'", Seed: 5, Questions: classQuestions(t)}
	var sheet, key bytes.Buffer
	if err := s.Worksheet(&sheet); err != nil {
		t.Fatal(err)
	}
	if err := s.Key(&key); err != nil {
		t.Fatal(err)
	}
	for _, r := range sheet.String() + key.String() {
		if !unicode.IsPrint(r) && r != '\n' {
			t.Errorf("%q", r)
		}
	}
	for _, q := range s.Questions {
		if !strings.Contains(key.String(), ": "+q.Answer+"\n") {
			t.Errorf("the key has no %s", q.Answer)
		}
		if strings.Contains(sheet.String(), q.Answer) {
			t.Errorf("the worksheet has %s", q.Answer)
		}
	}
	if !strings.Contains(sheet.String(),
		"  0020  66 40 06 00 c0 00 02 0a c6 33 64 07 01 01 01 00") &&
		!strings.Contains(sheet.String(), "  0020  ") {
		t.Errorf("no bytes in\n%s", sheet.String())
	}
}
