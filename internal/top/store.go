package top

import (
	"slices"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/linktype"
)

// Bounds of a store.
const (
	maxPackets     = 50_000
	maxPacketBytes = 32 << 20
	leastBytes     = 1 << 20 // that are allocated first
)

// A kept is a packet that can be shown again.
type kept struct {
	data    []byte // overwritten some packets later: clone it to keep it
	place   int    // of data in the store's bytes
	number  int64
	nanos   int64
	length  uint32
	link    linktype.Type
	hasTime bool
	passed  bool         // the filter
	flow    flow.Key     // of the first transport header; zero without any
	service flow.PortKey // that it counts for
	nested  []inside     // of further transport headers
	ports   []decode.TransportHeader
	iface   string
}

// An inside is the flow and the port of a transport header after the first.
type inside struct {
	flow    flow.Key
	service flow.PortKey
}

// A store keeps the newest packets: a queue in a ring, and their bytes in another one. Both grow up
// to their bounds, then nothing is allocated any more.
type store struct {
	ring  []kept
	first int // index of the oldest
	n     int
	bytes []byte
	next  int // where the bytes of the next packet go
}

// at returns a packet, 0 for the oldest.
func (s *store) at(i int) *kept { return &s.ring[(s.first+i)%len(s.ring)] }

// add keeps a packet, and forgets the oldest ones where it is full.
func (s *store) add(f *analysis.Frame, r *capture.Record, passed bool) {
	if s.n == maxPackets {
		s.forget()
	}
	if s.n == len(s.ring) {
		s.grow()
	}
	place := s.place(len(r.Data))
	data := s.bytes[place : place+len(r.Data) : place+len(r.Data)]
	copy(data, r.Data)
	s.next = place + len(data)
	s.n++
	k := s.at(s.n - 1)
	*k = kept{data: data, place: place, number: r.Number, nanos: r.Nanos, length: r.Length,
		link: r.Link, hasTime: f.HasTime, passed: passed, iface: f.InterfaceName}
	k.transports(f)
}

// forget forgets the oldest packet.
func (s *store) forget() {
	*s.at(0) = kept{}
	s.first, s.n = (s.first+1)%len(s.ring), s.n-1
}

// place returns a place for the given number of bytes, and forgets the packets that have theirs
// there.
func (s *store) place(size int) int {
	if s.next+size > len(s.bytes) && len(s.bytes) < maxPacketBytes {
		s.widen(size)
	}
	place := s.next
	if place+size > len(s.bytes) { // what is left at the end is waste
		for s.n > 0 && s.at(0).place >= place {
			s.forget()
		}
		place = 0
	}
	for s.n > 0 && s.at(0).place >= place && s.at(0).place < place+size {
		s.forget()
	}
	return place
}

// widen makes room for more bytes. All packets are in one piece: the bytes never were full.
func (s *store) widen(size int) {
	wider := make([]byte, min(max(2*len(s.bytes), s.next+size, leastBytes), maxPacketBytes))
	copy(wider, s.bytes[:s.next])
	s.bytes = wider
	for i := range s.n {
		k := s.at(i)
		k.data = wider[k.place : k.place+len(k.data) : k.place+len(k.data)]
	}
}

// grow makes the ring larger.
func (s *store) grow() {
	const least = 1024
	larger := make([]kept, min(max(2*len(s.ring), least), maxPackets))
	for i := range s.n {
		larger[i] = *s.at(i)
	}
	s.ring, s.first = larger, 0
}

// transports records the flows and ports of a packet.
func (k *kept) transports(f *analysis.Frame) {
	any := false
	for i := range f.Transport {
		t := &f.Transport[i]
		if t.InheritedFrom != 0 && k.ports == nil {
			k.ports = slices.Clone(f.Packet.Ports)
		}
		if t.Quoted {
			continue
		}
		key, _ := keyOf(t)
		if any {
			k.nested = append(k.nested, inside{key, t.ServicePort()})
			continue
		}
		any, k.flow, k.service = true, key, t.ServicePort()
	}
}

// clone returns a copy that stays as it is.
func (k *kept) clone() kept {
	c := *k
	c.data = slices.Clone(k.data)
	return c
}

// keyOf returns the flow of a transport header, and which side sent the packet.
func keyOf(t *analysis.Transport) (flow.Key, flow.Side) {
	return flow.KeyOf(t.Proto, flow.Endpoint{Addr: t.SrcAddr, Port: t.Src},
		flow.Endpoint{Addr: t.DstAddr, Port: t.Dst})
}

// record returns the packet as it was read.
func (k *kept) record() capture.Record {
	return capture.Record{Data: k.data, Number: k.number, Nanos: k.nanos, Length: k.length,
		Link: k.link}
}

// frame decodes a packet again, with what the flow table knows of its flows by now.
func (e *Engine) frame(k *kept) *analysis.Frame {
	p := new(decode.Packet)
	p.Decode(k.link, k.data, int(k.length))
	if k.ports != nil {
		p.Ports = k.ports
	}
	f := &analysis.Frame{Number: k.number, Len: int(k.length), Packet: p, HasTime: k.hasTime,
		InterfaceName: k.iface}
	if k.hasTime {
		f.Time = time.Unix(0, k.nanos).UTC()
	}
	matches := make([]flow.Match, len(p.Ports))
	for i := range p.Ports {
		x := &p.Ports[i]
		src, dst := p.Addrs(x.Net)
		key, side := flow.KeyOf(x.Proto, flow.Endpoint{Addr: src, Port: x.Src},
			flow.Endpoint{Addr: dst, Port: x.Dst})
		matches[i] = flow.Match{Known: true, Facts: e.table.FactsOf(key), From: side}
	}
	f.Annotate(matches)
	return f
}

// newest returns the newest packets that are wanted and passed the filter, at most limit, the
// oldest of them first.
func (s *store) newest(limit int, wanted func(*kept) bool) []*kept {
	var list []*kept
	for i := s.n - 1; i >= 0 && len(list) < limit; i-- {
		if k := s.at(i); k.passed && wanted(k) {
			list = append(list, k)
		}
	}
	slices.Reverse(list)
	return list
}

// find returns the packet with a number, nil if it is not kept.
func (s *store) find(number int64) *kept {
	for i := s.n - 1; i >= 0; i-- {
		if k := s.at(i); k.number == number {
			return k
		}
	}
	return nil
}
