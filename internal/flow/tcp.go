package flow

import (
	"encoding/binary"
	"time"

	"github.com/portsniff/portsniff/decode"
)

// TCPStats are statistics about the segments of a TCP connection, with Options.TCP.
type TCPStats struct {
	// RTT is the time from the client's latest SYN to the acknowledgment that ends its handshake.
	// It is known if HasRTT is true.
	RTT    time.Duration
	HasRTT bool
	Sent   [3]TCPCounts // by each Side
}

// Total returns what both sides sent.
func (s *TCPStats) Total() TCPCounts {
	a, b := s.Sent[A], s.Sent[B]
	return TCPCounts{a.Retransmissions + b.Retransmissions, a.OutOfOrder + b.OutOfOrder,
		a.ZeroWindows + b.ZeroWindows, a.Resets + b.Resets}
}

// TCPCounts are numbers of segments.
type TCPCounts struct {
	Retransmissions uint32 // that repeat sequence numbers, or fill a hole late
	OutOfOrder      uint32 // that fill a hole soon
	ZeroWindows     uint32 // with a window of 0, without SYN, FIN and RST
	Resets          uint32 // with RST
}

// A segment has the fields of a TCP header that the analysis needs.
type segment struct {
	seq, ack, length uint32 // length is that of the payload on the wire, in bytes
	window           uint16
	whole            bool // the header was captured, with its options
}

// segmentAt reads the TCP header that q found in a frame.
func segmentAt(q *decode.Quick, frame []byte) (s segment) {
	if q.Proto != decode.ProtoTCP || q.Payload == 0 {
		return s
	}
	h := frame[q.Header:q.Payload]
	s.seq, s.ack = binary.BigEndian.Uint32(h[4:]), binary.BigEndian.Uint32(h[8:])
	s.window = binary.BigEndian.Uint16(h[14:])
	s.length = uint32(max(q.Claimed-q.Payload, 0))
	s.whole = true
	return s
}

// Time limits that distinguish kinds of segments. tshark uses the same limits.
const (
	reorderTime = 3 * time.Millisecond  // of late segments, if the RTT is not known
	fastTime    = 20 * time.Millisecond // from duplicate acknowledgments to a fast retransmission
)

// maxHoles is the maximum number of holes that are remembered for one direction.
const maxHoles = 4

// A tcpState is the state of both directions of a connection.
type tcpState struct {
	ends  [2]tcpEnd
	syn   int64 // time of the latest SYN, NoTime if unknown
	stats [2]TCPCounts
	rtt   int64 // in nanoseconds, NoTime if unknown
}

// A tcpEnd is the state of the segments from one end.
type tcpEnd struct {
	next       uint32 // the sequence number after the highest one
	nextTime   int64  // when it was sent
	ack        uint32 // the latest acknowledgment
	ackTime    int64
	holes      [maxHoles][2]uint32 // ranges that were skipped, the latest first
	window     uint16
	duplicates uint8 // number of duplicates of the latest acknowledgment, 2 at most
	begun      bool  // next is known
	acked      bool  // ack is known
	keepAlive  bool  // the latest segment is a keep-alive
}

// before reports whether sequence number a comes before b (RFC 9293 section 3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// count adds a segment to its flow, before the flow counts it.
func (t *tcpState) count(e *entry, h *header) {
	if !h.segment.whole {
		return
	}
	side := (h.from - A) & 1
	from, to, sent := &t.ends[side], &t.ends[side^1], &t.stats[side]
	t.handshake(e, h)
	s, opens := &h.segment, h.flags&(decode.FlagSYN|decode.FlagFIN) != 0
	if h.flags&decode.FlagRST != 0 {
		sent.Resets++
	}
	control := opens || h.flags&decode.FlagRST != 0
	if s.window == 0 && !control {
		sent.ZeroWindows++
	}
	probe := s.length == 1 && from.begun && s.seq == from.next && to.acked && to.window == 0
	keepAlive := from.begun && s.length <= 1 && s.seq == from.next-1 && !control
	if (s.length > 0 || opens) && !keepAlive && !probe {
		switch t.kind(from, to, h, opens) {
		case retransmitted:
			sent.Retransmissions++
		case reordered:
			sent.OutOfOrder++
		}
	}
	from.acknowledge(h, to.keepAlive || control)
	if !probe {
		from.advance(h, opens)
	}
	from.keepAlive = keepAlive
}

