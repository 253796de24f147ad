package pcapfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// written returns a packet to write.
func written(n int, file string, index int, link linktype.Type, at time.Time,
	data []byte) *capture.Packet {
	return &capture.Packet{CaptureInfo: gopacket.CaptureInfo{Timestamp: at,
		CaptureLength: len(data),
		Length:        len(data) + 5, InterfaceIndex: index},
		Number: int64(n), Link: link, Data: data, File: file, HasTime: true, FCSLen: -1}
}

// TestWriteReadsBack checks that this package and tshark can read written files.
func TestWriteReadsBack(t *testing.T) {
	at := time.Unix(1_795_000_000, 123_456_789).UTC()
	packets := []*capture.Packet{
		written(1, "a", 0, 1, at, frame(61, 1)), written(2, "a", 0, 1, at.Add(1), frame(60, 2)),
		written(3, "b", 0, 101, at.Add(2), frame(33, 3)),
		written(4, "a", 0, 1, at.Add(3), frame(1, 4)), written(5, "a", 1, 1, at.Add(4), nil),
	}
	packets[1].Flags, packets[1].Comments = 2, [][]byte{[]byte("the file's own")}
	names := map[string]string{"a0": "eth0", "b0": "tun0", "a1": "eth1"}
	var out bytes.Buffer
	w := NewWriter(&out, "out", Pcapng, Uncompressed)
	for _, p := range packets {
		about := func() capture.Interface {
			return capture.Interface{Name: names[fmt.Sprint(p.File, p.InterfaceIndex)],
				SnapLen: 999,
				Filter:  "port 53", OS: "Plan 9", FCSLen: -1}
		}
		if err := w.Write(p, about, "ours\n"); err != nil {
			t.Fatal(err)
		}
	}
	if w.Size() == 0 || w.Packets() != 0 || out.Len() != 0 {
		t.Errorf("before Flush: size %d, %d packets, %d bytes", w.Size(), w.Packets(), out.Len())
	}
	if err := w.Flush(); err != nil || w.Packets() != 5 || w.Size() != int64(out.Len()) {
		t.Fatalf("%v, %d packets, size %d of %d", err, w.Packets(), w.Size(), out.Len())
	}
	f, err := NewReader(bytes.NewReader(out.Bytes()), "out", Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantIndex := []int{0, 0, 1, 0, 2}
	var p capture.Packet
	for i, want := range packets {
		if err := f.Next(&p); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p.Data, want.Data) || p.Length != want.Length ||
			!p.Timestamp.Equal(want.Timestamp) || p.Link != want.Link ||
			p.InterfaceIndex != wantIndex[i] || p.Flags != want.Flags ||
			string(p.Comments[len(p.Comments)-1]) != "ours" {
			t.Errorf("packet %d: %+v", i+1, p)
		}
	}
	if err := f.Next(&p); err != io.EOF {
		t.Errorf("then %v", err)
	}
	in := f.Interfaces()
	if len(in) != 3 || in[1].Name != "tun0" || in[1].Link != 101 || in[2].Name != "eth1" ||
		in[0].Filter != "port 53" || in[0].OS != "Plan 9" || in[0].SnapLen != 999 ||
		in[0].Resolution != capture.Nanoseconds {
		t.Errorf("%+v", in)
	}
	asTshark(t, out.Bytes())
}

// asTshark reads the file of TestWriteReadsBack with tshark.
func asTshark(t *testing.T, file []byte) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		if os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
			t.Fatal("tshark is not installed")
		}
		t.Log("SKIPPED: tshark is not installed, what was written was not read with it")
		return
	}
	name := filepath.Join(t.TempDir(), "out.pcapng")
	if err := os.WriteFile(name, file, 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command("tshark", "-r", name, "-T", "fields", "-e", "frame.time_epoch", "-e",
		"frame.cap_len", "-e", "frame.len", "-e", "frame.interface_name",
		"-e", "frame.comment", "-e", "frame.packet_flags_direction", "-E", "aggregator=|").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := "1795000000.123456789\t61\t66\teth0\tours\t\n" +
		"1795000000.123456790\t60\t65\teth0\tthe file's own|ours\t0x00000002\n" +
		"1795000000.123456791\t33\t38\ttun0\tours\t\n" +
		"1795000000.123456792\t1\t6\teth0\tours\t\n" + "1795000000.123456793\t0\t5\teth1\tours\t\n"
	if string(got) != want {
		t.Errorf("tshark reads\n%s, want\n%s", got, want)
	}
}

