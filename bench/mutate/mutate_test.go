package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const sample = `package p

import "fmt"

var table = [4]int{1, 0x10}

type T struct{}

func (t *T) Walk(n int, ok bool) (err error) {
	if ok && n <= 3 {
		n += 2
	}
	for i := range n {
		if i == 7 {
			continue
		}
		fmt.Println("a" + "b")
	}
	if ok {
		return nil
	}
	return err
}
`

// TestFind checks that each change has the right position and a unique key, and that the result is
// valid Go.
func TestFind(t *testing.T) {
	list, err := find("p.go", "example.com/p", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	keys := map[string]bool{}
	for _, c := range list {
		got = append(got, fmt.Sprintf("%d %s %s %s>%s", c.line, c.fn, c.kind, c.was, c.text))
		if keys[c.key()] || sample[c.from:c.to] != c.was {
			t.Errorf("%s: %q at %d", c.key(), c.was, c.from)
		}
		keys[c.key()] = true
		text := sample[:c.from] + c.text + sample[c.to:]
		if _, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0); err != nil {
			t.Errorf("%s: %v", c.key(), err)
		}
	}
	want := []string{
		"5 table number 1>2", "5 table number 0x10>17",
		"10 T.Walk operator &&>||", "10 T.Walk operator <=><", "10 T.Walk number 3>4",
		"11 T.Walk statement n += 2>", "11 T.Walk operator +=>-=", "11 T.Walk number 2>3",
		"14 T.Walk operator ==>!=", "14 T.Walk number 7>8", "15 T.Walk branch continue>break",
		`17 T.Walk statement fmt.Println("a" + "b")>`, "19 T.Walk condition ok>!(ok)",
		"22 T.Walk error err>nil",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestSampleIsFixed checks that edits elsewhere in a file do not change the sample.
func TestSampleIsFixed(t *testing.T) {
	order := func(src string) (keys []string) {
		list, err := find("p.go", "example.com/p", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		sortByHash(list)
		for _, c := range list {
			if c.fn != "before" {
				keys = append(keys, c.key())
			}
		}
		return keys
	}
	more := strings.Replace(sample, "type T", "func before() int { return 7*8 + 9 }\n\ntype T", 1)
	if a, b := order(sample), order(more); !slices.Equal(a, b) {
		t.Errorf("%v\n%v", a, b)
	}
}

const code = `package a

func Less(a, b int) bool { return a < b }

func Add(a int) int { return a + 1 }

func Unseen() int { return 5 }
`

func testHead(pkg string) string { return "package " + pkg + "\n\nimport \"testing\"\n\n" }

// module creates a repository with two packages and four changes. The tests of the first package
// notice two of them. The tests of the second, which imports the first, notice a third.
func module(t *testing.T) {
	t.Helper()
	for _, program := range []string{"git", "go"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("SKIPPED: no change was tried: there is no " + program)
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n",
		"a/a.go": code,
		"a/a_test.go": testHead("a") +
			"func TestAdd(t *testing.T) { if Add(1) != 2 { t.Error() } }",
		"b/b.go": "package b\n\nimport \"example.com/m/a\"\n\nvar Less = a.Less\n",
		"b/b_test.go": testHead("b") +
			"func TestLess(t *testing.T) { if Less(1, 1) { t.Error() } }",
		"known/nothing.txt": "# none\n",
		"known/five.txt":    "a/a.go Unseen number 1: nobody calls it\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, args := range []string{
		"init -q", "add .",
		"-c user.name=n -c user.email=n@example.com commit -q -m c",
	} {
		if out, err := exec.Command("git", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v: %s", args, err, out)
		}
	}
}

func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short: a dozen programs were not built")
	}
	module(t)
	for _, c := range []struct {
		known     string
		least     float64
		importers time.Duration
		ok        bool
		says      string
	}{
		{"nothing", 50, time.Minute, false, "3 of 4 changes were noticed (75.0 %)"},
		{"five", 70, time.Minute, true, "3 of 4 changes were noticed (75.0 %)"},
		{"five", 80, time.Minute, false, "3 of 4 changes were noticed (75.0 %)"},
		{"five", 50, 0, false, "2 of 4 changes were noticed (50.0 %)"},
	} {
		var out bytes.Buffer
		ok, err := run(t.Context(), options{
			jobs: 2, least: c.least, budget: c.importers, timeout: time.Minute,
			known: "known/" + c.known + ".txt", out: &out,
		}, []string{"./a"})
		if err != nil || ok != c.ok || !strings.Contains(out.String(), c.says) {
			t.Errorf("%+v: %v, %v: %s", c, ok, err, out.String())
		}
		if missed := "missed\ta/a.go Unseen number 1\t"; !strings.Contains(out.String(), missed) {
			t.Errorf("%+v: %s", c, out.String())
		}
	}
}

// TestLogGoesOn checks that a run with a log counts the logged changes without trying them, and
// tries the others.
func TestLogGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short: a dozen programs were not built")
	}
	module(t)
	log := filepath.Join(t.TempDir(), "log")
	again := func() string {
		t.Helper()
		var out bytes.Buffer
		if _, err := run(t.Context(), options{
			jobs: 1, timeout: time.Minute, known: "known/nothing.txt", log: log, out: &out,
		}, []string{"./a"}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if out := again(); !strings.Contains(out, "2 of 4 changes were noticed") {
		t.Error(out)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Collect(strings.Lines(string(text)))
	slices.Sort(lines)
	want := []string{
		"missed\ta/a.go Less operator 1\ta/a.go:3: < -> <=\t\n",
		"missed\ta/a.go Unseen number 1\ta/a.go:7: 5 -> 6\t\n",
		"noticed\ta/a.go Add number 1\ta/a.go:5: 1 -> 2\texample.com/m/a: TestAdd\n",
		"noticed\ta/a.go Add operator 1\ta/a.go:5: + -> -\texample.com/m/a: TestAdd\n",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%q\nwant\n%q", lines, want)
	}
	// Remove one of four verdicts, and falsify another.
	lines = []string{lines[0], strings.Replace(lines[1], "missed", "noticed", 1), lines[2]}
	if err := os.WriteFile(log, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := again(); !strings.Contains(out, "3 of 4 changes were noticed") {
		t.Error(out)
	}
	if text, err := os.ReadFile(log); err != nil || strings.Count(string(text), "\n") != 4 {
		t.Errorf("%v: %s", err, text)
	}
	if err := os.WriteFile(log, []byte("perhaps\ta/a.go\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openLog(log); err == nil {
		t.Error("a line without a verdict was read")
	}
}
