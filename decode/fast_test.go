package decode_test

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// quickAgrees checks that the quick walk has the same result as the full walk, or none. It reports
// whether the quick walk had a result.
func quickAgrees(t *testing.T, link linktype.Type, data []byte, wire int) bool {
	t.Helper()
	var q decode.Quick
	took := q.Decode(link, data, wire)
	if !took {
		return false
	}
	var p decode.Packet
	p.Decode(link, data, wire)
	if q.NoPorts != p.NoPorts || (q.Proto == decode.ProtoNone) != (q.NoPorts != decode.HasPorts) {
		t.Errorf("quick walk: %s, no ports: %q; whole walk: %q", q.Proto, q.NoPorts, p.NoPorts)
		return true
	}
	if p.Frag.Is {
		t.Error("a fragment is not plain")
	}
	if q.Proto == decode.ProtoNone {
		if len(p.Ports) != 0 {
			t.Errorf("the whole walk finds ports %+v", p.Ports)
		}
		return true
	}
	if len(p.Ports) != 1 {
		t.Errorf("the whole walk finds %d headers with ports", len(p.Ports))
		return true
	}
	var want decode.Quick
	want.From(&p, 0)
	if q != want {
		t.Errorf("quick walk %+v, whole walk %+v", q, want)
	}
	quickAddrs(t, &q, &p)
	return true
}

func quickAddrs(t *testing.T, q *decode.Quick, p *decode.Packet) {
	t.Helper()
	src, dst := p.Addrs(p.Ports[0].Net)
	var a, b netip.Addr
	if q.Version == 4 {
		x, y := q.Addrs4(p.Data)
		a = netip.AddrFrom4([4]byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)})
		b = netip.AddrFrom4([4]byte{byte(y >> 24), byte(y >> 16), byte(y >> 8), byte(y)})
	} else {
		x, y := q.Addrs6(p.Data)
		a, b = netip.AddrFrom16(*x), netip.AddrFrom16(*y)
	}
	if a != src || b != dst {
		t.Errorf("quick walk: %s to %s, whole walk: %s to %s", a, b, src, dst)
	}
}

// TestQuickWalkAgrees compares both walks on every sample's frames, complete and cut at every byte,
// with every link type that the quick walk supports.
func TestQuickWalkAgrees(t *testing.T) {
	quick, all := 0, 0
	for _, fr := range sampleFrames(t) {
		if all++; quickAgrees(t, fr.Link, fr.Data, fr.Wire) {
			quick++
		}
		for n := range fr.Data {
			quickAgrees(t, fr.Link, fr.Data[:n], fr.Wire)
			quickAgrees(t, fr.Link, fr.Data[:n], n) // the frame itself ends there
		}
		if len(fr.Data) > decode.EthernetLen {
			quickAgrees(t, linktype.Raw, fr.Data[decode.EthernetLen:], 0)
		}
	}
	if quick < all/2 {
		t.Errorf("the quick walk takes %d of %d frames: it is for most of them", quick, all)
	}
}

