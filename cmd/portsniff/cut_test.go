package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestCutFilesAsTshark cuts captures inside records and between them. The program shows as many
// packets as tshark. Both exit with status 0 only if the file ends between two records.
func TestCutFilesAsTshark(t *testing.T) {
	requireTool(t, "tshark")
	failed := 0
	for _, c := range []struct {
		file string
		cuts []int
	}{
		// the file header has 24 bytes, the first record 90
		{"http.pcap", []int{23, 24, 25, 113, 114, 115, 500, 600, 1000, 1175, 1176}},
		{"udp-closed6.pcap", []int{100, 105, 120, 233, 234}},
		{"two-interfaces.pcapng", []int{200, 1000, 1001, 1002, 1003, 2000, 2500, 3000, 3423, 3424}},
	} {
		data, err := os.ReadFile(filepath.Join("../../pcaps", c.file))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range c.cuts {
			name := filepath.Join(t.TempDir(), fmt.Sprint(n))
			if err := os.WriteFile(name, data[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			theirs, theirStatus := outcome(t,
				exec.Command("tshark", "-n", "-r", name, "-T", "fields", "-e", "frame.number"))
			cmd := exec.Command(os.Args[0], "-r", name, "--format", "json")
			cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
			ours, status := outcome(t, cmd)
			if ours != theirs || (status == 0) != (theirStatus == 0) || status != 0 &&
				status != exitFailed {
				t.Errorf("%s cut to %d bytes: %d packets and status %d, tshark has %d and %d",
					c.file, n, ours, status, theirs, theirStatus)
			}
			if status != 0 {
				failed++
			}
		}
	}
	if failed < 10 {
		t.Errorf("only %d of the cuts are in the middle of a record", failed)
	}
}

// outcome returns the number of lines that a program writes, and its exit status.
func outcome(t *testing.T, cmd *exec.Cmd) (lines, status int) {
	t.Helper()
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return bytes.Count(out, []byte("\n")), cmd.ProcessState.ExitCode()
}
