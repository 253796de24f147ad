package page_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/quiz"
)

// graders is the bundled module with the page's grader.
const graders = "web/dist/quiz.mjs"

// asks is a script that runs the page's grader on every answer and prints one verdict per line.
const asks = `import {grade} from %q;
import {readFileSync} from "node:fs";
for (const {question, answers} of JSON.parse(readFileSync(0, "utf8")))
	for (const answer of answers) console.log(JSON.stringify(grade(question, answer)));
`

// An exam is a question with answers to grade.
type exam struct {
	Question quiz.Question `json:"question"`
	Answers  []string      `json:"answers"`
}

// TestPageGradesAsTerminal checks that the page and the terminal grade every answer alike: each
// right answer, each usual wrong answer, other spellings of both, and nonsense.
func TestPageGradesAsTerminal(t *testing.T) {
	node := corpustest.Tool(t, "node")
	module, err := filepath.Abs(graders)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(module); err != nil {
		t.Fatal(err) // the module is committed
	}
	exams := allExams(t)
	text, err := json.Marshal(exams)
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "ask.mjs")
	if err := os.WriteFile(script, fmt.Appendf(nil, asks, "file://"+module), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, script)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(text), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	verdicts := strings.Split(strings.TrimSpace(string(out)), "\n")
	at, differ := 0, 0
	kinds := map[quiz.Kind][2]int{}
	for i := range exams {
		for _, answer := range exams[i].Answers {
			if at >= len(verdicts) {
				t.Fatalf("%d verdicts only", at)
			}
			var got quiz.Verdict
			if err := json.Unmarshal([]byte(verdicts[at]), &got); err != nil {
				t.Fatal(err)
			}
			at++
			q := &exams[i].Question
			want := q.Grade(answer)
			n := kinds[q.Kind]
			if want.Right {
				n[0]++
			} else {
				n[1]++
			}
			kinds[q.Kind] = n
			if same := got.Right == want.Right && got.Understood == want.Understood &&
				got.Blank == want.Blank &&
				(len(got.Diagnoses) == 0 && len(want.Diagnoses) == 0 ||
					reflect.DeepEqual(got.Diagnoses, want.Diagnoses)); !same {
				if differ++; differ <= 20 {
					t.Errorf("%s, answer %q: the page has %+v, the terminal %+v", q.Kind, answer,
						got, want)
				}
			}
		}
	}
	if at != len(verdicts) || at < 5000 {
		t.Errorf("%d answers, %d verdicts", at, len(verdicts))
	}
	for _, k := range quiz.Kinds() {
		if n := kinds[k]; n[0] == 0 || n[1] == 0 {
			t.Errorf("%s: %d right and %d wrong answers were compared", k, n[0], n[1])
		}
	}
	t.Logf("%d answers, %d differ", at, differ)
}

// alike is the greatest number of questions of one kind for each sample.
const alike = 2

// allExams returns questions about every sample.
func allExams(t *testing.T) (exams []exam) {
	t.Helper()
	files := map[string][]corpustest.Frame{}
	var order []string
	for _, f := range corpustest.SampleFrames(t, "../../pcaps") {
		if files[f.File] == nil {
			order = append(order, f.File)
		}
		files[f.File] = append(files[f.File], f)
	}
	for _, name := range order {
		kinds := map[quiz.Kind]int{}
		for _, q := range ask(files[name], 1) {
			if kinds[q.Kind]++; kinds[q.Kind] <= alike {
				exams = append(exams, exam{q, answers(&q)})
			}
		}
	}
	return exams
}

// ask returns the questions about a capture.
func ask(frames []corpustest.Frame, seed uint64) []quiz.Question {
	c := quiz.NewCollector(seed, "-r x.pcap")
	fragments := decode.NewFragments(0)
	table := flow.NewTable(flow.Options{})
	var p decode.Packet
	fr := analysis.Frame{Packet: &p}
	for i, raw := range frames {
		p.Decode(raw.Link, raw.Data, raw.Wire)
		fr.Number, fr.Len = int64(i+1), raw.Wire
		fragments.Observe(&p, fr.Number, fr.Time)
		fr.Annotate(table.Add(&p, uint32(raw.Wire), flow.NoTime, fr.Number))
		c.Add(&fr)
	}
	return c.Questions(quiz.MaxCount)
}

// answers returns the right answer, answers with one wrong part, and unusual spellings of both.
func answers(q *quiz.Question) []string {
	list := []string{q.Answer}
	for i := range q.Parts {
		for _, r := range q.Parts[i].Right {
			list = append(list, with(q, i, r))
		}
		for _, w := range q.Parts[i].Wrong {
			list = append(list, with(q, i, w.Answer))
		}
		list = append(list, with(q, i, "0x50"), with(q, i, "7"), with(q, i, "66000"),
			with(q, i, "::1"), with(q, i, "what"))
	}
	for _, a := range list[:min(len(list), 8)] {
		list = append(list, strings.ToUpper(a), "  "+strings.ReplaceAll(a, " ", ", ")+".", "("+a+
			")", a+" "+a, a+" 99", "@"+a, strings.ReplaceAll(a, "-", ".."),
			strings.ReplaceAll(a, "-", "\u2013"), a+"!")
	}
	return append(list, "", " \t ", "0", "-1", "99999999999999999999", "0x", "0x1bb", "1-2-3",
		"10.0.0.1:80", "192.0.2.10:65535", "192.0.2.10:65536", "[::1]:53", "1.2.3",
		"::ffff:192.0.2.1", "fe80::1%eth0", "2001:DB8::0001", "a=b=c", "client server", "none",
		"34 -> 35", "34\u219235", "tcp 6", "6/tcp", strings.Repeat("9 ", 600), "<script>",
		"\u00e9\u4e2d", "\u0130")
}

// with returns the right answer with one part replaced by text.
func with(q *quiz.Question, part int, text string) string {
	var words []string
	last := ""
	for i := range q.Parts {
		p := &q.Parts[i]
		if p.Key != "" && p.Key != last {
			words = append(words, p.Key)
		}
		last = p.Key
		if i == part || len(p.Right) == 0 {
			words = append(words, text)
		} else {
			words = append(words, p.Right[0])
		}
	}
	return strings.Join(words, " ")
}
