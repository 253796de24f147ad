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

// Limits of a store.
const (
	maxPackets     = 50_000
	maxPacketBytes = 32 << 20
	leastBytes     = 1 << 20 // first allocation
)

// A kept is a packet that the store keeps, so that it can be shown again.
type kept struct {
	data    []byte // overwritten after more packets; clone it to keep it
	place   int    // offset of data in the store's bytes
	number  int64
	nanos   int64
	length  uint32
	link    linktype.Type
	hasTime bool
	passed  bool         // it passed the filter
	flow    flow.Key     // of the first transport header; zero if there is none
	service flow.PortKey // port that this header counts for
	nested  []inside     // flows and ports of further transport headers
	ports   []decode.TransportHeader
	iface   string
}

// An inside is the flow and the port of a transport header after the first.
type inside struct {
	flow    flow.Key
	service flow.PortKey
}

// A store keeps the newest packets in a ring buffer, and their bytes in another one. Both grow up
// to their limits. After that the store allocates nothing.
type store struct {
	ring  []kept
	first int // index of the oldest
	n     int
	bytes []byte
	next  int // offset for the bytes of the next packet
}

// at returns packet i, 0 for the oldest.
func (s *store) at(i int) *kept { return &s.ring[(s.first+i)%len(s.ring)] }

// add adds a packet and removes the oldest packets if the store is full.
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

// forget removes the oldest packet.
func (s *store) forget() {
	*s.at(0) = kept{}
	s.first, s.n = (s.first+1)%len(s.ring), s.n-1
}

// place returns an offset for the given number of bytes. It removes the packets whose bytes are
// there.
func (s *store) place(size int) int {
	if s.next+size > len(s.bytes) && len(s.bytes) < maxPacketBytes {
		s.widen(size)
	}
	place := s.next
	if place+size > len(s.bytes) { // the rest at the end stays unused
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

// widen enlarges bytes. The packets are still in order from the start, because bytes was never
// full.
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

// clone returns a copy that is not overwritten.
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

// frame decodes a packet again, with the current facts in the flow table about its flows.
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

// newest returns up to limit of the newest packets that are wanted and passed the filter, the
// oldest first.
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

// find returns the packet with a number, nil if the store does not have it.
func (s *store) find(number int64) *kept {
	for i := s.n - 1; i >= 0; i-- {
		if k := s.at(i); k.number == number {
			return k
		}
	}
	return nil
}
