package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestCutFilesAsWireshark cuts captures inside records and between them. The program shows as many
// packets as Wireshark's capinfos. Both exit with status 0 only if the file ends between two
// records.
func TestCutFilesAsWireshark(t *testing.T) {
	t.Parallel()
	requireTool(t, "capinfos")
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
			out, theirStatus := outcome(t, exec.Command("capinfos", "-c", "-M", "-T", "-r", name))
			theirs := 0
			if _, packets, opened := strings.Cut(out, "\t"); opened {
				if theirs, err = strconv.Atoi(strings.TrimSpace(packets)); err != nil {
					t.Fatal(err)
				}
			}
			out, status := outcome(t, exec.Command("portsniff", "-r", name, "--format", "json"))
			ours := strings.Count(out, "\n")
			if ours != theirs || (status == 0) != (theirStatus == 0) || status != 0 &&
				status != exitFailed {
				t.Errorf("%s cut to %d bytes: %d packets and status %d, capinfos has %d and %d",
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

// outcome returns what a program writes, and its exit status.
func outcome(t *testing.T, cmd *exec.Cmd) (text string, status int) {
	t.Helper()
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
