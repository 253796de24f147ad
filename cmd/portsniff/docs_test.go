package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updateDocs = flag.Bool("update-docs", false, "write what the commands print into the docs")

const (
	exampleMark  = "<!-- run: portsniff "
	exampleFence = "```\n"
)

// TestDocs runs the examples of README and docs. An example is a comment "run:" with a command,
// followed by a block with its output.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(string(text), exampleMark)
		for i, part := range parts[1:] {
			command, rest, _ := strings.Cut(part, " -->\n"+exampleFence)
			want, after, found := strings.Cut(rest, exampleFence)
			if !found {
				t.Fatalf("%s: no block after %q", page, command)
			}
			examples++
			t.Run(command, func(t *testing.T) {
				got := exampleOutput(t, command)
				if *updateDocs {
					parts[i+1] = command + " -->\n" + exampleFence + got + exampleFence + after
				} else if got != want {
					t.Errorf("portsniff %s prints\n%s\n%s has\n%s", command, got, page, want)
				}
			})
		}
		if *updateDocs && len(parts) > 1 {
			text := strings.Join(parts, exampleMark)
			if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if examples < 7 {
		t.Errorf("%d examples", examples)
	}
}

// exampleOutput returns the output of a command. The command must succeed and print no message.
func exampleOutput(t *testing.T, command string) string {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetArgs(strings.Fields(command))
	root.SetOut(&out)
	root.SetErr(&errs)
	if err := root.Execute(); err != nil || errs.Len() > 0 {
		t.Fatalf("%v: %s", err, errs.String())
	}
	return out.String()
}
