package main

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// onTerminal returns what a command shows on a terminal of the given columns.
func onTerminal(t *testing.T, columns int, args ...string) string {
	t.Helper()
	screen, tty := terminalOf(t, 24, columns)
	cmd := exec.Command("portsniff", args...)
	cmd.Stdout, cmd.Stderr = tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	var out text
	<-out.fill(screen)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	return strings.ReplaceAll(out.String(), "\r\n", "\n")
}

// TestLegendAndNextStep checks that a terminal shows a legend before the packet lines and a
// suggestion at the end. Other outputs have neither.
func TestLegendAndNextStep(t *testing.T) {
	t.Parallel()
	const legend, next = "sys/reg/dyn: ports 0-1023, 1024-49151, 49152-65535\n",
		"look inside: portsniff explain "
	got := onTerminal(t, 120, "--color", "never", "-r", "../../pcaps/http.pcap", "dst port 45650")
	if !strings.HasPrefix(got, legend) || strings.Count(got, legend) != 1 {
		t.Errorf("no legend, or more than one:\n%s", got)
	}
	if !strings.HasSuffix(got, "\n"+next+"-r ../../pcaps/http.pcap -f 2\n") {
		t.Errorf("no next step:\n%s", got)
	}
	for _, args := range [][]string{
		{"--demo", "http", "--format", "json"}, {"--demo", "http", "-q"},
	} {
		if got := onTerminal(t, 120, args...); strings.Contains(got, legend) ||
			strings.Contains(got, next) {
			t.Errorf("%v:\n%s", args, got)
		}
	}
	if got := exampleOutput(t, "--demo http"); strings.Contains(got, legend) ||
		strings.Contains(got, next) {
		t.Errorf("in a pipe:\n%s", got)
	}
}

// TestSourceFlags checks that the suggestion can be pasted into a shell. A name that a terminal
// cannot show is left out.
func TestSourceFlags(t *testing.T) {
	for name, want := range map[string]string{
		"a.pcap": "-r a.pcap", "my file.pcap": "-r 'my file.pcap'", "it's": `-r 'it'\''s'`,
		"a b": "-r 'a b'", "$x": "-r '$x'",
	} {
		if got := sourceFlags(&input{files: []string{name}}); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	for name, want := range map[string]bool{"a.pcap": true, "-": false, "-x": false, "a\x1b": false,
		"\xff": false, "ü": true} {
		if got := readAgain(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
