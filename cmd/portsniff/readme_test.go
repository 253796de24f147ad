package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestReadme runs the commands whose output the README shows: a comment "run:" with the command, then the block.
func TestReadme(t *testing.T) {
	t.Setenv("TZ", "UTC")
	doc, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const mark, fence = "<!-- run: portsniff ", "```\n"
	parts := strings.Split(string(doc), mark)[1:]
	if len(parts) < 2 {
		t.Fatalf("%d examples in the README", len(parts))
	}
	for _, part := range parts {
		args, rest, ok := strings.Cut(part, " -->\n")
		block, found := strings.CutPrefix(rest, fence)
		want, _, closed := strings.Cut(block, fence)
		if !ok || !found || !closed {
			t.Fatalf("no block behind %q", args)
		}
		t.Run(args, func(t *testing.T) {
			var out, errs bytes.Buffer
			root := newRoot()
			root.SetArgs(strings.Fields(args))
			root.SetOut(&out)
			root.SetErr(&errs)
			if err := root.Execute(); err != nil || errs.Len() > 0 {
				t.Fatalf("%v: %s", err, errs.String())
			}
			if out.String() != want {
				t.Errorf("portsniff %s prints\n%s\nthe README says\n%s", args, out.String(), want)
			}
		})
	}
}
