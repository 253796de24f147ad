package pcapfile

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/portsniff/portsniff/capture"
)

// longWay reads pcapng without quick.
type longWay struct{ *pcapngFile }

func (w longWay) next(b *buffer, p *capture.Packet) error { return w.long(b, p) }

// newLongWay is NewReader for a pcapng file that is read without quick.
func newLongWay(r io.Reader, name string, opt Options) (*File, error) {
	f, err := NewReader(r, name, opt)
	if err == nil {
		if ng, ok := f.frames.(*pcapngFile); ok {
			f.frames = longWay{ng}
		}
	}
	return f, err
}

// sameBothWays reads a file with and without quick, and compares every packet, its position and the
// end. It returns the number of packets that quick read.
func sameBothWays(t *testing.T, what string, data []byte,
	reader func(io.Reader) io.Reader) (quick int) {
	t.Helper()
	a, errA := NewReader(reader(bytes.NewReader(data)), "test", Options{})
	b, errB := newLongWay(reader(bytes.NewReader(data)), "test", Options{})
	if fmt.Sprint(errA) != fmt.Sprint(errB) {
		t.Fatalf("%s: opening gives %v, the slow path %v", what, errA, errB)
	}
	if errA != nil {
		return 0
	}
	// Values of the previous packet must not remain.
	stale := capture.Packet{Comments: [][]byte{[]byte("stale")}, Flags: 77, FCSLen: 99,
		HasTime: true,
		Link:    12345}
	p, q := stale, stale
	for n := 1; ; n++ {
		ng, ok := a.frames.(*pcapngFile)
		if !ok {
			return quick
		}
		probe, at := *ng, *a.buf
		if probe.quick(&at, &capture.Packet{}) {
			quick++
		}
		errA, errB = a.Next(&p), b.Next(&q)
		if fmt.Sprint(errA) != fmt.Sprint(errB) || a.Offset() != b.Offset() ||
			a.Packets() != b.Packets() {
			t.Fatalf("%s, packet %d: byte %d and %v, the slow path byte %d and %v", what, n,
				a.Offset(), errA, b.Offset(), errB)
		}
		if errA != nil {
			return quick
		}
		if !bytes.Equal(p.Data, q.Data) || cap(p.Data) != cap(q.Data) {
			t.Fatalf("%s, packet %d: %d bytes of %d, the slow path %d of %d", what, n, len(p.Data),
				cap(p.Data), len(q.Data), cap(q.Data))
		}
		p.Data, q.Data = nil, nil
		if fmt.Sprintf("%+v", p) != fmt.Sprintf("%+v", q) {
			t.Fatalf("%s, packet %d:\n%+v, the slow path\n%+v", what, n, p, q)
		}
	}
}

func plainReader(r io.Reader) io.Reader { return r }

