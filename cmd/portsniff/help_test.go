package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/pflag"
)

// helpWidth is the width of a help page in columns.
const helpWidth = 80

// helpOf returns the help page of a command or topic.
func helpOf(t *testing.T, words ...string) string {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(append([]string{"help"}, words...))
	root.SetOut(&out)
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestHelpPages checks the form of each page: a description of at most three lines, then examples,
// then flags with headings, within 80 columns.
func TestHelpPages(t *testing.T) {
	for _, cmd := range append(newRoot().Commands(), newRoot()) {
		if cmd.Name() == "completion" {
			continue // written by cobra
		}
		page := helpOf(t, strings.Fields(strings.TrimPrefix(cmd.CommandPath(), "portsniff"))...)
		for line := range strings.Lines(page) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth {
				t.Errorf("%s: %d columns: %s", cmd.Name(), n, line)
			}
		}
		if cmd.IsAdditionalHelpTopicCommand() {
			continue
		}
		if n := strings.Count(cmd.Long, "\n") + 1; n > 3 {
			t.Errorf("%s: a description of %d lines", cmd.Name(), n)
		}
		if cmd.HasExample() && strings.Index(page, "Examples:") > strings.Index(page, "Usage:") {
			t.Errorf("%s: examples come after the usage", cmd.Name())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !inGroup(f.Name) && f.Name != "help" && f.Name != "version" {
				t.Errorf("%s: --%s is in no group", cmd.Name(), f.Name)
			}
			if utf8.RuneCountInString(f.Usage) > 80 {
				t.Errorf("%s: the text of --%s is too long", cmd.Name(), f.Name)
			}
			value, _ := pflag.UnquoteUsage(f)
			if f.NoOptDefVal == "" && value != strings.ToUpper(value) {
				t.Errorf("%s: the value of --%s has a Go type as its name, %s", cmd.Name(),
					f.Name, value)
			}
		})
	}
}

func inGroup(name string) bool {
	for _, g := range flagGroups {
		for _, f := range strings.Fields(g.Flags) {
			if f == name {
				return true
			}
		}
	}
	return false
}

func TestHelpTopics(t *testing.T) {
	for topic, want := range map[string]string{"filter": "portrange", "where": "inner.port",
		"ranges": "49152-65535"} {
		if page := helpOf(t, topic); !strings.Contains(page, want) {
			t.Errorf("help %s does not describe %s:\n%s", topic, want, page)
		}
	}
	root := newRoot()
	root.SetArgs([]string{"help", "nothing"})
	if err := root.Execute(); err == nil {
		t.Error("an unknown topic is not an error")
	}
}

// TestVersionFlags checks that both flags print the same as the command.
func TestVersionFlags(t *testing.T) {
	run := func(args ...string) string {
		var out bytes.Buffer
		root := newRoot()
		root.SetArgs(args)
		root.SetOut(&out)
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	want := run("version")
	if !strings.HasPrefix(want, "portsniff ") || run("--version") != want || run("-V") != want {
		t.Errorf("version %q, --version %q, -V %q", want, run("--version"), run("-V"))
	}
}
