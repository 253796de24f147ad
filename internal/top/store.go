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
	chunkSize      = 256 << 10 // bytes for packets that are allocated at once
)

// A kept is a packet that can be shown again.
type kept struct {
	data    []byte
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

// A store keeps the newest packets: a queue in a ring that grows.
type store struct {
	ring  []kept
	first int // index of the oldest
	n     int
	bytes int    // captured bytes of all
	chunk []byte // where the bytes of the next packets go
}

// at returns a packet, 0 for the oldest.
func (s *store) at(i int) *kept { return &s.ring[(s.first+i)%len(s.ring)] }

// add keeps a packet, and forgets the oldest ones when it is full.
func (s *store) add(f *analysis.Frame, r *capture.Record, passed bool) {
	for s.n > 0 && (s.n == maxPackets || s.bytes+len(r.Data) > maxPacketBytes) {
		old := s.at(0)
		s.bytes -= len(old.data)
		*old = kept{}
		s.first, s.n = (s.first+1)%len(s.ring), s.n-1
	}
	if s.n == len(s.ring) {
		s.grow()
	}
	s.n++
	s.bytes += len(r.Data)
	*s.at(s.n - 1) = s.keep(f, r, passed)
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

// clone copies the bytes of a packet. Small packets share a chunk, because an allocation for each
// would take a quarter of the time. Nothing in a chunk is written twice, so that a copy outlives
// the store.
func (s *store) clone(data []byte) []byte {
	if len(data) > chunkSize/8 { // the end of a chunk that nothing fits in is waste
		return slices.Clone(data)
	}
	n := len(s.chunk)
	if n+len(data) > cap(s.chunk) {
		s.chunk, n = make([]byte, 0, chunkSize), 0
	}
	s.chunk = append(s.chunk, data...)
	return s.chunk[n:len(s.chunk):len(s.chunk)]
}

// keep copies what a packet is shown by.
func (s *store) keep(f *analysis.Frame, r *capture.Record, passed bool) kept {
	k := kept{data: s.clone(r.Data), number: r.Number, nanos: r.Nanos, length: r.Length,
		link: r.Link, hasTime: f.HasTime, passed: passed, iface: f.InterfaceName}
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
	return k
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