// TestFastPathAtItsLimits checks blocks at the limits of what quick reads. quick reads a plain
// packet, and both ways agree on all blocks.
func TestFastPathAtItsLimits(t *testing.T) {
	for _, o := range []bo{le, be} {
		head := join(shb(o), idb(o, 1, 20, option(o, 9, []byte{9})),
			idb(o, 276, 0, option(o, 13, []byte{4})))
		body := func(id, caplen uint32, n int) []byte {
			return epbBody(o, id, 1<<40+7, caplen,
				1<<32-1, frame(n, 1))
		}
		tests := []struct {
			name  string
			block []byte
			quick bool
		}{
			{"plain", epb(o, 1, 5, frame(60, 1)), true},
			{"padding of 1", block(o, 6, body(0, 59, 59)), true},
			{"padding of 2", block(o, 6, body(0, 58, 58)), true},
			{"padding of 3", block(o, 6, body(0, 57, 57)), true},
			{"padding of 4, which is an empty list of options", block(o, 6, body(0, 56, 60)),
				false},
			{"no bytes", block(o, 6, body(0, 0, 0)), true},
			{"a byte more than fits", block(o, 6, body(0, 61, 60)), false},
			{"4 GiB in a small block", block(o, 6, body(0, 1<<32-1, 60)), false},
			{"last interface", block(o, 6, body(1, 60, 60)), true},
			{"interface that is not there", block(o, 6, body(2, 60, 60)), false},
			{"interface 4294967295", block(o, 6, body(1<<32-1, 60, 60)), false},
			{"a comment", epb(o, 0, 1, frame(60, 1), option(o, 1, []byte("hello"))), false},
			{"flags", epb(o, 0, 1, frame(60, 1), option(o, 2, make([]byte, 4)), option(o, 0, nil)),
				false},
			{"end of options", epb(o, 0, 1, frame(60, 1), option(o, 0, nil)), false},
			{"another length at the end", rawBlock(o, 6, 92, 96, body(0, 60, 60)), false},
			{"no multiple of 4", rawBlock(o, 6, 89, 89, body(0, 57, 57)), false},
			{"too short for a packet", block(o, 6, make([]byte, 16)), false},
			{"too short for a block", rawBlock(o, 6, 8, 8, nil), false},
			{"length 0", rawBlock(o, 6, 0, 0, body(0, 60, 60)), false},
			{"4 GiB", rawBlock(o, 6, 1<<32-4, 1<<32-4, body(0, 60, 60)), false},
			{"obsolete", pb(o, 0, 0, 1, frame(60, 1)), false},
			{"simple", spb(o, 60, frame(60, 1)), false},
			{"cut", epb(o, 0, 1, frame(60, 1))[:91], false},
		}
		for _, tt := range tests {
			name := o.String() + " " + tt.name
			want := 0
			if tt.quick {
				want = 1
			}
			sameBothWays(t, name+" first", join(head, tt.block, epb(o, 1, 1, frame(61, 1))),
				plainReader)
			// The first packet is read without quick, because other blocks precede it.
			if got := sameBothWays(t, name, join(head, epb(o, 0, 1, frame(60, 1)), tt.block),
				plainReader); got != want {
				t.Errorf("%s: the quick way reads %d packets, want %d", name, got, want)
			}
			sameBothWays(t, name+" byte by byte", join(head, tt.block, tt.block),
				iotest.OneByteReader)
		}
	}
}

// TestFastPathLimit checks that both ways reject a packet above the limit. It is complete in the
// buffer, because an earlier packet of the maximum length enlarged the buffer.
func TestFastPathLimit(t *testing.T) {
	longest, longer := epb(le, 0, 1, make([]byte, maxBlock)),
		epb(le, 0, 1, make([]byte, maxBlock+4))
	const between = 10 // enough to fill the buffer once more before the last block
	others := bytes.Repeat(epb(le, 0, 1, frame(60_000, 1)), between)
	file := join(shb(le), idb(le, 1, 0), longest, others, longer)
	sameBothWays(t, "a packet above the limit", file, plainReader)
	_, _, err := read(t, file)
	mustFail(t, err, ErrTooLarge, int64(48+len(longest)+len(others)), 1+between)
}

// TestFastPathOnDamagedFiles checks that both ways agree on files with random changes and cuts.
func TestFastPathOnDamagedFiles(t *testing.T) {
	const files = 5_000
	rng := rand.New(rand.NewPCG(3, 4))
	words := [][]byte{{0, 0, 0, 0}, {6, 0, 0, 0}, {0, 0, 0, 6}, {1, 0, 0, 0}, {92, 0, 0, 0},
		{0, 0, 0, 92}, {255, 255, 255, 255}, {32, 0, 0, 0}, {60, 0, 0, 0}}
	whole := map[bo][]byte{}
	for _, o := range []bo{le, be} {
		whole[o] = join(plainPcapng(o), epb(o, 0, 9, frame(57, 1)), epb(o, 0, 9, nil),
			pb(o, 0, 0, 1, frame(60, 1)), shb(o), idb(o, 1, 0), epb(o, 0, 9, frame(60, 1)))
	}
	quick := 0
	for i := range files {
		data := bytes.Clone(whole[[]bo{le, be}[i%2]])
		for range 1 + rng.IntN(3) {
			at := 12 + 4*rng.IntN((len(data)-12)/4)
			switch rng.IntN(3) {
			case 0:
				copy(data[at:], words[rng.IntN(len(words))])
			case 1:
				data[at+rng.IntN(4)] ^= 1 << rng.IntN(8)
			default:
				data[at+rng.IntN(4)] = byte(rng.Uint32())
			}
		}
		quick += sameBothWays(t, fmt.Sprint("file ", i),
			data[:len(data)-rng.IntN(2)*rng.IntN(len(data)/2)], plainReader)
	}
	if quick < files {
		t.Errorf("the fast path read only %d packets of %d files", quick,
			files)
	}
}
