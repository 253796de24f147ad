package pcapfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/portsniff/portsniff/capture"
)

// A part is a piece of a file that is read as a whole: a header, a record or a block.
type part struct {
	bytes  []byte
	packet bool
}

func partFiles() map[string][]part {
	files := make(map[string][]part)
	for _, o := range []bo{le, be} {
		for _, variant := range []struct {
			magic uint32
			more  int // of a record header
			head  int // of the file header
		}{{0xa1b2c3d4, 0, 0}, {0xa1b23c4d, 0, 0}, {0xa1b2cd34, 8, 0}, {0x1c0001ac, 0, 4}} {
			h := plainHeader()
			h.magic, h.more = variant.magic, make([]byte, variant.head)
			parts := []part{{h.bytes(o), false}}
			for i, n := range []int{60, 0, 61, 1, 300} {
				parts = append(parts, part{record(o, 1, 2, uint32(n), uint32(n+i),
					make([]byte, variant.more), frame(n, byte(i))), true})
			}
			files[fmt.Sprintf("%s %x", o, variant.magic)] = parts
		}
		files[o.String()+" pcapng"] = []part{
			{shb(o, option(o, 3, []byte("os")), option(o, 0, nil)), false},
			{idb(o, 1, 0, option(o, 2, []byte("eth0")), option(o, 9, []byte{9})), false},
			{epb(o, 0, 1, frame(60, 1)), true},
			{block(o, 5, make([]byte, 20)), false},
			{epb(o, 0, 1, frame(61, 2), option(o, 1, []byte("hello")), option(o, 0, nil)), true},
			{spb(o, 30, frame(30, 3)), true},
			{pb(o, 0, 1, 1, frame(9, 4)), true},
			{block(o, 0xbad, make([]byte, 4)), false},
			{shb(o), false},
			{idb(o, 101, 0), false},
			{epb(o, 0, 1, nil), true},
		}
	}
	return files
}

// TestEveryCut checks files cut at every byte. Every packet before the cut is returned. Only a cut
// between two records is a regular end.
func TestEveryCut(t *testing.T) {
	for name, parts := range partFiles() {
		t.Run(name, func(t *testing.T) {
			var whole []byte
			var starts []int
			for _, p := range parts {
				starts = append(starts, len(whole))
				whole = append(whole, p.bytes...)
			}
			for cut := range len(whole) + 1 {
				last := 0 // the part that contains the cut, or begins there
				packets := 0
				for last < len(parts) && starts[last]+len(parts[last].bytes) <= cut {
					if parts[last].packet {
						packets++
					}
					last++
				}
				got, _, err := read(t, whole[:cut])
				if len(got) != packets {
					t.Errorf("cut at byte %d: %d packets, want %d", cut, len(got), packets)
				}
				clean := cut == len(whole) || last > 0 && cut == starts[last]
				if clean && err != nil {
					t.Errorf("cut at byte %d, between two records: %v", cut, err)
				}
				if !clean {
					mustFail(t, err, ErrCut, int64(starts[last]), int64(packets))
				}
			}
		})
	}
}

// TestReadSizes checks that the packets are the same whatever the sizes of reads are.
func TestReadSizes(t *testing.T) {
	for name, parts := range partFiles() {
		var whole []byte
		for _, p := range parts {
			whole = append(whole, p.bytes...)
		}
		want, _, err := read(t, whole)
		if err != nil || len(want) != 5 {
			t.Fatalf("%s: %d packets, %v", name, len(want), err)
		}
		for kind, r := range map[string]io.Reader{
			"bytes":         iotest.OneByteReader(bytes.NewReader(whole)),
			"halves":        iotest.HalfReader(bytes.NewReader(whole)),
			"end with data": iotest.DataErrReader(bytes.NewReader(whole)),
			"both":          iotest.DataErrReader(iotest.OneByteReader(bytes.NewReader(whole))),
		} {
			f, err := NewReader(r, "test", Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := drain(t, f)
			if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Errorf("%s, %s: %d packets, %v", name, kind, len(got), err)
			}
			if f.Offset() != int64(len(whole)) || f.RawOffset() != int64(len(whole)) ||
				f.Size() != -1 {
				t.Errorf("%s, %s: offset %d, raw %d of %d, size %d", name, kind, f.Offset(),
					f.RawOffset(), len(whole), f.Size())
			}
		}
	}
}

// TestBufferEnds reads records of all sizes across the buffer's ends. Some are larger than the
// buffer.
func TestBufferEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	header := plainHeader()
	header.snap = 8 << 20
	pcap, ng := header.bytes(le), join(shb(be), idb(be, 1, 0))
	var sizes []int
	for range 3000 {
		n := rng.IntN(1500)
		switch rng.IntN(1000) {
		case 0:
			n = bufferSize + rng.IntN(3) - 17
		case 1:
			n = rng.IntN(4 << 20)
		}
		sizes = append(sizes, n)
		pcap = append(pcap, simpleRecord(le, 1, 2, frame(n, byte(n)))...)
		ng = append(ng, epb(be, 0, 1, frame(n, byte(n)))...)
	}
	for name, data := range map[string][]byte{"pcap": pcap, "pcapng": ng} {
		f, err := NewReader(bytes.NewReader(data), "test", Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := drain(t, f)
		if err != nil || len(got) != len(sizes) {
			t.Fatalf("%s: %d packets, %v", name, len(got), err)
		}
		for i, n := range sizes {
			if !bytes.Equal(got[i].Data, frame(n, byte(n))) {
				t.Fatalf("%s: packet %d of %d bytes differs", name, i+1, n)
			}
		}
	}
}

