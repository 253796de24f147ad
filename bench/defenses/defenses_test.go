package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryDefenseIsThere checks that each place in the list exists, so that a change of the
// program must update the list. The tests of the list must exist too.
func TestEveryDefenseIsThere(t *testing.T) {
	const root = "../.."
	for _, d := range defenses() {
		before, err := os.ReadFile(filepath.Join(root, d.file))
		if err != nil {
			t.Error(err)
			continue
		}
		after, err := d.takeOut(root)
		if err != nil || string(after) == string(before) {
			t.Errorf("%s, %s: nothing is taken out: %v", d.what, d.file, err)
		}
		text := ""
		for _, p := range d.packages {
			names, err := filepath.Glob(filepath.Join(root, p, "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				data, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				text += string(data)
			}
		}
		for name := range strings.SplitSeq(d.tests, "|") {
			name, _, _ = strings.Cut(name, "/")
			if !regexp.MustCompile(`(?m)^func \w*` + name).MatchString(text) {
				t.Errorf("%s: there is no test %s", d.what, name)
			}
		}
	}
}

// TestReplace checks that only a unique place is replaced.
func TestReplace(t *testing.T) {
	const src = "package p\n\nconst most = 1 << 3\n\nfunc f(a, b int) int {\n\tif a > b ||\n" +
		"\t\tb == 0 {\n\t\treturn a\n\t}\n\treturn a + b\n}\n"
	for _, c := range []struct{ in, code, by, want string }{
		{"f", "a > b || b == 0", "false", "if false {"},
		{"f", "a + b", "0", "return 0\n"},
		{"most", "1 << 3", "1 << 30", "const most = 1 << 30\n"},
		{"f", "return a", "", "{\n\t\t\n\t}"},
		{"f", "a", "b", ""},       // several places
		{"f", "a > c", "b", ""},   // no place
		{"g", "a > b", "b", ""},   // no function
		{"f", "a + b", "0 +", ""}, // invalid code
	} {
		got, err := replace([]byte(src), c.in, c.code, c.by)
		if c.want == "" != (err != nil) || !strings.Contains(string(got), c.want) {
			t.Errorf("%+v: %v\n%s", c, err, got)
		}
	}
}
