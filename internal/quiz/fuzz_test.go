package quiz_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/quiz"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/linktype"
)

// questionsForFuzzing returns questions of every kind.
func questionsForFuzzing(f *testing.F) (out []quiz.Question) {
	met := make(map[quiz.Kind]int)
	for _, s := range samples(f) {
		for _, q := range collect(s, 3).Questions(20) {
			if met[q.Kind]++; met[q.Kind] <= 3 {
				out = append(out, q)
			}
		}
	}
	if len(met) != len(quiz.Kinds()) {
		f.Fatalf("%d kinds of questions of %d: %v", len(met), len(quiz.Kinds()), met)
	}
	return out
}

// FuzzAnswer grades arbitrary answers to questions of every kind. A right answer has no diagnosis
// and any other answer has one. A right answer must contain the digits of the right number, in
// decimal or hexadecimal.
func FuzzAnswer(f *testing.F) {
	questions := questionsForFuzzing(f)
	for _, seed := range []string{"", "?", "34-35", "@34..35", "0x22-0x23", "443 -> 51514",
		"source 80 destination 4", "A syn", "[2001:db8::1]:53 syn", "192.0.2.10 1 2-3",
		"2 no-transport, 3 cut", "80 system server",
		"none", "65536", "-1", "\x00", "1-", "-", "99999999999999999999", "0x", "::",
		"fe80::1%eth0"} {
		f.Add(seed)
	}
	for _, q := range questions {
		f.Add(q.Answer)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		for i := range questions {
			q := &questions[i]
			v := q.Grade(answer)
			switch {
			case v.Right && (!v.Understood || v.Blank || len(v.Diagnoses) > 0), !v.Right &&
				!v.Blank && len(v.Diagnoses) == 0:
				t.Fatalf("%s: %q: %+v", q.Text, answer, v)
			case v.Right:
				hasDigits(t, q, answer)
			}
		}
	})
}

// hasDigits checks that a right answer contains the required numbers.
func hasDigits(t *testing.T, q *quiz.Question, answer string) {
	t.Helper()
	for _, p := range q.Parts {
		if p.Form != quiz.Number && p.Form != quiz.Decimal && p.Form != quiz.Bytes {
			continue
		}
		for _, digits := range strings.Split(p.Right[0], "-") {
			hex := strconv.FormatInt(int64(num(digits)), 16)
			if !strings.Contains(answer, digits) &&
				!strings.Contains(strings.ToLower(answer), hex) {
				t.Fatalf("%s: %q is graded right without %s", q.Text, answer, digits)
			}
		}
	}
}

// FuzzClass reads arbitrary text as a class's answers and grades them. No cell in the table of
// grades may begin a formula.
func FuzzClass(f *testing.F) {
	questions := questionsForFuzzing(f)[:4]
	for i := range questions {
		questions[i].Number = i + 1
	}
	for _, seed := range []string{"", "name,q1\nAnna,34-35\n", "q4,name\n1,=1+1\n", "name\n\"a\n",
		"name,q1\r\n\r\na,\"b,\"\"c\"\n", "\ufeffname\nx\n", "name,q1,q1\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		class, err := quiz.ReadClass(bytes.NewReader(text), len(questions))
		if err != nil {
			return
		}
		rows := quiz.GradeClass(questions, class)
		if len(rows) != len(class)+1 {
			t.Fatalf("%d rows for %d students", len(rows), len(class))
		}
		var out bytes.Buffer
		if err := render.CSV(&out, rows); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if !unicode.IsPrint(r) && r != '\n' {
				t.Fatalf("%q in the grades", r)
			}
		}
	})
}

// FuzzPacket makes questions about arbitrary packets. Each key's answer must be graded as right,
// and the text must contain no control bytes.
func FuzzPacket(f *testing.F) {
	for _, s := range samples(f) {
		for _, fr := range s.frames[:min(len(s.frames), 3)] {
			f.Add(uint32(fr.Link), fr.Data)
		}
	}
	f.Fuzz(func(t *testing.T, link uint32, data []byte) {
		one := corpustest.Frame{Link: linktype.Type(link), Data: data, Wire: len(data)}
		for _, q := range collect(file{frames: []corpustest.Frame{one, one}},
			1).Questions(quiz.MaxCount) {
			if v := q.Grade(q.Answer); !v.Right {
				t.Fatalf("%s: %q is the key's own answer: %+v", q.Text, q.Answer, v)
			}
			s := quiz.Sheet{Source: "-r x", Questions: []quiz.Question{q}}
			var out bytes.Buffer
			for _, write := range []func() error{func() error { return s.Worksheet(&out) },
				func() error { return s.Key(&out) }, func() error { return s.JSON(&out) }} {
				if err := write(); err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range out.String() {
				if !unicode.IsPrint(r) && r != '\n' {
					t.Fatalf("%q in %s", r, out.String())
				}
			}
		}
	})
}
