package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit/samples"
)

func TestLocale(t *testing.T) {
	for _, c := range []struct {
		all, ctype, lang string
		want             bool
	}{
		{"", "", "en_US.UTF-8", true}, {"", "", "C.utf8", true}, {"", "", "C", false},
		{"C", "", "en_US.UTF-8", false}, {"", "POSIX", "en_US.UTF-8", false},
		{"de_DE.UTF-8", "C", "C", true}, {"", "", "", os.PathSeparator == '\\'},
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_CTYPE": c.ctype, "LANG": c.lang}
		if got := localeIsUTF8(func(k string) string { return env[k] }); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
}

// TestAlertsOfAScan checks that a scan writes its alert to the file and sets the exit status.
// Without --fail-on, or with another rule, the status is 0.
func TestAlertsOfAScan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var frames [][]byte
	for port := range uint16(25) {
		f := make([]byte, 14+20+20)
		f[12] = 8
		copy(f[14:], []byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2})
		binary.BigEndian.PutUint16(f[34:], 50000)
		binary.BigEndian.PutUint16(f[36:], 100+port)
		f[46], f[47] = 5<<4, 2 // SYN
		frames = append(frames, f)
	}
	name, log := filepath.Join(dir, "scan.pcap"), filepath.Join(dir, "alerts.jsonl")
	if err := os.WriteFile(name, samples.Pcap(frames), 0o600); err != nil {
		t.Fatal(err)
	}
	for failOn, want := range map[string]int{"scan": 3, "any": 3, "loss,scan": 3, "refused": 0} {
		cmd := exec.Command(os.Args[0], "top", "--once", "-r", name, "--alerts", log, "--fail-on",
			failOn)
		cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		_ = cmd.Run() // the status is checked below
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("--fail-on %s: status %d: %s", failOn, got, errs.String())
		}
		if (want == 3) != strings.Contains(errs.String(), "alerts: scan") {
			t.Errorf("--fail-on %s: %s", failOn, errs.String())
		}
		text, err := os.ReadFile(log)
		var a struct {
			Schema, Rule, What string
			Frame              int64
		}
		if err != nil || bytes.Count(text, []byte("\n")) != 1 || json.Unmarshal(text, &a) != nil ||
			a.Schema != "portsniff.alert/1" || a.Rule != "scan" || a.Frame != 1 ||
			!strings.Contains(a.What, "10.0.0.1 probes 20 ports on 10.0.0.2") {
			t.Errorf("%v: %s", err, text)
		}
	}
}

// TestPrivate checks that --private shows the same ports as without it, and no real address. All
// packets of the sample are between 192.0.2.10 and 198.51.100.7.
func TestPrivate(t *testing.T) {
	run := func(args ...string) string {
		cmd := exec.Command(os.Args[0], append([]string{"top", "--demo", "services"}, args...)...)
		cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return string(out)
	}
	for _, view := range []string{"ports", "flows", "hosts", "packets"} {
		out := run("--once", "--private", "--view", view)
		if strings.Contains(out, "192.0.2.") ||
			strings.Contains(out, "198.51.100.") || strings.Count(out, "\n") < 4 {
			t.Errorf("%s: %s", view, out)
		}
	}
	_, open, _ := strings.Cut(run("--once"), "\n")
	if _, hidden, _ := strings.Cut(run("--once", "--private"), "\n"); hidden != open {
		t.Errorf("%s\nwithout --private\n%s", hidden, open)
	}
	// The filter of the command line sees the real addresses: the sample has 13 flows.
	out := run("--plain", "--private", "host", "192.0.2.10")
	if !strings.Contains(out, "13 flows") {
		t.Error(out)
	}
}
