package analysis

import (
	"net/netip"

	"github.com/google/gopacket/layers"

	"github.com/portsniff/portsniff/decode"
)

// A Sequence is the position of a TCP segment in its connection. Numbers are relative to the first
// captured number of each end, as in Wireshark: a SYN has 0, the first byte of data has 1.
type Sequence struct {
	Known    bool
	Seq, Ack uint32 // Ack is 0 if the ACK flag is not set
	Len      int    // bytes of data, captured or not; -1 if the IP header does not contain a length
}

// maxConnections is the minimum number of connections that Sequences remembers when it is full. It
// forgets the oldest half at a time.
const maxConnections = 1 << 16

// Sequences remembers the first sequence number of each end of TCP connections.
type Sequences struct {
	recent, older map[endpoints]bases
}

// NewSequences returns Sequences that have seen no connection.
func NewSequences() *Sequences { return &Sequences{recent: map[endpoints]bases{}} }

// endpoints are both ends of a connection, the lower one first.
type endpoints struct{ a, b netip.AddrPort }

// bases are the sequence numbers of the ends a and b that count as 0.
type bases struct {
	seq [2]uint32
	set [2]bool
}

// Observe numbers the TCP segments of a frame, which must come in the capture's order.
func (s *Sequences) Observe(f *Frame) {
	for i := range f.Transport {
		t := &f.Transport[i]
		if t.Proto != decode.ProtoTCP || t.Quoted || t.InheritedFrom != 0 {
			continue
		}
		if h := f.Packet.TCP(t.Layer); h != nil {
			t.Sequence = s.segment(t, h)
			t.Sequence.Len = segmentLen(f.Packet, t)
		}
	}
}

func (s *Sequences) segment(t *Transport, h *layers.TCP) Sequence {
	key := endpoints{netip.AddrPortFrom(t.SrcAddr, t.Src), netip.AddrPortFrom(t.DstAddr, t.Dst)}
	from, to := 0, 1
	if key.b.Compare(key.a) < 0 {
		key.a, key.b = key.b, key.a
		from, to = 1, 0
	}
	b := s.find(key)
	switch {
	case h.SYN && !h.ACK && b.set[from] && b.seq[from] != h.Seq:
		b = bases{} // another connection uses the same ports
		fallthrough
	case h.SYN:
		b.seq[from], b.set[from] = h.Seq, true
	case !b.set[from]:
		b.seq[from], b.set[from] = h.Seq-1, true
	}
	if h.ACK && !b.set[to] {
		b.seq[to], b.set[to] = h.Ack-1, true
	}
	s.keep(key, b)
	out := Sequence{Known: true, Seq: h.Seq - b.seq[from]}
	if h.ACK {
		out.Ack = h.Ack - b.seq[to]
	}
	return out
}

func (s *Sequences) find(key endpoints) bases {
	if b, ok := s.recent[key]; ok {
		return b
	}
	return s.older[key]
}

func (s *Sequences) keep(key endpoints, b bases) {
	if old, ok := s.recent[key]; ok && old == b {
		return
	}
	if len(s.recent) >= maxConnections {
		s.recent, s.older = s.older, s.recent
		clear(s.recent)
		if s.recent == nil {
			s.recent = map[endpoints]bases{}
		}
	}
	s.recent[key] = b
}

// segmentLen returns the number of bytes of data after a TCP header: the number according to the IP
// header, but not more than were on the wire. It returns -1 if the number is unknown.
func segmentLen(p *decode.Packet, t *Transport) int {
	if t.Net < 0 {
		return -1
	}
	net, end := p.Layers[t.Net], 0
	if h := p.IPv4(t.Net); h != nil && h.Length > 0 {
		end = net.At + int(h.Length)
	} else if h := p.IPv6(t.Net); h != nil && h.Length > 0 {
		end = net.At + net.Len + int(h.Length)
	} else {
		return -1
	}
	tcp := p.Layers[t.Layer]
	return max(0, min(end, p.WireLen)-tcp.At-tcp.Len)
}
