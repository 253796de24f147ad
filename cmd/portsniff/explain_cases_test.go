package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestDumpCases explains dumps from public bug reports in every format. One dump shows a different
// packet from the rest.
func TestDumpCases(t *testing.T) {
	root := corpustest.Cases(t)
	dumps, err := filepath.Glob(filepath.Join(root, "hex_*.txt"))
	if err != nil || len(dumps) < 10 {
		t.Fatalf("%d dumps, %v", len(dumps), err)
	}
	for _, name := range dumps {
		source := "50124"
		if filepath.Base(name) == "hex_own_xx_frame1050.txt" {
			source = "41049"
		}
		for form, want := range map[string][]string{
			"":                 {"Ports: TCP " + source + " -> 443"},
			"--plain":          {"Ports: TCP, source " + source + ", destination 443"},
			"--format json":    {`"text":"` + source + `"`, `"text":"443"`},
			"--format svg":     {"[SRC PORT " + source + " = ", "[DST PORT 443 = "},
			"--format mermaid": {"[SRC PORT " + source + " = ", "[DST PORT 443 = "},
		} {
			args := append([]string{"explain", "-"}, strings.Fields(form)...)
			out, stderr, err := explained(t, name, args)
			for _, w := range want {
				if err != nil || !strings.Contains(out, w) {
					t.Errorf("%s %s: %v %s: no %q in\n%.2000s", filepath.Base(name), form, err,
						stderr, w, out)
				}
			}
			if form == "--format json" && !json.Valid([]byte(out)) {
				t.Errorf("%s: %s", name, out)
			}
		}
	}
}

// explained runs the program with a file as standard input.
func explained(t *testing.T, file string, args []string) (out, stderr string, err error) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
	var errs strings.Builder
	cmd.Stdin, cmd.Stderr = in, &errs
	data, err := cmd.Output()
	return string(data), errs.String(), err
}
