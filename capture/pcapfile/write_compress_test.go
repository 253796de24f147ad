package pcapfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
)

func TestFormatOf(t *testing.T) {
	for _, c := range []struct {
		name   string
		format Format
		packed Compression
		err    error
	}{
		{"a", Pcapng, Uncompressed, nil}, {"-", Pcapng, Uncompressed, nil},
		{"a.pcap", Pcap, Uncompressed, nil}, {"a.pcapng", Pcapng, Uncompressed, nil},
		{"a.pcap.gz", Pcap, Gzip, nil}, {"a.PCAP.GZ", Pcap, Gzip, nil},
		{"a.pcapng.zst", Pcapng, Zstd, nil}, {"a.gz", Pcapng, Gzip, nil},
		{"a.gz/b", Pcapng, Uncompressed, nil}, {"a.pcap.xz", Pcap, Uncompressed, ErrCompression},
		{"a.bz2", Pcapng, Uncompressed, ErrCompression},
		{"a.pcap.lz4", Pcap, Uncompressed, ErrCompression},
	} {
		format, packed, err := FormatOf(c.name)
		if format != c.format || packed != c.packed || !errors.Is(err, c.err) {
			t.Errorf("%s: format %d, compression %d, %v", c.name, format, packed, err)
		}
	}
}

// writePacked writes n packets, with a flush after each `every`.
func writePacked(t *testing.T, out io.Writer, format Format, c Compression, n,
	every int) (*Writer, error) {
	t.Helper()
	w := NewWriter(out, "out", format, c)
	about := func() capture.Interface { return capture.Interface{FCSLen: -1, SnapLen: 65535} }
	for i := range n {
		if err := w.Write(written(i+1, "a", 0, 1, time.Unix(int64(i), 0), frame(900, byte(i))),
			about); err != nil {
			return w, err
		}
		if (i+1)%every == 0 {
			if err := w.Flush(); err != nil {
				return w, err
			}
		}
	}
	return w, w.Flush()
}

// TestWriteCompressed checks that a compressed file is complete for gzip and zstd, can be read by
// this package and tshark, and is smaller.
func TestWriteCompressed(t *testing.T) {
	for _, format := range []Format{Pcap, Pcapng} {
		for c, tool := range map[Compression]string{Gzip: "gzip", Zstd: "zstd"} {
			const n = 3000 // more than two pieces
			var out bytes.Buffer
			w, err := writePacked(t, &out, format, c, n, n-1)
			if err != nil || w.Packets() != n || w.Size() != int64(out.Len()) ||
				out.Len() > n*900/4 {
				t.Fatalf("%s: %v, %d packets, size %d of %d", tool, err, w.Packets(), w.Size(),
					out.Len())
			}
			got, f, err := read(t, out.Bytes())
			if err != nil || len(got) != n || f.Compression() != tool ||
				!bytes.Equal(got[n-1].Data, frame(900, byte((n-1)%256))) {
				t.Errorf("%s: %d packets, %v", tool, len(got), err)
			}
			path := writeFiles(t, out.Bytes())[0]
			for _, words := range [][]string{{tool, "-t"}, {"tshark", "-r"}} {
				if _, err := exec.LookPath(words[0]); err != nil {
					t.Logf("SKIPPED: %s is not installed: what was written was NOT read with it",
						words[0])
					continue
				}
				cmd := exec.Command(words[0], append(words[1:], path)...)
				if words[0] == tool { // the tool requires the suffix in the name
					cmd = exec.Command(tool, "-t")
					cmd.Stdin = bytes.NewReader(out.Bytes())
				}
				text, err := cmd.Output()
				if err != nil || words[0] == "tshark" && bytes.Count(text, []byte("\n")) != n {
					t.Errorf("%s with %v: %v, %d lines", tool, words, err,
						bytes.Count(text, []byte("\n")))
				}
			}
		}
	}
}

// TestWriteCompressedFullDisk checks that on a full disk a compressed file is complete too, and has
// exactly as many packets as the error says.
func TestWriteCompressedFullDisk(t *testing.T) {
	for _, c := range []Compression{Gzip, Zstd} {
		for space := 600; space < 6000; space += 37 {
			d := &smallDisk{space: space}
			w, err := writePacked(t, d, Pcapng, c, 300, 5)
			var e *WriteError
			if !errors.As(err, &e) || e.Packets != w.Packets() || w.Size() != int64(d.Len()) {
				t.Fatalf("space %d: %v", space, err)
			}
			got, _, err := read(t, d.Bytes())
			if d.Len() > 0 && (err != nil || int64(len(got)) != w.Packets()) {
				t.Fatalf("space %d: %d packets are in the file, %d reported: %v", space, len(got),
					w.Packets(), err)
			}
		}
	}
}

// TestRotationRotatesCompressed checks that files of a rotation keep their compression suffix.
// Their size is the size on disk.
func TestRotationRotatesCompressed(t *testing.T) {
	dir := t.TempDir()
	s, err := NewRotatingWriter(filepath.Join(dir, "x.pcap.gz"), nil, capture.Interface{},
		Rotation{Size: 1000})
	if err != nil {
		t.Fatal(err)
	}
	const n = 10_000
	for i := range n {
		if err := s.Write(written(i+1, "a", 0, 1, time.Unix(int64(i), 0), frame(900, 1)),
			func() capture.Interface { return capture.Interface{FCSLen: -1} }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	list, total := packetsIn(t, dir)
	perFile := (packSize-24)/(900+16) + 1
	want := ""
	for i, left := 0, n; left > 0; i, left = i+1, left-perFile {
		name := fmt.Sprintf("x.pcap%d.gz", i)
		if i == 0 {
			name = "x.pcap.gz"
		}
		want += fmt.Sprintf("%s:%d ", name, min(perFile, left))
	}
	if total != n || len(list)+1 != len(want) {
		t.Errorf("%s of %d packets, want %s", list, total, want)
	}
}
