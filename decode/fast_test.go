package decode_test

import (
	"bytes"
	"math"
	"net/netip"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// quickAgrees checks that the quick walk finds what the whole walk finds, or nothing. It reports whether it found something.
func quickAgrees(t *testing.T, link linktype.Type, data []byte, wire int) bool {
	t.Helper()
	var q decode.Quick
	took := q.Decode(link, data, wire)
	if link == linktype.Ethernet {
		headersAgree(t, data, took, &q)
	}
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

// headersAgree checks that what PlainHeaders finds of a frame, if anything, is what the quick walk found.
func headersAgree(t *testing.T, frame []byte, took bool, q *decode.Quick) {
	t.Helper()
	data, h := plainHeaders(frame)
	what := h.What[0]
	if what == 0 {
		return
	}
	payload := q.Payload != 0 && q.Payload < q.End
	want := uint32(q.Proto) | uint32(q.Version)<<decode.WhatVersion | uint32(q.Flags)<<decode.WhatFlags | uint32(q.Opens)<<decode.WhatOpens
	if payload {
		want |= 1 << decode.WhatPayload
		if got := decode.PlainPayload(frame); !bytes.Equal(got, frame[q.Payload:q.End]) {
			t.Errorf("payload %x, quick walk %x", got, frame[q.Payload:q.End])
		}
	} else if got := decode.PlainPayload(frame); got != nil {
		t.Errorf("payload %x, quick walk none", got)
	}
	if !took || what != want || h.Ports[0] != uint32(q.Src)<<16|uint32(q.Dst) {
		t.Errorf("plain header %x with ports %x; quick walk: %t, %+v", what, h.Ports[0], took, *q)
		return
	}
	if q.Version == 4 {
		if src, dst := q.Addrs4(frame); h.Addrs[0] != uint64(src)<<32|uint64(dst) {
			t.Errorf("addresses %x, quick walk %x and %x", h.Addrs[0], src, dst)
		}
		return
	}
	src, dst := q.Addrs6(frame)
	if s, d := decode.PlainAddrs6(data, h.Addrs[0]); *s != *src || *d != *dst {
		t.Errorf("addresses %x and %x, quick walk %x and %x", *s, *d, *src, *dst)
	}
}

// plainHeaders is PlainHeaders of one frame, with other bytes around it, and all these bytes.
func plainHeaders(frame []byte) (data []byte, found decode.Headers) {
	const before = 3
	data = slices.Concat(make([]byte, before), frame, bytes.Repeat([]byte{0x45}, 64))
	var at, caplen [decode.RunLen]uint32
	at[0], caplen[0] = before, uint32(len(frame))
	decode.PlainHeaders(data, 1, &at, &caplen, &found)
	return data, found
}

// Where a frame lies, and how much of it was captured, comes from outside: nothing is read that is not there.
func TestPlainFramesStayWithin(t *testing.T) {
	for _, fr := range sampleFrames(t) {
		var at, caplen [decode.RunLen]uint32
		for i := range at {
			at[i], caplen[i] = uint32(max(len(fr.Data)-i, 0)), uint32(i*2)
		}
		at[decode.RunLen-1], caplen[decode.RunLen-1] = 0, uint32(len(fr.Data)+1)
		at[decode.RunLen-2], caplen[decode.RunLen-2] = math.MaxUint32, math.MaxUint32
		var headers decode.Headers
		decode.PlainHeaders(fr.Data, decode.RunLen, &at, &caplen, &headers)
		decode.PlainHeaders(nil, decode.RunLen, &at, &caplen, &headers)
		if headers.What != [decode.RunLen]uint32{} {
			t.Error("something is found in nothing")
		}
	}
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

// Every sample's frames, whole and cut at every byte, with every link type that the quick walk takes.
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

// A UDP header whose length is below its own is left to the whole walk, in IPv4 and IPv6, with a VLAN tag and without.
func TestQuickWalkLeavesShortUDP(t *testing.T) {
	for _, fr := range sampleFrames(t) {
		var q decode.Quick
		if fr.Link != linktype.Ethernet || !q.Decode(fr.Link, fr.Data, fr.Wire) || q.Proto != decode.ProtoUDP {
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

// Where the IP header's length ends within the transport header, or in its payload, both walks see that.
func TestQuickWalkAgreesOnIPLength(t *testing.T) {
	for _, fr := range sampleFrames(t) {
		var q decode.Quick
		if fr.Link != linktype.Ethernet || !q.Decode(fr.Link, fr.Data, fr.Wire) || q.Proto == decode.ProtoNone {
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

// A UDP header that claims to be shorter or longer than what IP has leaves the rest, or all there is, for both walks.
func TestQuickWalkAgreesOnUDPLength(t *testing.T) {
	shorter := 0
	for _, fr := range sampleFrames(t) {
		var q decode.Quick
		if fr.Link != linktype.Ethernet || !q.Decode(fr.Link, fr.Data, fr.Wire) || q.Proto != decode.ProtoUDP || q.Payload == 0 {
			continue
		}
		frame, at := slices.Clone(fr.Data), int(q.Payload)-8
		for n := range 100 {
			frame[at+4], frame[at+5] = 0, byte(n)
			quickAgrees(t, fr.Link, frame, fr.Wire)
			if n > 8 && at+n < int(q.End) && len(decode.PlainPayload(frame)) == n-8 {
				shorter++
			}
		}
	}
	if shorter < 100 {
		t.Errorf("only %d payloads are shorter than what IP has", shorter)
	}
}

// A TCP header that claims to be shorter than the least, or longer than what there is, has no payload for either walk.
func TestQuickWalkAgreesOnTCPLength(t *testing.T) {
	for _, fr := range sampleFrames(t) {
		var q decode.Quick
		if fr.Link != linktype.Ethernet || !q.Decode(fr.Link, fr.Data, fr.Wire) || q.Proto != decode.ProtoTCP || q.Payload == 0 {
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

// Most of the packets that have ports are plain, with a VLAN tag and in IPv6 too; what is found of them is compared above.
func TestPlainFrames(t *testing.T) {
	plain, all, tagged, six := 0, 0, 0, 0
	for _, fr := range sampleFrames(t) {
		var q decode.Quick
		if fr.Link != linktype.Ethernet || !q.Decode(fr.Link, fr.Data, fr.Wire) || q.Proto == decode.ProtoNone {
			continue
		}
		all++
		if _, found := plainHeaders(fr.Data); found.What[0] == 0 {
			continue
		}
		plain++
		if q.Net > decode.EthernetLen {
			tagged++
		}
		if q.Version == 6 {
			six++
		}
	}
	if plain < all*8/10 || tagged == 0 || six == 0 {
		t.Errorf("of %d frames %d are plain, of which %d are tagged and %d are IPv6", all, plain, tagged, six)
	}
}

// Both walks agree on real captures, too.
func TestQuickWalkAgreesOnRealCaptures(t *testing.T) {
	for _, fr := range corpustest.CorpusFrames(t) {
		quickAgrees(t, fr.Link, fr.Data, fr.Wire)
	}
}

func TestQuickWalkAllocatesNothing(t *testing.T) {
	frames := sampleFrames(t)
	var q decode.Quick
	var at, caplen [decode.RunLen]uint32
	var headers decode.Headers
	if n := testing.AllocsPerRun(10, func() {
		for _, fr := range frames {
			q.Decode(fr.Link, fr.Data, fr.Wire)
			caplen[0] = uint32(len(fr.Data))
			decode.PlainHeaders(fr.Data, 1, &at, &caplen, &headers)
			decode.PlainPayload(fr.Data)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzQuick: whatever the bytes, both walks agree.
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
