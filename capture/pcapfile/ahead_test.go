package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/portsniff/portsniff/capture"
)

// readers returns the number of goroutines that read ahead.
func readers() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "pcapfile.(*ahead).run(")
}

// mustEnd waits until no more goroutines read ahead than before. An earlier test may have left a
// file open.
func mustEnd(t *testing.T, before int, what string) {
	t.Helper()
	for range 3000 {
		if readers() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s: %d goroutines read on, %d did before", what, readers(), before)
}

// erratic returns pieces of random lengths, some of them empty. It ends with an error, sometimes
// together with the last bytes.
type erratic struct {
	rng  *rand.Rand
	data []byte
	err  error
}

func (e *erratic) Read(p []byte) (int, error) {
	n := copy(p, e.data[:min(len(e.data), e.rng.IntN(3)*e.rng.IntN(pieceSize))])
	e.data = e.data[n:]
	if len(e.data) == 0 && e.rng.IntN(2) == 0 {
		return n, e.err
	}
	return n, nil
}

// TestAheadInOrder checks that bytes come complete and in order, followed by the error, whatever
// the lengths of reads and pieces are.
func TestAheadInOrder(t *testing.T) {
	before := readers()
	disk := errors.New("the disk is on fire")
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 1))
		want := make([]byte, rng.IntN(20*pieceSize))
		for i := range want {
			want[i] = byte(rng.Uint32())
		}
		a := readAhead(&erratic{rand.New(rand.NewPCG(seed, 2)), want, disk}, nil, seed%2 == 0)
		var got []byte
		var err error
		for err == nil {
			p := make([]byte, 1+rng.IntN(2*pieceSize))
			var n int
			n, err = a.Read(p)
			got = append(got, p[:n]...)
		}
		if !bytes.Equal(got, want) || err != disk {
			t.Fatalf("seed %d: %d of %d bytes, %v", seed, len(got), len(want), err)
		}
		if _, err := a.Read(make([]byte, 1)); err != disk {
			t.Fatalf("seed %d: once more: %v", seed, err)
		}
	}
	mustEnd(t, before, "read to their ends")
}

func TestAheadOfNothing(t *testing.T) {
	if n, err := readAhead(neverReader{}, nil, false).Read(make([]byte, 1)); n != 0 ||
		err != io.ErrNoProgress {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestAheadIsBounded checks that no more is decoded ahead than the pieces can hold.
func TestAheadIsBounded(t *testing.T) {
	source := &erratic{rand.New(rand.NewPCG(1, 1)), make([]byte, 100*pieceSize), io.EOF}
	a := readAhead(source, nil, false)
	if n, err := a.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	for len(a.full) < pieces-1 { // until the goroutine is blocked
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	a.stop()
	if taken := 100*pieceSize - len(source.data); taken > pieces*pieceSize {
		t.Errorf("%d bytes were decoded for a read of one", taken)
	}
}

// longCapture returns a capture that is much longer than the bytes read ahead.
func longCapture() []byte {
	return join(plainHeader().bytes(le), bytes.Repeat(simpleRecord(le, 1, 2, frame(1000, 1)), 3000))
}

// TestCloseEndsReadingAhead checks that Close ends the goroutine at any position: before the first
// packet, in the middle, at the end, and at an error.
func TestCloseEndsReadingAhead(t *testing.T) {
	before := readers()
	long := longCapture()
	for name, data := range map[string][]byte{"gzip": compressGzip(t, long),
		"zstd": compressZstd(t, long, 1<<20), "lz4": compressLZ4(t, long),
		"xz": storeXZ(long, 0), "damaged gzip": damagedGzip(t, long),
		"bzip2": unbase64(t, bzip2Whole)} {
		for _, packets := range []int{0, 1, 1500, 1 << 30} {
			file := writeFiles(t, data)[0]
			f, err := Open(file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var p capture.Packet
			for i := 0; i < packets && err == nil; i++ {
				err = f.Next(&p)
			}
			if packets == 1<<30 && (err == io.EOF) == strings.HasPrefix(name, "damaged") {
				t.Errorf("%s: %v", name, err)
			}
			if err := f.Close(); err != nil {
				t.Errorf("%s, %d packets: %v", name, packets, err)
			}
			// Close waits for the call of free, after which the goroutine only returns
			mustEnd(t, before, name)
			if packets < 1<<30 {
				for err = nil; err == nil; { // buffered packets may still come
					err = f.Next(&p)
				}
				// the first is shorter than a buffer
				if !errors.Is(err, fs.ErrClosed) && name != "bzip2" && name != "damaged gzip" {
					t.Errorf("%s, %d packets, then closed: %v", name, packets, err)
				}
			}
		}
	}
}

// TestDamageIsReportedOnce checks that an error is reported once, not by reading and again by
// closing.
func TestDamageIsReportedOnce(t *testing.T) {
	s := OpenAll(writeFiles(t, damagedGzip(t, longCapture())), Options{})
	_, err := drain(t, s)
	if err == nil || strings.Count(err.Error(), "damaged") != 1 {
		t.Errorf("got %v", err)
	}
}

// TestCloseWhileAPipeIdles checks that a file can be closed while its pipe is idle. Packets from
// before that are returned.
func TestCloseWhileAPipeIdles(t *testing.T) {
	before := readers()
	r, w := io.Pipe()
	go w.Write(unfinishedGzip(t, longCapture())) // and the pipe stays open
	f, err := NewReader(r, "test", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var p capture.Packet
	for range 3000 {
		if err := f.Next(&p); err != nil {
			t.Fatal(err)
		}
	}
	closed := make(chan error, 1)
	go func() { closed <- f.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("Close waits for the pipe")
	}
	w.Close()
	mustEnd(t, before, "when the pipe had ended")
}

// unfinishedGzip returns a compressed file whose writer has written all data but has not ended it.
func unfinishedGzip(t *testing.T, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// damagedGzip has a block of the reserved type 3 after all data (RFC 1951, section 3.2.3).
func damagedGzip(t *testing.T, data []byte) []byte {
	return append(unfinishedGzip(t, data),
		1|3<<1)
}
