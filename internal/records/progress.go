package records

import (
	"slices"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// A progress holds what packets add to a flow beyond the counts of the table.
type progress struct {
	ip    [3]uint64
	sides [3]side
	seen  []step // first events in order
	fin   int64  // time of the latest first FIN of a side, in ns since 1970; 0 for none
}

// A step is a letter of the history and the side that sent it.
type step struct {
	letter byte
	from   flow.Side
}

// A side is one direction of a flow.
type side struct {
	bytes uint64 // payload bytes of UDP and other protocols without sequence numbers
	first uint32 // sequence number of the first payload byte of TCP
	next  uint64 // highest sequence number of payload, relative to first
	begun bool

	timed      bool  // a packet had a time
	start, end int64 // earliest and latest time in ns since 1970, if timed
}

// at records the time of a packet.
func (s *side) at(nanos int64) {
	if !s.timed || nanos < s.start {
		s.start = nanos
	}
	if !s.timed || nanos > s.end {
		s.end = nanos
	}
	s.timed = true
}

func (s *side) payload() uint64 { return s.bytes + s.next }

// packet records one transport header of a packet.
func (p *progress) packet(f *analysis.Frame, t *analysis.Transport) {
	d := f.Packet
	p.ip[t.From] += uint64(ipLength(d, t.Net))
	if f.HasTime {
		p.sides[t.From].at(f.Time.UnixNano())
	}
	if t.InheritedFrom != 0 {
		return
	}
	l := &d.Layers[t.Layer]
	payload := max(0, l.End-l.At-l.Len)
	s := &p.sides[t.From]
	if t.Proto != decode.ProtoTCP {
		s.bytes += uint64(payload)
		p.note('d', t.From, payload > 0 || t.Proto == decode.ProtoUDP)
		return
	}
	h := d.TCP(t.Layer)
	if h == nil {
		return
	}
	flags, _ := d.TCPControl(t.TransportHeader)
	has := func(bits uint8) bool { return flags&bits != 0 }
	s.tcp(h.Seq, payload, has(decode.FlagSYN))
	syn, end := has(decode.FlagSYN), has(decode.FlagFIN|decode.FlagRST)
	p.note('s', t.From, syn && !has(decode.FlagACK))
	p.note('h', t.From, syn && has(decode.FlagACK))
	p.note('a', t.From, has(decode.FlagACK) && !syn && !end && payload == 0)
	p.note('d', t.From, payload > 0)
	if p.note('f', t.From, has(decode.FlagFIN)) && f.HasTime {
		p.fin = f.Time.UnixNano() // the first FIN, not a retransmission
	}
	p.note('r', t.From, has(decode.FlagRST))
}

// tcp records a segment. A sequence number far below the first belongs to a segment from before the
// capture.
func (s *side) tcp(seq uint32, payload int, syn bool) {
	if syn {
		seq++
	}
	if !s.begun {
		s.begun, s.first = true, seq
	}
	// the distance from the highest number so far, as a signed 32-bit number
	ahead := int64(int32(seq + uint32(payload) - (s.first + uint32(s.next))))
	if payload > 0 && ahead > 0 {
		s.next += uint64(ahead)
	}
}

// note adds a letter and returns true, the first time that a side does something.
func (p *progress) note(letter byte, from flow.Side, does bool) bool {
	if s := (step{letter, from}); does && !slices.Contains(p.seen, s) {
		p.seen = append(p.seen, s)
		return true
	}
	return false
}

// history returns the letters, in upper case for the client.
func (p *progress) history(client flow.Side) string {
	var b strings.Builder
	for _, s := range p.seen {
		letter := s.letter
		if s.from == client {
			letter -= 'a' - 'A'
		}
		b.WriteByte(letter)
	}
	return b.String()
}