func TestWritePcap(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out, "out", Pcap, Uncompressed)
	about := func() capture.Interface { return capture.Interface{SnapLen: 96} }
	early := written(1, "a", 0, 1, time.Time{}, []byte{1, 2, 3})
	early.HasTime = false
	late := written(2, "a", 0, 1, time.Unix(3, 4), []byte{9})
	if err := errors.Join(w.Write(early, about), w.Write(late, about), w.Flush()); err != nil {
		t.Fatal(err)
	}
	want := []byte{0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 96, 0, 0, 0, 1, 0, 0,
		0,
		0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 8, 0, 0, 0, 1, 2, 3,
		3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 9}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("% x, want\n% x", out.Bytes(), want)
	}
	err := w.Write(written(3, "b", 0, 101, time.Unix(3, 4), []byte{9}), about)
	var e *WriteError
	if !errors.Is(err, ErrLinkType) || !errors.As(err, &e) || e.Packets != 2 || w.Flush() != err {
		t.Errorf("another link type: %v", err)
	}
}

// A smallDisk accepts a limited number of bytes.
type smallDisk struct {
	bytes.Buffer
	space int
}

func (d *smallDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.space-d.Len())
	d.Buffer.Write(p[:n])
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

func (d *smallDisk) Truncate(n int64) error { d.Buffer.Truncate(int(n)); return nil }

// TestWriteFullDisk checks that on a full disk of any size the file can be read, and has as many
// packets as the error says.
func TestWriteFullDisk(t *testing.T) {
	for _, format := range []Format{Pcap, Pcapng} {
		for space := 200; space < 1200; space++ {
			d := &smallDisk{space: space}
			w := NewWriter(d, "out", format, Uncompressed)
			if err := w.Begin(capture.Interface{Name: "eth0", Link: 1, FCSLen: -1}); err != nil {
				t.Fatal(err)
			}
			for n := 1; w.Flush() == nil; n++ {
				w.Write(written(n, "eth0", 0, 1, time.Unix(1, 0), frame(n%90, 0)), nil)
				if n%3 != 0 { // several packets at a time
					w.Write(written(n, "eth0", 0, 1, time.Unix(1, 0), frame(7, 0)), nil)
				}
			}
			var e *WriteError
			if err := w.Flush(); !errors.As(err, &e) || e.Packets != w.Packets() ||
				!errors.Is(err, io.ErrShortWrite) {
				t.Fatalf("space %d: %v", space, err)
			}
			f, err := NewReader(bytes.NewReader(d.Bytes()), "out", Options{})
			if err != nil {
				t.Fatal(err)
			}
			var p capture.Packet
			for err == nil {
				err = f.Next(&p)
			}
			if err != io.EOF || f.Packets() != w.Packets() {
				t.Fatalf("format %d, space %d: %d packets are in the file, %d reported: %v", format,
					space, f.Packets(), w.Packets(), err)
			}
		}
	}
}

