package explain

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
)

// alone returns a frame of a sample as if no other frame had been seen before.
func alone(t *testing.T, name string, number int64) *Subject {
	s := sample(t, name, number)
	p := new(decode.Packet)
	p.Decode(s.Packet.Link, s.Packet.Data, s.Packet.WireLen)
	f := &analysis.Frame{Packet: p, Number: number, Len: s.Len}
	f.AnnotateAlone()
	return &Subject{Frame: f}
}

// TestFirstFragmentLater checks fragments in a different order, where the first fragment comes
// later. According to tshark, frames 2 and 5 are later fragments; frames 1 and 4 are their first
// fragments.
func TestFirstFragmentLater(t *testing.T) {
	page := func(s *Subject) string {
		var b bytes.Buffer
		if err := Text(&b, s, Options{Style: render.Style{Width: 80}}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	s := alone(t, "fragments", 2)
	if text := page(s); !strings.Contains(text, "ID 0xa0bc, offset 0 (not seen).") {
		t.Errorf("nothing else was looked at:\n%s", text)
	}
	s.Whole = true
	s.Follow(alone(t, "fragments", 3).Frame)
	s.Follow(alone(t, "fragments", 4).Frame)
	if text := page(s); s.First != 0 || s.Settled() ||
		!strings.Contains(text, "offset 0 (not captured).") {
		t.Errorf("frames 3 and 4 are no first fragment of it, but First is %d:\n%s", s.First, text)
	}
	s.Follow(alone(t, "fragments", 1).Frame)
	if text := page(s); s.First != 1 || !s.Settled() ||
		!strings.Contains(text, "offset 0 (frame 1, later).") {
		t.Errorf("frame 1 is its first fragment, but First is %d:\n%s", s.First, text)
	}
	again := alone(t, "fragments", 1)
	again.Number = 9
	if s.Follow(again.Frame); s.First != 1 {
		t.Errorf("a second copy took the first one's place: %d", s.First)
	}
}

// TestReply checks that the reply is found among later frames. According to tshark, frame 2 of this
// sample replies to frame 1.
func TestReply(t *testing.T) {
	s := alone(t, "http", 1)
	for n, want := range map[int64]int64{1: 0, 3: 0} {
		if s.Follow(alone(t, "http", n).Frame); s.Reply != want || s.Settled() {
			t.Errorf("after frame %d the reply is %d", n, s.Reply)
		}
	}
	s.Follow(alone(t, "http", 2).Frame)
	s.Follow(alone(t, "http", 5).Frame)
	if s.Reply != 2 || !s.Settled() {
		t.Errorf("the reply is %d", s.Reply)
	}
	for name, n := range map[string]int64{"arp-ping": 1, "esp-ah": 4} {
		if !alone(t, name, n).Settled() {
			t.Errorf("%s frame %d waits for an answer that no frame can give", name, n)
		}
	}
}

func TestRelation(t *testing.T) {
	a, b := netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("198.51.100.7")
	tr := func(proto decode.Transport, src netip.Addr, sport uint16, dst netip.Addr,
		dport uint16) *analysis.Transport {
		h := &decode.TransportHeader{Proto: proto, Src: sport, Dst: dport}
		return &analysis.Transport{TransportHeader: h, SrcAddr: src, DstAddr: dst}
	}
	one := tr(decode.ProtoTCP, a, 51514, b, 443)
	for _, c := range []struct {
		name string
		two  *analysis.Transport
		want way
	}{
		{"the same", tr(decode.ProtoTCP, a, 51514, b, 443), same},
		{"the answer", tr(decode.ProtoTCP, b, 443, a, 51514), swapped},
		{"another protocol", tr(decode.ProtoUDP, b, 443, a, 51514), strangers},
		{"another source port", tr(decode.ProtoTCP, b, 444, a, 51514), strangers},
		{"another destination port", tr(decode.ProtoTCP, b, 443, a, 51515), strangers},
		{"another source", tr(decode.ProtoTCP, a, 443, a, 51514), strangers},
		{"another destination", tr(decode.ProtoTCP, b, 443, b, 51514), strangers},
		{"ports swapped, addresses not", tr(decode.ProtoTCP, a, 443, b, 51514), strangers},
		{"no ports", nil, portless},
	} {
		if got := relation(one, c.two); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
