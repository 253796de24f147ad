package page_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/linktype"
)

// TestLargeCaptureIsSampled checks a capture above the limit. The page prefers the first packet of
// each flow and notable packets, says so, and still counts all packets.
func TestLargeCaptureIsSampled(t *testing.T) {
	var frames []corpustest.Frame
	for n := range 3000 {
		// six flows of 500
		frames = append(frames, corpustest.Frame{Link: linktype.Ethernet, Wire: 42,
			Data: udp(40000+n/500, 53)})
	}
	arp := make([]byte, 42)
	copy(arp[12:], []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 1})
	frames[777] = corpustest.Frame{Link: linktype.Ethernet, Wire: 42, Data: arp}
	d := parse(t, build(t, frames, page.Options{Limit: 100}).WriteJSON)
	shown := map[int]bool{}
	for _, p := range d.Packets {
		shown[p.N] = true
	}
	for _, n := range []int{1, 501, 778, 1001, 1501, 2001, 2501} {
		if !shown[n] {
			t.Errorf("frame %d is not shown", n)
		}
	}
	if len(d.Packets) != 100 || d.Shown != 100 || d.Frames != 3000 || d.Totals.Packets != 3000 {
		t.Errorf("%d packets, %d shown of %d, %d counted", len(d.Packets), d.Shown, d.Frames,
			d.Totals.Packets)
	}
	// The ARP request is the seventh notable one.
	const want = "100 of 3000 packets are shown with their headers, because a page holds " +
		"100: 7 of the 7 that begin a flow, have no ports, " +
		"are malformed or have a wrong checksum, and 93 of the 2993 others, evenly spread."
	if !strings.HasPrefix(d.Sampled, want) {
		t.Errorf("%q", d.Sampled)
	}
}

// TestWrongChecksumIsShown checks that a packet with a wrong checksum is notable.
func TestWrongChecksumIsShown(t *testing.T) {
	var frames []corpustest.Frame
	for range 900 {
		frames = append(frames, corpustest.Frame{Link: linktype.Ethernet, Wire: 42,
			Data: udp(40000, 53)})
	}
	wrong := bytes.Clone(frames[0].Data)
	wrong[14+10]++ // of the IPv4 header
	frames[555].Data = wrong
	d := parse(t, build(t, frames, page.Options{Limit: 10}).WriteJSON)
	shown := false
	for _, p := range d.Packets {
		shown = shown || p.N == 556
	}
	if !strings.Contains(d.Sampled, ": 2 of the 2 that begin a flow, ") || !shown {
		t.Errorf("%q", d.Sampled)
	}
}

// TestSampleIsFullAndEven checks captures of many lengths above the limit. The page is always full,
// and the packets shown are spread evenly over the capture.
func TestSampleIsFullAndEven(t *testing.T) {
	const limit = 200
	var frames []corpustest.Frame
	for range 1801 {
		// one flow: all but the first are alike
		frames = append(frames, corpustest.Frame{Link: linktype.Ethernet, Wire: 42,
			Data: udp(40000, 53)})
	}
	for _, n := range []int{limit, limit + 1, limit + 30, 399, 401, 600, 1000, 1801} {
		d := parse(t, build(t, frames[:n], page.Options{Limit: limit}).WriteJSON)
		if len(d.Packets) != limit || d.Shown != limit || (d.Sampled == "") != (n == limit) {
			t.Errorf("%d of %d packets, %d shown: %q", len(d.Packets), n, d.Shown, d.Sampled)
		}
		const parts = 10
		var shown [parts]int
		for i, p := range d.Packets {
			shown[(p.N-1)*parts/n]++
			if i > 0 && p.N <= d.Packets[i-1].N {
				t.Fatalf("of %d: frame %d comes after frame %d", n, p.N, d.Packets[i-1].N)
			}
		}
		for i, got := range shown {
			if got < limit/parts-3 || got > limit/parts+3 {
				t.Errorf("of %d: %d packets of tenth %d are shown; want about %d: %v", n, got, i,
					limit/parts, shown)
			}
		}
	}
}

// TestSampleSharesCapacity checks that a class that could fill the page shares it with the other
// one.
func TestSampleSharesCapacity(t *testing.T) {
	var frames []corpustest.Frame
	for n := range 1000 {
		// 500 flows of two
		frames = append(frames, corpustest.Frame{Link: linktype.Ethernet, Wire: 42,
			Data: udp(1+n/2, 60000)})
	}
	d := parse(t, build(t, frames, page.Options{Limit: 100}).WriteJSON)
	const want = "page holds 100: 50 of the 500 that begin a flow, have no ports, are malformed " +
		"or have a wrong checksum, and 50 of the 500 others, evenly spread."
	if len(d.Packets) != 100 || !strings.Contains(d.Sampled, want) {
		t.Errorf("%d packets: %q", len(d.Packets), d.Sampled)
	}
}

// udp returns a frame of 42 bytes with a UDP datagram without data.
func udp(src, dst int) []byte {
	return []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0,
		0, 10, 0, 0, 1, 10, 0, 0, 2,
		byte(src >> 8), byte(src), byte(dst >> 8), byte(dst), 0, 8, 0, 0}
}