// TestReadErrors checks that a reader's own error is not treated as the end of a file.
func TestReadErrors(t *testing.T) {
	disk := errors.New("the disk is on fire")
	data := plainPcap(le)
	for _, tt := range []struct {
		cut    int
		offset int64
		n      int
	}{{0, 0, 0}, {3, 0, 0}, {10, 0, 0}, {24, 24, 0}, {50, 24, 0}, {100, 100, 1}, {116, 116, 2},
		{120, 116, 2}, {len(data), int64(len(data)), 3}} {
		f, err := NewReader(io.MultiReader(bytes.NewReader(data[:tt.cut]), iotest.ErrReader(disk)),
			"test", Options{})
		var got []capture.Packet
		if err == nil {
			got, err = drain(t, f)
		}
		if len(got) != tt.n {
			t.Errorf("after %d bytes: %d packets", tt.cut, len(got))
		}
		mustFail(t, err, disk, tt.offset, int64(tt.n))
	}
	f, err := NewReader(neverReader{}, "test", Options{})
	if f != nil || !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
	if _, err = NewReader(liarReader{}, "test", Options{}); err == nil {
		t.Error("a reader's count above the length of the buffer is accepted")
	}
}

type neverReader struct{}

func (neverReader) Read([]byte) (int, error) { return 0, nil }

type liarReader struct{}

func (liarReader) Read(p []byte) (int, error) { return len(p) + 1, nil }

// TestHostileMemory checks that no claimed length makes the reader allocate much. It counts all
// allocated bytes, freed or not. TestHostilePeak checks claims that are true.
func TestHostileMemory(t *testing.T) {
	const limit = 28 << 20
	usb := plainHeader()
	usb.link = 189
	huge := plainHeader()
	huge.snap = 1<<32 - 1
	long := frame(20<<20, 1)
	usbLongest := join(usb.bytes(le), simpleRecord(le, 1, 2, long[:16<<20]))
	manyInterfaces := idb(le, 1, 0, option(le, 2, make([]byte, 40)),
		option(le, 3, []byte("0123456789012345678901234567890123456789")))
	worst := join(shb(le), bytes.Repeat(manyInterfaces, maxInterfaces),
		epb(le, 0, 1, long[:16<<20-32]))
	tests := []struct {
		name string
		data []byte
	}{
		{"pcap, 4 GiB", join(plainHeader().bytes(le),
			record(le, 1, 2, 1<<32-1, 1<<32-1, nil, long))},
		{"pcap, 4 GiB and as much snapshot length",
			join(huge.bytes(le), record(le, 1, 2, 1<<32-1, 1<<32-1, nil, long))},
		{"pcap, the longest USB record", usbLongest},
		{"pcap, the longest USB record, cut", usbLongest[:len(usbLongest)-1]},
		{"pcapng, 4 GiB", join(shb(le), idb(le, 1, 0), rawBlock(le, 6, 1<<32-4, 0, long))},
		{"pcapng, 4 GiB of a section", join(shb(le),
			rawBlock(le, 0x0a0d0d0a, 1<<32-4, 0, join(shb(le)[8:], long)))},
		{"pcapng, 128 MiB of an unknown block", join(shb(le), rawBlock(le, 99, 128<<20, 0, long))},
		{"pcapng, the longest packet and a million interfaces",
			join(worst, bytes.Repeat(manyInterfaces, 1<<20/4))},
		{"pcapng, sections without end", bytes.Repeat(join(shb(le),
			bytes.Repeat(idb(le, 1, 0, option(le, 2, make([]byte, 400))), 100)), 200)},
		{"pcapng, comments without end", join(shb(le), idb(le, 1, 0),
			epb(le, 0, 1, nil, bytes.Repeat(option(le, 1, nil), 4<<20-20)))},
		{"xz, 4 GiB of dictionary", storeXZ(plainPcap(le), 40)},
		{"zstd, 512 MiB of window", compressZstd(t, plainPcap(le), 512<<20)},
		{"gzip of nothing but a header", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := bytes.NewReader(tt.data)
			if grown := allocated(func() {
				f, err := NewReader(r, "test", Options{})
				if err != nil {
					return
				}
				defer f.Close()
				var p capture.Packet
				for err == nil {
					err = f.Next(&p)
				}
			}); grown > limit {
				t.Errorf("%d MiB are allocated", grown>>20)
			} else {
				t.Logf("%.1f MiB", float64(grown)/(1<<20))
			}
		})
	}
}
