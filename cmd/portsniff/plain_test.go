package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/cli"
)

// internals matches words of the Go library and the system that a message must not contain.
var internals = regexp.MustCompile(
	`strconv|invalid syntax|\bopen \S+:|is a directory|no such file or directory|` +
		`invalid argument|` +
		`unknown unit|flag needs an argument|unexpected token|\bEOF\b|mismatched types`)

// A mistake is a wrong command line, its exit status and a part of its message.
type mistake struct {
	args   string // DIR is a folder with two files, empty and text
	status int
	want   string
}

var mistakes = []mistake{
	{"-r DIR/missing", exitFailed, "DIR/missing: no such file"},
	{"-r DIR/no/file", exitFailed, "DIR/no/file: there is no folder DIR/no"},
	{"-r DIR/text/file", exitFailed, "DIR/text/file: DIR/text is not a folder"},
	{"-r DIR", exitFailed, "DIR: a folder, not a file"},
	{"-r DIR/empty", exitFailed, "DIR/empty: the file is empty"},
	{"-r DIR/text", exitFailed, "DIR/text: not a pcap or pcapng capture (starts with 68 65 6c 6c"},
	{"-F DIR/missing --demo http", exitFailed, "DIR/missing: no such file"},
	{"-F DIR --demo http", exitFailed, "DIR: a folder, not a file"},
	{"--demo http -w DIR", exitFailed, "DIR: a folder, not a file"},
	{"--demo http -w DIR/no/x.pcap", exitFailed, "DIR/no/x.pcap: there is no folder DIR/no"},
	{"report --demo http -o DIR/no/x", exitFailed, "DIR/no/x: there is no folder DIR/no"},
	{"quiz --demo http --answers DIR/missing", exitFailed, "DIR/missing: no such file"},
	{"-i nosuch0", exitFailed, "nosuch0: no such interface; list them: portsniff interfaces"},
	{"--colors never", exitUsage, "there is no flag --colors; did you mean --color?"},
	{"--wid 80", exitUsage, "there is no flag --wid; did you mean --width?"},
	{"--frobnicate", exitUsage, "there is no flag --frobnicate\n"},
	{"-Y", exitUsage, "there is no flag -Y\n"},
	{"-f 3 --demo http", exitUsage, "there is no flag -f; portsniff explain has it"},
	{"--pairs --demo http", exitUsage, "there is no flag --pairs; portsniff hosts has it"},
	{"DIR/missing.pcap", exitUsage, "to read a capture: -r FILE (there is no such file here)"},
	{"-r", exitUsage, "-r needs a value: -r FILE"},
	{"--where", exitUsage, "--where needs a value: --where EXPR"},
	{"-c x --demo http", exitUsage, `-c "x": not a whole number`},
	{"-c 99999999999999999999 --demo http", exitUsage, "the number is too large"},
	{"--width wide --demo http", exitUsage, `--width "wide": not a whole number`},
	{"--width 3 --demo http", exitUsage, "--width 3: use 20 or more columns, or 0 for no limit"},
	{"ports --every 1x --demo http", exitUsage, `--every "1x": not a time: use a number and`},
	{"ports --memory 1Q --demo http", exitUsage, `--memory "1Q": not a size`},
	{"-n=maybe --demo http", exitUsage, `-n "maybe": use true or false`},
	{"--demo htp", exitUsage, `there is no sample "htp"; did you mean `},
	{"prots", exitUsage, "did you mean ports?"},
	{"demo http dns", exitUsage, `unexpected argument "dns"`},
	{"top --private --from x --once", exitUsage, "--private is about packets"},
	{"config now", exitUsage, `unexpected argument "now"`},
	{"--demo http tpc", exitUsage, "did you mean tcp?"},
	{"--demo http --where prot==1", exitUsage, "there is no name prot; did you mean port?"},
	{"--demo http --where port=80", exitUsage, `"=" does not fit here; use == for equal`},
	{"--demo http --where port==", exitUsage, "the expression ends too early"},
	{"explain", exitUsage, "nothing to explain: give bytes in hex or -r FILE, or try --demo http"},
	{"ports", exitUsage, "or try --demo http"},
	{"help prots", exitUsage, `no command or topic "prots"; did you mean ports?`},
}

// TestMistakes checks that messages say what failed, on what and what to do, without Go terms.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty": "", "text": "hello world"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range mistakes {
		text, status := complaint(t, strings.Fields(strings.ReplaceAll(m.args, "DIR", dir)))
		if want := strings.ReplaceAll(m.want, "DIR", dir); !strings.Contains(text, want) {
			t.Errorf("%s: %q, want %q", m.args, text, want)
		}
		if status != m.status {
			t.Errorf("%s: status %d, want %d", m.args, status, m.status)
		}
		if found := internals.FindString(text); found != "" {
			t.Errorf("%s: %q in %q", m.args, found, text)
		}
	}
}

// complaint runs a command that fails, and returns its message and exit status.
func complaint(t *testing.T, args []string) (string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(""))
	root.SetOut(&out)
	root.SetErr(&errs)
	cmd, err := root.ExecuteC()
	if err == nil {
		t.Errorf("%q: no error", args)
		return "", 0
	}
	cli.Complain(&errs, cmd.CommandPath(), err)
	return errs.String(), statusOf(err)
}
