package corpustest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Fields gives the frames to one tshark, as one capture, and returns for each the values of some
// fields, the values of one field joined with commas. args are further arguments of tshark's.
// Reassembly is off.
func Fields(t testing.TB, frames []Frame, fields []string, args ...string) [][]string {
	t.Helper()
	tshark := Tool(t, "tshark")
	name := filepath.Join(t.TempDir(), "frames.pcapng")
	if err := os.WriteFile(name, pcapng(frames), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"-n", "-r", name, "-T", "fields", "-o", "ip.defragment:FALSE", "-o",
		"ipv6.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE"}, args...)
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.Command(tshark, args...)
	cmd.Stderr = io.Discard // warnings about running as root, and a dissector's own bugs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	rows := readRows(t, out)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(frames) {
		t.Fatalf("tshark shows %d of %d frames", len(rows), len(frames))
	}
	return rows
}

func readRows(t testing.TB, out io.Reader) (rows [][]string) {
	t.Helper()
	r := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
}
