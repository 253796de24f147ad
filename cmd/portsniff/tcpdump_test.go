package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/pcaps"
)

// requireTool skips the test with a message if a program is missing, or fails if that program is
// required.
func requireTool(t *testing.T, name string) {
	t.Helper()
	corpustest.Tool(t, name)
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	if err := root.Execute(); err != nil {
		t.Fatalf("portsniff %v: %v", args, err)
	}
	return out.String()
}

func tcpdump(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("tcpdump", args...).Output()
	if err != nil {
		t.Fatalf("tcpdump %v: %v", args, err)
	}
	return string(out)
}

// linesOf returns the first group of a pattern for every match.
func linesOf(text, pattern string) (out []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// TestTimesAndDumpsAsTcpdump checks that times and dumps equal tcpdump's, digit for digit.
func TestTimesAndDumpsAsTcpdump(t *testing.T) {
	t.Parallel()
	requireTool(t, "tcpdump")
	for _, s := range pcaps.List() {
		sample, file := s.Name, "../../pcaps/"+s.File
		for _, c := range []struct{ flag, lines string }{
			{"-x", `[0-9:.]+`}, {"-ttxx", `[0-9.]+`}, {"-tttX", `-?[0-9:.]+`},
			{"-ttttXX", `[0-9-]+ [0-9:.]+`}, {"-ttttt", `-?[0-9:.]+`},
		} {
			// without the table
			text, _, _ := strings.Cut(run(t, "--number=false", "--width=0", "-r", file, c.flag),
				"\n\n")
			got := linesOf(text, `(?m)^(`+c.lines+` |\t0x.*)`)
			want := linesOf(tcpdump(t, "-n", "-r", file, c.flag), `(?m)^ ?(`+c.lines+` |\t0x.*)`)
			if len(want) == 0 || len(got) != len(want) {
				t.Errorf("%s %s: %d lines, tcpdump has %d", sample, c.flag, len(got), len(want))
				continue
			}
			for i := range want {
				if strings.TrimRight(got[i], " ") != strings.TrimRight(want[i], " ") {
					t.Errorf("%s %s line %d: %q, tcpdump has %q", sample, c.flag, i, got[i],
						want[i])
					break
				}
			}
		}
	}
}