// TestQuickWalkReadsVLAN checks that the quick walk reads frames with VLAN tags.
func TestQuickWalkReadsVLAN(t *testing.T) {
	for _, tags := range []string{"", "8100 0005", "8100 0005 8100 0006"} {
		b, err := hex.DecodeString(strings.ReplaceAll(tMACs+tags+"0800"+tIn4, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if !quickAgrees(t, linktype.Ethernet, b, len(b)) {
			t.Errorf("tags %q: left to the whole walk", tags)
		}
	}
}

// TestQuickWalkSkipsShortUDP checks that the quick walk does not decode a UDP header whose length
// field is below 8. It uses IPv4 and IPv6, with and without a VLAN tag.
func TestQuickWalkSkipsShortUDP(t *testing.T) {
	for _, fr := range sampleFrames(t) {
		var q decode.Quick
		if fr.Link != linktype.Ethernet || !q.Decode(fr.Link, fr.Data, fr.Wire) ||
			q.Proto != decode.ProtoUDP {
			continue
		}
		frame := slices.Clone(fr.Data)
		length := frame[q.Payload-4:][:2]
		for n := range 8 {
			length[0], length[1] = 0, byte(n)
			if took := quickAgrees(t, fr.Link, frame, fr.Wire); took && n > 0 {
				t.Errorf("the quick walk takes a UDP header that claims to have %d bytes", n)
			}
		}
	}
}

// TestQuickWalkAgreesOnIPLength checks both walks on an IP length that ends inside the transport
// header or its payload.
func TestQuickWalkAgreesOnIPLength(t *testing.T) {
	for _, fr := range sampleFrames(t) {
		var q decode.Quick
		if fr.Link != linktype.Ethernet || !q.Decode(fr.Link, fr.Data, fr.Wire) ||
			q.Proto == decode.ProtoNone {
			continue
		}
		frame := slices.Clone(fr.Data)
		length, least := frame[q.Net+2:][:2], 20 // IPv4's total length
		if q.Version == 6 {
			length, least = frame[q.Net+4:][:2], 0 // payload length
		}
		for n := range 50 {
			length[0], length[1] = 0, byte(least+n)
			quickAgrees(t, fr.Link, frame, fr.Wire)
		}
	}
}

// TestQuickWalkAgreesOnUDPLength checks both walks on a UDP length shorter or longer than the IP
// payload.
func TestQuickWalkAgreesOnUDPLength(t *testing.T) {
	shorter := 0
	for _, fr := range sampleFrames(t) {
		var q decode.Quick
		if fr.Link != linktype.Ethernet || !q.Decode(fr.Link, fr.Data, fr.Wire) ||
			q.Proto != decode.ProtoUDP || q.Payload == 0 {
			continue
		}
		frame, at, end := slices.Clone(fr.Data), int(q.Payload)-8, int(q.End)
		for n := range 100 {
			frame[at+4], frame[at+5] = 0, byte(n)
			quickAgrees(t, fr.Link, frame, fr.Wire)
			if n > 8 && at+n < end && q.Decode(fr.Link, frame, fr.Wire) &&
				int(q.End-q.Payload) == n-8 {
				shorter++
			}
		}
	}
	if shorter < 100 {
		t.Errorf("only %d payloads are shorter than what IP has", shorter)
	}
}

// TestQuickWalkAgreesOnTCPLength checks both walks on a TCP header length that is too small or
// exceeds the available bytes. Such a header has no payload.
func TestQuickWalkAgreesOnTCPLength(t *testing.T) {
	for _, fr := range sampleFrames(t) {
		var q decode.Quick
		if fr.Link != linktype.Ethernet || !q.Decode(fr.Link, fr.Data, fr.Wire) ||
			q.Proto != decode.ProtoTCP || q.Payload == 0 {
			continue
		}
		frame, at := slices.Clone(fr.Data), int(q.Net)+20
		if q.Version == 6 {
			at = int(q.Net) + 40
		}
		for n := range byte(16) {
			frame[at+12] = n << 4
			quickAgrees(t, fr.Link, frame, fr.Wire)
		}
	}
}

// TestQuickWalkAgreesOnRealCaptures compares both walks on real captures.
func TestQuickWalkAgreesOnRealCaptures(t *testing.T) {
	for _, fr := range corpustest.CorpusFrames(t) {
		quickAgrees(t, fr.Link, fr.Data, fr.Wire)
	}
}

func TestQuickWalkAllocatesNothing(t *testing.T) {
	frames := sampleFrames(t)
	var q decode.Quick
	if n := testing.AllocsPerRun(10, func() {
		for _, fr := range frames {
			q.Decode(fr.Link, fr.Data, fr.Wire)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzQuick checks that both walks agree on any bytes.
func FuzzQuick(f *testing.F) {
	addSeeds(f, func(fr corpustest.Frame) { f.Add(uint32(fr.Link), fr.Wire, fr.Data) })
	f.Fuzz(func(t *testing.T, link uint32, wire int, data []byte) {
		quickAgrees(t, linktype.Type(link), data, wire)
	})
}

func BenchmarkQuick(b *testing.B) {
	var frames []corpustest.Frame
	for _, fr := range sampleFrames(b) {
		var q decode.Quick
		if q.Decode(fr.Link, fr.Data, fr.Wire) {
			frames = append(frames, fr)
		}
	}
	var q decode.Quick
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		fr := &frames[i%len(frames)]
		q.Decode(fr.Link, fr.Data, fr.Wire)
	}
}