func TestRotationRotates(t *testing.T) {
	t.Setenv("TZ", "UTC")
	at := time.Date(2026, 11, 24, 15, 0, 0, 0, time.Local)
	for _, c := range []struct {
		name   string
		rotate Rotation
		want   string // files and their packets
		err    error
	}{
		{"x.pcap", Rotation{}, "x.pcap:10", nil},
		{"x.pcap", Rotation{Size: 300}, "x.pcap:3 x.pcap1:3 x.pcap2:3 x.pcap3:1", nil},
		{"x.pcap", Rotation{Size: 300, Files: 2}, "x.pcap0:3 x.pcap1:1", nil},
		{"x.pcap", Rotation{Size: 100, Files: 11},
			"x.pcap00:1 x.pcap01:1 x.pcap02:1 x.pcap03:1 x.pcap04:1 x.pcap05:1 x.pcap06:1 " +
				"x.pcap07:1 x.pcap08:1 x.pcap09:1", nil},
		{"%H%M%S.pcap", Rotation{Every: 4 * time.Second},
			"150000.pcap:4 150004.pcap:4 150008.pcap:2", nil},
		{"%H%M%S.pcap", Rotation{Every: 4 * time.Second, Files: 2}, "150000.pcap:4 150004.pcap:4",
			ErrEnoughFiles},
		{"%s%%%x.pcap", Rotation{Every: time.Hour}, fmt.Sprintf("%d%%%%x.pcap:10", at.Unix()), nil},
		{"%M%S.pcap", Rotation{Every: 5 * time.Second, Size: 300},
			"0000.pcap:3 0000.pcap1:2 0005.pcap:3 0005.pcap1:2", nil},
	} {
		dir := t.TempDir()
		var ended []string
		c.rotate.Ended = func(name string, n int64) {
			ended = append(ended,
				fmt.Sprintf("%s:%d", filepath.Base(name), n))
		}
		s, err := NewRotatingWriter(filepath.Join(dir, c.name), nil, capture.Interface{}, c.rotate)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			if err = s.Write(written(i+1, "a", 0, 1, at.Add(time.Duration(i)*time.Second),
				frame(100, 1)),
				func() capture.Interface { return capture.Interface{} }); err != nil {
				break
			}
		}
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		got, total := packetsIn(t, dir)
		if got != c.want {
			t.Errorf("%s %+v:\n%s, want\n%s", c.name, c.rotate, got, c.want)
		}
		if c.rotate.Files != 2 && (s.Packets() != total || strings.Join(ended, " ") != c.want) {
			t.Errorf("%s: %d packets of %d, reported %v", c.name, s.Packets(), total, ended)
		}
	}
}

// TestRotationReportsOverwrittenFiles checks that a file with the name of an earlier one is
// overwritten, as in tcpdump, and reported. Files with Size and Files are not reported.
func TestRotationReportsOverwrittenFiles(t *testing.T) {
	t.Setenv("TZ", "UTC")
	at := time.Date(2026, 11, 24, 15, 0, 0, 0, time.Local)
	for _, c := range []struct {
		name        string
		rotate      Rotation
		files       string
		overwritten string
	}{
		{"x.pcap", Rotation{Every: 4 * time.Second}, "x.pcap:2", "x.pcap x.pcap"},
		{"x-%H%M.pcap", Rotation{Every: 4 * time.Second}, "x-1500.pcap:2",
			"x-1500.pcap x-1500.pcap"},
		{"x-%H.pcap", Rotation{Every: 5 * time.Second, Size: 300}, "x-15.pcap:3 x-15.pcap1:2",
			"x-15.pcap x-15.pcap1"},
		{"x-%S.pcap", Rotation{Every: 4 * time.Second}, "x-00.pcap:4 x-04.pcap:4 x-08.pcap:2", ""},
		{"x.pcap", Rotation{Size: 300, Files: 2}, "x.pcap0:3 x.pcap1:1", ""},
	} {
		dir := t.TempDir()
		var overwritten []string
		c.rotate.Over = func(name string) { overwritten = append(overwritten, filepath.Base(name)) }
		s, err := NewRotatingWriter(filepath.Join(dir, c.name), nil, capture.Interface{}, c.rotate)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			if err := s.Write(written(i+1, "a", 0, 1, at.Add(time.Duration(i)*time.Second),
				frame(100, 1)),
				func() capture.Interface { return capture.Interface{} }); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		got, _ := packetsIn(t, dir)
		if got != c.files || strings.Join(overwritten, " ") != c.overwritten {
			t.Errorf("%s %+v: %s, reported %v", c.name, c.rotate, got, overwritten)
		}
		if Dated(c.name) != strings.Contains(c.name, "%") {
			t.Errorf("%s: dated %v", c.name, Dated(c.name))
		}
	}
	if Dated("100%% of%") || !Dated("%s") {
		t.Error("percent signs")
	}
}

