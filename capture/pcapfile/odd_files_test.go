package pcapfile

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// TestEmptyFiles checks that an empty file is an error, but a header without packets is valid.
func TestEmptyFiles(t *testing.T) {
	tests := []struct {
		name string
		data []byte
		text string // of the error, without the file's name; empty for a regular end
	}{
		{"no bytes", nil, ": the file is empty"},
		{"a pcap header", plainHeader().bytes(le), ""},
		{"a section header", shb(be), ""},
		{"a section and an interface", join(shb(le), idb(le, 1, 0)), ""},
		{"a pcap header in gzip", compressGzip(t, plainHeader().bytes(le)), ""},
		{"no bytes in gzip", compressGzip(t, nil), ": there is nothing in the gzip data"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name := writeFiles(t, tt.data)[0]
			s := OpenAll([]string{name}, Options{})
			packets, err := drain(t, s)
			if len(packets) != 0 || tt.text == "" && err != nil {
				t.Errorf("%d packets, %v", len(packets), err)
			}
			if tt.text != "" {
				if mustFail(t, err, ErrCut, 0, 0).Error() != name+tt.text {
					t.Errorf("got %q, want %q", err, tt.text)
				}
			}
		})
	}
}

// TestFileBeingWritten checks that a growing file is read up to its current end, not up to its size
// when it was opened.
func TestFileBeingWritten(t *testing.T) {
	head := map[string][]byte{"pcap": plainHeader().bytes(le),
		"pcapng": join(shb(le), idb(le, 1, 0))}
	long := block(le, 99, make([]byte, 3*bufferSize))
	more := map[string][]byte{
		"pcap": join(simpleRecord(le, 1, 2, frame(60, 1)),
			simpleRecord(le, 1, 2, frame(200_000, 2)), simpleRecord(le, 1, 2, frame(60, 3))),
		"pcapng": join(epb(le, 0, 1, frame(60, 1)), long, epb(le, 0, 1, frame(200_000, 2)), long,
			epb(le, 0, 1, frame(60, 3))),
	}
	for format := range head {
		t.Run(format, func(t *testing.T) {
			name := writeFiles(t, head[format])[0]
			f, err := Open(name, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			w, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if _, err := w.Write(more[format]); err != nil {
				t.Fatal(err)
			}
			packets, err := drain(t, f)
			if err != nil || len(packets) != 3 || !bytes.Equal(packets[2].Data, frame(60, 3)) {
				t.Errorf("%d packets, %v", len(packets), err)
			}
		})
	}
}

// TestReadsAreLarge checks that a large file is read in large pieces, after a small first one.
func TestReadsAreLarge(t *testing.T) {
	file := join(plainHeader().bytes(le), bytes.Repeat(simpleRecord(le, 1, 2, frame(1484, 1)),
		8<<20/1500))
	r := &countingReader{r: bytes.NewReader(file)}
	f, err := NewReader(r, "test", Options{})
	if err != nil {
		t.Fatal(err)
	}
	packets, err := drain(t, f)
	if limit := len(file)/bufferSize + 3; err != nil || len(packets) != 8<<20/1500 ||
		r.reads > limit {
		t.Errorf("%d packets in %d reads, want %d at most; %v", len(packets), r.reads, limit, err)
	}
}

type countingReader struct {
	r     io.Reader
	reads int
}

func (c *countingReader) Read(p []byte) (int, error) {
	c.reads++
	return c.r.Read(p)
}

// TestEmbeddedFile checks that a file of an fs.FS has a size.
func TestEmbeddedFile(t *testing.T) {
	whole := plainPcap(le)
	r, err := fstest.MapFS{"a": {Data: whole}}.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewReader(r, "a", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if packets, err := drain(t, f); err != nil || len(packets) != 3 ||
		f.Size() != int64(len(whole)) {
		t.Errorf("%d packets, %v, size %d", len(packets), err, f.Size())
	}
}

// TestFileReadBefore checks that the size is the number of bytes left if others were read before.
func TestFileReadBefore(t *testing.T) {
	r, err := os.Open(writeFiles(t, join([]byte("something else"), plainPcap(le)))[0])
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, tt := range []struct{ at, size int64 }{{14, int64(len(plainPcap(le)))}, {1 << 20, -1}} {
		if _, err := r.Seek(tt.at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if size := sizeOf(r); size != tt.size {
			t.Errorf("%d bytes from byte %d on, want %d", size, tt.at, tt.size)
		}
	}
}

func TestNullDevice(t *testing.T) {
	_, err := Open(os.DevNull, Options{})
	mustFail(t, err, ErrCut, 0, 0)
	s := OpenAll([]string{os.DevNull, writeFiles(t, plainPcap(le))[0]}, Options{})
	packets, err := drain(t, s)
	if len(packets) != 3 || filepath.Base(packets[0].File) != "a" {
		t.Errorf("%d packets of the next file", len(packets))
	}
	mustFail(t, err, ErrCut, 0, 0)
}
