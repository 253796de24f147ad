package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// bombs compresses a sample, followed by 64 MiB of empty records, to a few kilobytes in three
// formats. It returns the names of the files and the length of the sample.
func bombs(t *testing.T) (names []string, sample int) {
	t.Helper()
	requireTool(t, "bzip2")
	data, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	sample = len(data)
	data = append(data, make([]byte, 64<<20)...)
	dir := t.TempDir()
	for name, packer := range map[string]func(io.Writer) (io.WriteCloser, error){
		"gzip": func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		"zstd": func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
	} {
		var b bytes.Buffer
		w, err := packer(&b)
		if err == nil {
			_, err = w.Write(data)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.Join(dir, name))
		if err := os.WriteFile(names[len(names)-1], b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("bzip2")
	cmd.Stdin = bytes.NewReader(data)
	packed, err := cmd.Output()
	if err == nil {
		names = append(names, filepath.Join(dir, "bzip2"))
		err = os.WriteFile(names[len(names)-1], packed, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || info.Size() > 100_000 {
			t.Fatalf("%s is no bomb: %v", name, err)
		}
	}
	return names, sample
}

// A bombed holds the arguments of a command that reads a bomb, and a part of its output. The limit
// allows 110 packets of the bomb.
type bombed struct{ args, shows string }

// bombedCommands returns every command that reads captures and ends, in each way that it can store
// or write packets.
func bombedCommands() []bombed {
	return []bombed{
		{"", "\n 110 "},
		{"-q", "80/tcp"},
		{"-xx", "\n 110 "},
		{"--format json", `"frame":110,`},
		{"--format csv", "\n110,"},
		{"ports", "80/tcp"},
		{"ports --wide", "80/tcp"},
		{"flows", "198.51.100.7:80"},
		{"hosts", "198.51.100.7"},
		{"hosts --pairs", "198.51.100.7"},
		{"services", "198.51.100.7"},
		{"explain --frame 111", ""},
		{"-w -", "M<+\x1a"}, // the byte-order magic of a pcapng section
		{"quiz --format json", "portsniff.quiz"},
		{"report -o -", "</html>"},
		{"top --once", "PORT"},
		{"export -o store", ""}, // in the test's folder
	}
}

// TestBombs runs each command that reads captures on a file that decompresses to a thousand times
// its size. The command shows what it read up to the limit, prints the byte offset, and fails.
func TestBombs(t *testing.T) {
	t.Parallel()
	names, sample := bombs(t)
	const empty, record = 100, 16
	limit := sample + empty*record
	for _, c := range bombedCommands() {
		for _, name := range names {
			args := append(strings.Fields(c.args), "-r", name, "--max-decompressed",
				fmt.Sprint(limit))
			cmd := exec.Command(os.Args[0], args...)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			err := cmd.Run()
			want := fmt.Sprintf(
				"packet 111 at byte %d: %s data exceeds the limit of %d bytes after "+
					"decompression (110 packets read)", limit, filepath.Base(name), limit)
			if strings.Contains(errs.String(), "written to") &&
				!strings.Contains(errs.String(), "portsniff: 110 packets written to -\n") {
				t.Errorf("%v: %s", args, errs.String())
			}
			if cmd.ProcessState.ExitCode() != exitFailed ||
				!strings.Contains(errs.String(), want) || !strings.Contains(out.String(), c.shows) {
				t.Errorf("%v: %v\n%s\nwant %q\n%.400q", args, err, errs.String(), want,
					out.String())
			}
		}
	}
}

// TestAllReadersHaveTheLimit checks that each command that reads captures has the limit and is
// tested with a bomb.
func TestAllReadersHaveTheLimit(t *testing.T) {
	// portsniff's rows begin with flags; TestServeBomb tests serve
	given := map[string]bool{"portsniff": true, "serve": true}
	for _, c := range bombedCommands() {
		name, _, _ := strings.Cut(c.args, " ")
		given[name] = true
	}
	readers := 0
	for _, cmd := range append(newRoot().Commands(), newRoot()) {
		if cmd.Flags().Lookup("read") == nil {
			continue
		}
		readers++
		if f := cmd.Flags().Lookup("max-decompressed"); f == nil || f.DefValue != "64G" {
			t.Errorf("%s: %+v", cmd.CommandPath(), f)
		}
		if !given[cmd.Name()] {
			t.Errorf("%s is not tested", cmd.CommandPath())
		}
	}
	if readers < 7 {
		t.Errorf("%d commands have -r", readers)
	}
}
