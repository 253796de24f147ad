package quiz_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/quiz"
	"github.com/portsniff/portsniff/internal/render"
)

// classQuestions returns three questions about the SYN whose fields were counted by hand.
func classQuestions(t *testing.T) []quiz.Question {
	t.Helper()
	questions := all(byHand(t))
	out := []quiz.Question{*find(t, questions, quiz.PortBytes, `^Frame 1: .* destination`),
		*find(t, questions, quiz.PortValue, `c9 3a`), *find(t, questions, quiz.Largest, "")}
	for i := range out {
		out[i].Number = i + 1
	}
	return out
}

// TestClass grades a class with cells that a spreadsheet must not take for formulas.
func TestClass(t *testing.T) {
	questions := classQuestions(t)
	const text = "\ufeffName,q1,q3,q2\r\nAnna,@44-45,65535,51514\r\n" +
		"\"=HYPERLINK(\"\"http://x\"\")\",2-3,65536,0xc93a\r\n\r\nBo,\"=cmd|' /C " +
		"calc'!A0\",\r\nO\u202ekke\x1b[31m,44-45\r\n"
	class, err := quiz.ReadClass(strings.NewReader(text), len(questions))
	if err != nil {
		t.Fatal(err)
	}
	rows := quiz.GradeClass(questions, class)
	want := [][]string{
		{"name", "score", "of", "q1", "q1_result", "q1_diagnosis", "q2", "q2_result",
			"q2_diagnosis", "q3", "q3_result", "q3_diagnosis"},
		{"Anna", "3", "3", "@44-45", "right", "", "51514", "right", "", "65535", "right", ""},
		{`=HYPERLINK("http://x")`, "0", "3", "2-3", "wrong",
			"That is counted from the start of the TCP header. It begins at byte 42 of the " +
				"frame: add that.",
			"0xc93a", "wrong", "That is the same number in hexadecimal. Write it in decimal.",
			"65536", "wrong",
			"That is how many ports there are, 0 included. The largest is one less."},
		{"Bo", "0", "3", "=cmd|' /C calc'!A0", "unclear",
			`"cmd|" is not understood as the bytes. Write the first and the last byte, ` +
				`such as 6-11.`,
			"", "blank", "", "", "blank", ""},
		{"O\u202ekke\x1b[31m", "1", "3", "44-45", "right", "", "", "blank", "", "", "blank", ""},
	}
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("%q\nexpected\n%q", rows, want)
	}
	var out bytes.Buffer
	if err := render.CSV(&out, rows); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"\x1b", "\u202e", "\n=", ",=", "\n\"=", ",\"=", ",@"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("the written CSV has %q:\n%s", bad, out.String())
		}
	}
}

// TestClassFromSpreadsheets reads files of spreadsheets: with semicolons because a comma is part of
// a number, with all cells quoted, and with empty cells around the table.
func TestClassFromSpreadsheets(t *testing.T) {
	want := []quiz.Student{{Name: "Anna; B", Answers: []string{"44-45", "51514, or 0xc93a", ""}},
		{Name: "Bo", Answers: []string{"", "", "65535"}}}
	for _, text := range []string{
		"name,q1,q2,q3\nAnna; B,44-45,\"51514, or 0xc93a\"\nBo,,,65535\n",
		"\ufeffName;Q1;Q2;Q3\r\n\"Anna; B\";44-45;51514, or 0xc93a;\r\nBo;;;65535\r\n",
		"name\tq1\tq2\tq3\nAnna; B\t44-45\t51514, or 0xc93a\nBo\t\t\t65535",
		"\ufeff\"name\",\"q1\",\"q2\",\"q3\"\n\"Anna; B\",\"44-45\",\"51514, or " +
			"0xc93a\",\"\"\n\"Bo\",\"\",\"\",\"65535\"\n",
		"name,q1,q2,q3,,\n,,,,,\nAnna; B,44-45,\"51514, or 0xc93a\",,,,\nBo,,,65535,,\n,,,,,\n",
	} {
		if got, err := quiz.ReadClass(strings.NewReader(text), 3); err != nil ||
			!reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// TestClassErrors checks that errors name the line and the reason.
func TestClassErrors(t *testing.T) {
	for _, c := range []struct {
		text string
		line int
		want error
	}{
		{"", 0, quiz.ErrClassEmpty},
		{"Anna,1,2\n", 1, quiz.ErrClassHeader},
		{"name,q1,q4\n", 1, quiz.ErrClassHeader},
		{"name,q0\n", 1, quiz.ErrClassHeader},
		{"name,q01\n", 1, quiz.ErrClassHeader},
		{"name,q1,Q1\n", 1, quiz.ErrClassHeader},
		{"name,q1,name\n", 1, quiz.ErrClassHeader},
		{"q1,q2\n", 1, quiz.ErrClassHeader},
		{"name,,q1\n", 1, quiz.ErrClassHeader},
		{"\xff\xfen\x00a\x00m\x00e\x00\n\x00", 1, quiz.ErrClassText}, // UTF-16
		{"name,q1\nAnna,1\n\nBo,1,2\n", 4, quiz.ErrClassRow},
		{"name,q1\n\"An\nna\",1\nB\xffo,1\n", 4, quiz.ErrClassText},
		{"name,q1\n" + strings.Repeat("x,1\n", quiz.MaxClass+1), quiz.MaxClass + 2,
			quiz.ErrClassTooBig},
		{"name,q1\n" + strings.Repeat("x", quiz.MaxClassSize), 0, quiz.ErrClassTooBig},
	} {
		students, err := quiz.ReadClass(strings.NewReader(c.text), 3)
		var e *quiz.ClassError
		if !errors.As(err, &e) || !errors.Is(err, c.want) || students != nil {
			t.Errorf("%.40q: %v", c.text, err)
			continue
		}
		if e.Line != c.line {
			t.Errorf("%.40q: line %d, expected %d: %v", c.text, e.Line, c.line, err)
		}
	}
	_, err := quiz.ReadClass(strings.NewReader("name,q1\nAnna,\"1\nBo,2\n"), 3)
	var e *quiz.ClassError
	if !errors.As(err, &e) || e.Line < 2 {
		t.Errorf("an open quotation mark: %v", err)
	}
	full, err := quiz.ReadClass(strings.NewReader("name\n"+strings.Repeat("x\n", quiz.MaxClass)), 3)
	if err != nil || len(full) != quiz.MaxClass {
		t.Errorf("the limit is %d students: %d, %v", quiz.MaxClass, len(full), err)
	}
}

// TestClassTooBig checks that the size of a class is limited.
func TestClassTooBig(t *testing.T) {
	endless := &endlessText{}
	if _, err := quiz.ReadClass(endless, 3); !errors.Is(err, quiz.ErrClassTooBig) ||
		endless.read > 2*quiz.MaxClassSize {
		t.Errorf("%d bytes were read, %v", endless.read, err)
	}
}

// An endlessText is a line that never ends.
type endlessText struct{ read int }

func (e *endlessText) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}
