package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
)

// writeFiles writes files into a new folder and returns their paths.
func writeFiles(t testing.TB, contents ...[]byte) []string {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for i, content := range contents {
		name := filepath.Join(dir, string(rune('a'+i)))
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func TestOpenAll(t *testing.T) {
	names := writeFiles(t, plainPcap(be), compressGzip(t, plainPcapng(le)), plainHeader().bytes(le))
	size := int64(len(plainPcap(be)) + len(compressGzip(t, plainPcapng(le))) + 24)
	s := OpenAll(names, Options{})
	if s.Current() != nil || s.Size() != size || s.RawOffset() != 0 {
		t.Errorf("before the first packet: %v, %d of %d bytes, want %d", s.Current(), s.RawOffset(),
			s.Size(), size)
	}
	var p capture.Packet
	for i := range 6 {
		if err := s.Next(&p); err != nil {
			t.Fatal(err)
		}
		if p.Number != int64(i+1) || p.File != names[i/3] || s.Current().Name() != names[i/3] {
			t.Errorf("packet %d: number %d of %s", i+1, p.Number, p.File)
		}
		if len(p.Comments) != 0 != (i == 4) {
			t.Errorf("packet %d: comments %q", i+1, p.Comments)
		}
	}
	if s.Current().Format() != "pcapng" || len(s.Current().Interfaces()) != 1 ||
		s.Current().Interfaces()[0].Name != "eth0" {
		t.Errorf("%s %+v", s.Current().Format(), s.Current().Interfaces())
	}
	if err := s.Next(&p); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	if p.Data != nil || p.Comments != nil {
		t.Error("the last packet keeps the buffer of its file in memory")
	}
	if s.Current() != nil || s.RawOffset() != size || s.Packets() != 6 {
		t.Errorf("at the end: %v, %d of %d bytes, %d packets", s.Current(), s.RawOffset(), size,
			s.Packets())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestOpenAllErrors checks that the files after a bad file are read. All errors come at the end.
func TestOpenAllErrors(t *testing.T) {
	whole := plainPcap(le)
	names := writeFiles(t, whole, whole[:120], []byte("Dear diary"), whole)
	names = append(names, filepath.Join(t.TempDir(), "missing"))
	s := OpenAll([]string{names[4], names[0], names[1], names[2], names[3]}, Options{})
	packets, err := drain(t, s)
	if len(packets) != 8 || packets[7].Number != 8 || packets[7].File != names[3] {
		t.Errorf("%d packets", len(packets))
	}
	for _, cause := range []error{fs.ErrNotExist, ErrCut, ErrUnknownFormat} {
		if !errors.Is(err, cause) {
			t.Errorf("no %v in %v", cause, err)
		}
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 3 ||
		!strings.HasPrefix(lines[1], names[1]+": packet 3 at byte 116: ") {
		t.Errorf("%q", lines)
	}

	s = OpenAll(names[1:2], Options{})
	_, err = drain(t, s)
	mustFail(t, err, ErrCut, 116, 2)
	if _, joined := err.(interface{ Unwrap() []error }); joined {
		t.Errorf("one error is joined: %v", err)
	}
}

func TestStdin(t *testing.T) {
	names := writeFiles(t, plainPcap(le))
	s := OpenAll([]string{"-", names[0]}, Options{Stdin: bytes.NewReader(compressZstd(t,
		plainPcapng(le), 1<<20))})
	packets, err := drain(t, s)
	if err != nil || len(packets) != 6 || packets[0].File != "-" || packets[5].File != names[0] {
		t.Errorf("%d packets, %v", len(packets), err)
	}
	if s.Size() != -1 {
		t.Errorf("size %d", s.Size())
	}
	f, err := Open("-", Options{Stdin: strings.NewReader("")})
	if f != nil {
		t.Error("nothing is opened")
	}
	mustFail(t, err, ErrCut, 0, 0)
	if err.Error() != "-: the file is empty" {
		t.Errorf("%q", err)
	}
}

// TestPipe checks that packets of a pipe are returned as they come, not when a buffer is full.
func TestPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	write := func(b []byte) {
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	write(plainHeader().bytes(le))
	f, err := Open("-", Options{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	var p capture.Packet
	for i := range 5 {
		write(simpleRecord(le, 1, 2, frame(60+i, byte(i))))
		if err := f.Next(&p); err != nil || !bytes.Equal(p.Data, frame(60+i, byte(i))) {
			t.Errorf("packet %d: %d bytes, %v", i+1, len(p.Data), err)
		}
	}
	write(record(le, 1, 2, 1<<32-1, 0, nil, nil))
	err = f.Next(&p) // must not wait for the claimed length, or for anything else
	mustFail(t, err, ErrTooLarge, 24+5*16+60+61+62+63+64, 5)
	if f.Size() != -1 {
		t.Errorf("size %d", f.Size())
	}
}

func TestOpenErrors(t *testing.T) {
	if f, err := Open(filepath.Join(t.TempDir(), "missing"), Options{}); f != nil ||
		!errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, %v", f, err)
	}
	dir := t.TempDir()
	f, err := Open(dir, Options{})
	if f != nil || err == nil || strings.Count(err.Error(), dir) != 1 {
		t.Errorf("a folder: %v, %v", f, err)
	}
}

// TestUnknownFormats checks that the error for a file of another kind names its format if known.
func TestUnknownFormats(t *testing.T) {
	for content, want := range map[string]string{
		"PK\x03\x04 and more": "not a pcap or pcapng capture: it is a ZIP archive",
		"snoop\x00\x00\x00\x00\x00": "not a pcap or pcapng capture: it is a Solaris snoop file, " +
			"which Wireshark's editcap -F pcapng can convert",
		"<!DOCTYPE html>": "not a pcap or pcapng capture: it is a web page",
		"Dear diary": "not a pcap or pcapng capture " +
			"(starts with 44 65 61 72 20 64 69 61)",
		"\x1b[2J\x07":              "not a pcap or pcapng capture (starts with 1b 5b 32 4a 07)",
		"\xa1\xb2\xcd\x35\x00\x00": "not a pcap or pcapng capture (starts with a1 b2 cd 35 00 00)",
		"\x0a\x0d\x0d\x0a" + "\x00\x00\x00\x1cABCDEFGHIJKLMNOPQRSTUV": "its byte order mark is " +
			"41 42 43 44, that of pcapng is 1a 2b 3c 4d in either order",
	} {
		_, _, err := read(t, []byte(content))
		fe := mustFail(t, err, ErrUnknownFormat, 0, 0)
		if fe.Detail != want {
			t.Errorf("got  %q\nwant %q", fe.Detail, want)
		}
	}
	for _, short := range []string{"", "a", "ab", "abc", "\xd4\xc3\xb2", "\x1f\x8b"} {
		_, _, err := read(t, []byte(short))
		mustFail(t, err, ErrCut, 0, 0)
	}
}

// TestNoAllocations checks that a record costs no allocation, with comments or without.
func TestNoAllocations(t *testing.T) {
	const n = 5000
	remarks, pcap, ng := join(shb(le), idb(le, 1, 0)), plainHeader().bytes(le),
		join(shb(be), idb(be, 1, 0, option(be, 9, []byte{9})))
	for i := range n {
		pcap = append(pcap, simpleRecord(le, 1, 2, frame(300, byte(i)))...)
		ng = append(ng, epb(be, 0, 1, frame(300, byte(i)))...)
		remarks = append(remarks, epb(le, 0, 1, frame(300, byte(i)), option(le, 1, []byte("one")),
			option(le, 1, []byte("two")))...)
	}
	for name, data := range map[string][]byte{"pcap": pcap, "pcapng": ng, "comments": remarks} {
		f, err := NewReader(bytes.NewReader(data), "test", Options{})
		if err != nil {
			t.Fatal(err)
		}
		var p capture.Packet
		if got := testing.AllocsPerRun(n-1, func() {
			if err := f.Next(&p); err != nil {
				t.Fatal(err)
			}
		}); got != 0 {
			t.Errorf("%s: %v allocations a packet", name, got)
		}
		if p.Number != n {
			t.Errorf("%s: %d packets", name, p.Number)
		}
	}
}

func TestClose(t *testing.T) {
	names := writeFiles(t, compressZstd(t, plainPcap(le), 1<<20))
	s := OpenAll([]string{names[0], names[0]}, Options{})
	var p capture.Packet
	if err := s.Next(&p); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := s.Next(&p); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
}