// TestRotationLeavesNoEmptyFile checks that without written packets there is no new file, and an
// old one does not change. This includes a first packet that the format cannot hold.
func TestRotationLeavesNoEmptyFile(t *testing.T) {
	dir := t.TempDir()
	early := written(1, "a", 0, 1, time.Unix(-1, 0), frame(60, 1))
	for _, old := range []string{"", "old"} {
		name := filepath.Join(dir, "x.pcap")
		if old != "" {
			if err := os.WriteFile(name, []byte(old), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := NewRotatingWriter(name, nil, capture.Interface{}, Rotation{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Write(early,
			func() capture.Interface { return capture.Interface{} }); !errors.Is(err,
			ErrTime) || !s.Untouched() {
			t.Fatalf("%v, untouched: %v", err, s.Untouched())
		}
		if err := s.Leave(); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(name); old == "" && !errors.Is(err, os.ErrNotExist) ||
			string(data) != old {
			t.Errorf("%q became %q, %v", old, data, err)
		}
	}
	dir = t.TempDir()
	s, err := NewRotatingWriter(filepath.Join(dir, "y.pcap"), nil, capture.Interface{}, Rotation{})
	if err != nil {
		t.Fatal(err)
	}
	late := written(1, "a", 0, 1, time.Unix(1, 0), frame(60, 1))
	if err := errors.Join(s.Write(late, func() capture.Interface { return capture.Interface{} }),
		s.Leave()); err != nil || s.Untouched() {
		t.Errorf("%v", err)
	}
	if got, _ := packetsIn(t, dir); !strings.Contains(got, "y.pcap:1") {
		t.Errorf("a packet that was not handed over yet is lost: %s", got)
	}
}

// TestRotationKeepsOlderFiles checks that no file of a rotation overwrites an input, and that no
// existing file is emptied without need.
func TestRotationKeepsOlderFiles(t *testing.T) {
	dir := t.TempDir()
	name := func(s string) string { return filepath.Join(dir, s) }
	for _, n := range []string{"x.pcap", "x.pcap1"} {
		if err := os.WriteFile(name(n), bytes.Repeat([]byte("kept"), 1000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept := func(n string) bool {
		data, err := os.ReadFile(name(n))
		return err == nil && bytes.Equal(data, bytes.Repeat([]byte("kept"), 1000))
	}
	read, err := os.Stat(name("x.pcap1"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewRotatingWriter(name("x.pcap"), nil, capture.Interface{},
		Rotation{Size: 300, Spare: []os.FileInfo{read}})
	if err != nil || !s.Untouched() || !kept("x.pcap") {
		t.Fatalf("opened: %v, untouched %v", err, s.Untouched())
	}
	if err := s.Leave(); err != nil || !kept("x.pcap") {
		t.Fatalf("left: %v", err)
	}
	if s, err = NewRotatingWriter(name("x.pcap"), nil, capture.Interface{},
		Rotation{Size: 300, Spare: []os.FileInfo{read}}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for err == nil && n < 10 {
		if err = s.Write(written(n+1, "a", 0, 1, time.Unix(int64(n), 0), frame(100, 1)),
			func() capture.Interface { return capture.Interface{} }); err == nil {
			n++
		}
	}
	if !errors.Is(err, ErrSpared) || n != 3 || s.Untouched() || !kept("x.pcap1") {
		t.Errorf("%d packets, untouched %v: %v", n, s.Untouched(), err)
	}
	if err := os.Remove(name("x.pcap1")); err != nil {
		t.Fatal(err)
	}
	if got, _ := packetsIn(t, dir); got != "x.pcap:3" {
		t.Errorf("%s is in the files", got)
	}
}

// packetsIn reads all files of a folder.
func packetsIn(t *testing.T, dir string) (list string, total int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		f, err := Open(filepath.Join(dir, e.Name()), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var p capture.Packet
		for err == nil {
			err = f.Next(&p)
		}
		if err != io.EOF {
			t.Errorf("%s: %v", e.Name(), err)
		}
		out = append(out, fmt.Sprintf("%s:%d", e.Name(), f.Packets()))
		total += f.Packets()
		f.Close()
	}
	return strings.Join(out, " "), total
}
