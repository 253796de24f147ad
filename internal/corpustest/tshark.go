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

// tshark passes the frames to one tshark, as one capture, and read gets its output. Reassembly is
// off, because positions would be relative to the reassembled bytes.
func tshark(t testing.TB, frames []Frame, args []string, read func(out io.Reader)) {
	t.Helper()
	program := Tool(t, "tshark")
	name := filepath.Join(t.TempDir(), "frames.pcapng")
	if err := os.WriteFile(name, pcapng(frames), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"-n", "-r", name, "-o", "ip.defragment:FALSE", "-o",
		"ipv6.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE", "-o",
		"sctp.reassembly:FALSE"}, args...)
	cmd := exec.Command(program, args...)
	cmd.Stderr = io.Discard // warnings about running as root, and a dissector's own bugs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read(out)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

// Fields returns tshark's values of some fields for each frame. The values of one field are joined
// by commas. args are further arguments for tshark.
func Fields(t testing.TB, frames []Frame, fields []string, args ...string) [][]string {
	t.Helper()
	rows := fieldRows(t, frames, fields, args)
	if len(rows) != len(frames) {
		t.Fatalf("tshark shows %d of %d frames", len(rows), len(frames))
	}
	return rows
}

// Displayed returns the numbers of the frames that match a display filter of tshark, as text.
func Displayed(t testing.TB, frames []Frame, filter string) (numbers []string) {
	t.Helper()
	for _, row := range fieldRows(t, frames, []string{"frame.number"}, []string{"-Y", filter}) {
		numbers = append(numbers, row[0])
	}
	return numbers
}

func fieldRows(t testing.TB, frames []Frame, fields, args []string) (rows [][]string) {
	t.Helper()
	args = append([]string{"-T", "fields"}, args...)
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	tshark(t, frames, args, func(out io.Reader) { rows = readRows(t, out) })
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