// handshake measures the time from the SYN to the client's first acknowledgment of the answer.
func (t *tcpState) handshake(e *entry, h *header) {
	switch {
	case h.opens == decode.OpensAsk:
		t.syn = h.time
	case t.rtt == NoTime && t.syn != NoTime && h.time != NoTime && e.answered != None &&
		h.from == e.asked && e.answered != e.asked && h.opens == decode.OpensNothing &&
		h.flags&decode.FlagACK != 0:
		t.rtt = h.time - t.syn
	}
}

// Kinds of segments.
const (
	fresh = iota
	retransmitted
	reordered
)

// kind returns whether the data of a segment is fresh, retransmitted or reordered.
func (t *tcpState) kind(from, to *tcpEnd, h *header, opens bool) int {
	s := &h.segment
	end := s.seq + s.length
	if s.length > 0 && to.acked && !before(to.ack, end) {
		return retransmitted // the other end already acknowledged it
	}
	switch {
	case !from.begun || !before(s.seq, from.next),
		s.length > 1 && s.seq == from.next-1: // new data after a probe or a keep-alive
		return fresh
	case to.duplicates >= 2 && to.ack == s.seq && !since(to.ackTime, h.time, fastTime):
		return retransmitted
	case from.next != end && !since(from.nextTime, h.time, t.reorderTime()) &&
		from.missing(s.seq, end):
		return reordered
	}
	return retransmitted
}

// reorderTime returns the maximum delay of a reordered segment. A segment that comes later is a
// retransmission, which takes a round trip.
func (t *tcpState) reorderTime() time.Duration {
	if t.rtt > 0 {
		return time.Duration(t.rtt)
	}
	return reorderTime
}

// missing reports whether a range is in a hole.
func (d *tcpEnd) missing(from, to uint32) bool {
	for _, x := range d.holes {
		if x[0] != x[1] && !before(from, x[0]) && !before(x[1], to) {
			return true
		}
	}
	return false
}

// acknowledge records the acknowledgment of a segment. answer means that it does not count as a
// duplicate that requests a retransmission.
func (d *tcpEnd) acknowledge(h *header, answer bool) {
	s := &h.segment
	if h.flags&decode.FlagACK == 0 {
		return
	}
	switch {
	case !d.acked || s.ack != d.ack:
		d.duplicates = 0
	case s.length == 0 && s.window != 0 && s.window == d.window && d.begun && s.seq == d.next &&
		!answer:
		d.duplicates = min(d.duplicates+1, 2)
	}
	d.ack, d.ackTime, d.window, d.acked = s.ack, h.time, s.window, true
}

// advance records the sequence numbers of a segment.
func (d *tcpEnd) advance(h *header, opens bool) {
	s := &h.segment
	end := s.seq + s.length
	if opens {
		end++
	}
	if !d.begun || before(d.next, end) {
		if d.begun && before(d.next, s.seq) {
			d.hole(d.next, s.seq)
		}
		d.next, d.nextTime, d.begun = end, h.time, true
		return
	}
	d.fill(s.seq, end)
}

// hole records a skipped range. It replaces the oldest one.
func (d *tcpEnd) hole(from, to uint32) {
	copy(d.holes[1:], d.holes[:])
	d.holes[0] = [2]uint32{from, to}
}

// fill records that a range is no longer missing.
func (d *tcpEnd) fill(from, to uint32) {
	for i := range d.holes {
		x := &d.holes[i]
		if x[0] == x[1] || !before(from, x[1]) || !before(x[0], to) {
			continue
		}
		low, high := [2]uint32{x[0], from}, [2]uint32{to, x[1]}
		if before(from, low[0]) {
			low[1] = low[0]
		}
		if before(high[1], high[0]) {
			high[0] = high[1]
		}
		if *x = low; low[0] == low[1] {
			*x = high
		} else if high[0] != high[1] {
			d.hole(high[0], high[1])
		}
		return
	}
}

// result returns the statistics by side.
func (t *tcpState) result() TCPStats {
	s := TCPStats{Sent: [3]TCPCounts{A: t.stats[0], B: t.stats[1]}}
	if s.HasRTT = t.rtt != NoTime; s.HasRTT {
		s.RTT = time.Duration(t.rtt)
	}
	return s
}
