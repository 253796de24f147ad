package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"

	"github.com/portsniff/portsniff/capture"
)

// fuzzRead reads a file of any content and checks what is true for every file. No packet is larger
// than the input. Positions only increase. The end is io.EOF or an error with a position.
// Allocation stays within limits.
func fuzzRead(t *testing.T, data []byte, largest int) {
	f, err := NewReader(bytes.NewReader(data), "fuzz", Options{MaxWindow: 1 << 20})
	if err != nil {
		fuzzError(t, err, math.MaxInt64)
		return
	}
	defer f.Close()
	var p capture.Packet
	at := f.Offset()
	for n := int64(1); ; n++ {
		if err = f.Next(&p); err != nil {
			break
		}
		if p.Number != n || len(p.Data) != p.CaptureLength || p.CaptureLength > largest ||
			p.Length < 0 {
			t.Fatalf("packet %d: number %d, %d bytes of data, captured %d of %d, the input has %d",
				n, p.Number, len(p.Data), p.CaptureLength, p.Length, largest)
		}
		if f.Format() == "pcapng" && (p.InterfaceIndex >= len(f.Interfaces()) ||
			f.Interfaces()[p.InterfaceIndex].Link != p.Link) {
			t.Fatalf("packet %d: interface %d of %d", n, p.InterfaceIndex, len(f.Interfaces()))
		}
		if f.Offset() <= at {
			t.Fatalf("packet %d: byte %d after byte %d", n, f.Offset(), at)
		}
		at = f.Offset()
		_ = p.Timestamp.String()
		if n > int64(largest) {
			t.Fatal("more packets than bytes")
		}
	}
	if err != io.EOF {
		fuzzError(t, err, f.Offset())
	}
	if again := f.Next(&p); again != err {
		t.Fatalf("%v, and then %v", err, again)
	}
}

func fuzzError(t *testing.T, err error, offset int64) {
	var fe *FormatError
	if !errors.As(err, &fe) || fe.Err == nil || fe.Op == "" || fe.Detail == "" ||
		fe.File != "fuzz" || fe.Offset < 0 || fe.Offset > offset {
		t.Fatalf("%#v is not an error of this package at byte %d", err, offset)
	}
}

func FuzzPcap(f *testing.F) {
	for _, o := range []bo{le, be} {
		f.Add(plainPcap(o))
		for _, magic := range []uint32{0xa1b23c4d, 0xa1b2cd34, 0x1c0001ac} {
			h := plainHeader()
			h.magic, h.more = magic, make([]byte, 4)
			f.Add(join(h.bytes(o), record(o, 1, 2, 60, 60, nil, frame(60, 1))))
		}
		f.Add(join(plainHeader().bytes(o), record(o, 1, 2, 1<<32-1, 0, nil, nil)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 4 || bytes.Equal(data[:4], []byte{0x0a, 0x0d, 0x0d, 0x0a}) ||
			compressionOf(data).name != "" {
			return
		}
		if grown := allocated(func() { fuzzRead(t, data, len(data)) }); grown > 4<<20+
			16*uint64(len(data)) {
			t.Fatalf("%d bytes allocated for %d", grown, len(data))
		}
	})
}

func FuzzPcapng(f *testing.F) {
	for _, o := range []bo{le, be} {
		f.Add(plainPcapng(o)[28:], o == be)
		f.Add(join(idb(o, 1, 0, option(o, 9, []byte{0xc0}), option(o, 14, make([]byte, 8))),
			pb(o, 0, 1, 1<<60, frame(60, 1), option(o, 2, make([]byte, 4)))), o == be)
		f.Add(join(idb(o, 1, 20), spb(o, 60, frame(20, 1)), shb(le), idb(le, 1, 0),
			epb(le, 0, 1, frame(60, 1), rawOption(le, 1, 400, nil))), o == be)
		f.Add(join(rawBlock(o, 99, 1<<32-1, 0, nil), rawBlock(o, 6, 0, 4, nil)), o == be)
	}
	f.Fuzz(func(t *testing.T, data []byte, big bool) {
		o := le
		if big {
			o = be
		}
		data = append(shb(o), data...)
		sameBothWays(t, "fuzz", data, plainReader)
		if grown := allocated(func() { fuzzRead(t, data, len(data)) }); grown > 4<<20+
			64*uint64(len(data)) {
			t.Fatalf("%d bytes allocated for %d", grown, len(data))
		}
	})
}

func FuzzCompressed(f *testing.F) {
	for _, c := range codecs(f) {
		f.Add(c.whole)
		f.Add(c.parts)
		f.Add(c.whole[:len(c.whole)/2])
	}
	f.Add(compressGzip(f, compressGzip(f, plainPcap(le))))
	f.Add(storeXZ(plainPcapng(be), 40))
	f.Add([]byte("\x02\x21\x4c\x18\x04\x00\x00\x00abcd"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if compressionOf(data).name == "" {
			return
		}
		if grown := allocated(func() { fuzzRead(t, data, math.MaxInt32) }); grown > 64<<20 {
			t.Fatalf("%d bytes allocated for %d", grown, len(data))
		}
	})
}
