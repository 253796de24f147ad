//go:build pcapgo

package pcapfile

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// These tests show that gopacket 1.1.19's pcapgo has the traps of trap_test.go. They fail when it
// no longer has one. They need a build tag because pcapgo needs golang.org/x/net, which this
// package does not use.

// pcapgoReads returns the number of packets that pcapgo reads until its first error, and the last
// packet's times and lengths.
func pcapgoReads(t *testing.T, r gopacket.PacketDataSource, err error) (n int,
	ci gopacket.CaptureInfo, end error) {
	t.Helper()
	for err == nil && n < 1000 {
		var c gopacket.CaptureInfo
		if _, c, err = r.ReadPacketData(); err == nil {
			ci = c
			n++
		}
	}
	return n, ci, err
}

func pcapgoPcap(t *testing.T, data []byte) (int, gopacket.CaptureInfo, error) {
	r, err := pcapgo.NewReader(bytes.NewReader(data))
	return pcapgoReads(t, r, err)
}

func pcapgoNg(t *testing.T, data []byte) (int, gopacket.CaptureInfo, error) {
	r, err := pcapgo.NewNgReader(bytes.NewReader(data), pcapgo.DefaultNgReaderOptions)
	return pcapgoReads(t, r, err)
}

func TestPcapgoAcceptsCutFiles(t *testing.T) {
	head, good := join(shb(le), idb(le, 1, 65535)), epb(le, 0, 1, frame(60, 1))
	whole := plainPcapng(le)
	files := map[string]struct {
		data []byte
		n    int
	}{
		"cut":          {whole[:len(whole)-3], 2},
		"length 0":     {join(head, good, rawBlock(le, 99, 0, 0, nil), good, good), 1},
		"length 4":     {join(head, good, rawBlock(le, 99, 4, 4, nil), good, good), 1},
		"length 4 GiB": {join(head, good, rawBlock(le, 99, 1<<32-4, 0, nil), good, good), 1},
		"trailer": {join(head, rawBlock(le, 6, 92, 91,
			epbBody(le, 0, 1, 60, 60, frame(60, 1)))), 1},
		"second link type": {join(head, idb(le, 101, 0), good, epb(le, 1, 2, frame(61, 2)), good),
			2},
	}
	for name, f := range files {
		if n, _, err := pcapgoNg(t, f.data); n != f.n || err != io.EOF {
			t.Errorf("%s: %d packets, %v", name, n, err)
		}
	}
}

func TestPcapgoAllocatesWhatLengthsClaim(t *testing.T) {
	header := plainHeader()
	header.snap = 256 << 20
	file := join(header.bytes(le), record(le, 1, 2, 256<<20, 256<<20, nil, frame(4, 1)))
	if grown := allocated(func() { pcapgoPcap(t, file) }); grown < 256<<20 {
		t.Errorf("%d bytes", grown)
	}
	file = join(shb(le), bytes.Repeat(idb(le, 1, 65535), 1_000_000))
	if grown := allocated(func() { pcapgoNg(t, file) }); grown < 200<<20 {
		t.Errorf("a million interfaces: %d bytes", grown)
	}
}

func TestPcapgoMisreadsTimes(t *testing.T) {
	for _, tt := range []struct {
		tsresol byte
		v       uint64
		right   time.Time
		panics  bool
	}{
		{0, 1_700_000_000, time.Unix(1_700_000_000, 0), false},
		{20, 1e19, time.Unix(0, 100_000_000), false},
		{64, 1e19, time.Unix(0, 0), true},
		{0xc0, 1 << 63, time.Unix(0, 500_000_000), true},
	} {
		file := join(shb(le), idb(le, 1, 65535, option(le, 9, []byte{tt.tsresol}),
			option(le, 0, nil)), epb(le, 0, tt.v, frame(60, 1)))
		panicked := func() (p bool) {
			defer func() { p = recover() != nil }()
			if n, ci, _ := pcapgoNg(t, file); n != 1 || ci.Timestamp.Equal(tt.right) {
				t.Errorf("if_tsresol %#x: %d packets, %v", tt.tsresol, n, ci.Timestamp)
			}
			return
		}()
		if panicked != tt.panics {
			t.Errorf("if_tsresol %#x panics: %v", tt.tsresol, panicked)
		}
	}
	file := join(plainHeader().bytes(le), simpleRecord(le, 1, 5_000_000, frame(60, 1)))
	if n, ci, _ := pcapgoPcap(t, file); n != 1 || ci.Timestamp.Equal(time.Unix(6, 0)) {
		t.Errorf("5 000 000 microseconds: %d packets, %v", n, ci.Timestamp)
	}
}

func TestPcapgoRejectsOrMisreadsHeaders(t *testing.T) {
	for name, change := range map[string]func(*pcapHeader){
		"snapshot length 0":  func(h *pcapHeader) { h.snap = 0 },
		"snapshot length 10": func(h *pcapHeader) { h.snap = 10 },
		"version 2.3":        func(h *pcapHeader) { h.minor = 3 },
	} {
		header := plainHeader()
		change(&header)
		if n, _, err := pcapgoPcap(t, join(header.bytes(le),
			simpleRecord(le, 1, 2, frame(60, 1)))); n != 0 || err == nil || err == io.EOF {
			t.Errorf("%s: %d packets, %v", name, n, err)
		}
	}
	header := plainHeader()
	header.link = 276 // SLL2; 276-256 is 20
	if r, err := pcapgo.NewReader(bytes.NewReader(header.bytes(le))); err != nil ||
		r.LinkType() != layers.LinkType(20) {
		t.Errorf("link type 276: %v", err)
	}
}
