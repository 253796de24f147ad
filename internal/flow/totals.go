package flow

import (
	"time"

	"github.com/portsniff/portsniff/decode"
)

// Totals count all packets, with ports or without.
type Totals struct {
	Total   Count                 // all packets
	Nested  Count                 // packets with several transport headers; each counts
	NoPorts [decode.Reasons]Count // packets without ports, by reason

	Timed       bool  // some packet has a time
	First, Last int64 // if Timed, the earliest and the latest time, in ns since 1970
}

// Duration returns the time from the earliest packet to the latest, 0 if there is none.
func (t *Totals) Duration() time.Duration {
	return max(time.Duration(t.Last-t.First), 0) // times that are centuries apart overflow
}

// time records the time of a packet.
func (t *Totals) time(nanos int64) {
	switch {
	case nanos == NoTime:
	case !t.Timed:
		t.Timed, t.First, t.Last = true, nanos, nanos
	default:
		t.First, t.Last = min(t.First, nanos), max(t.Last, nanos)
	}
}

// Seen records the times of packets that were counted elsewhere, NoTime for none.
func (t *Totals) Seen(first, last int64) {
	t.time(first)
	t.time(last)
}

// plain counts a packet that the quick walk decoded.
func (t *Totals) plain(q *decode.Quick, bytes uint32, nanos int64) {
	t.Total.Add(bytes)
	t.time(nanos)
	if q.Proto == decode.ProtoNone {
		t.NoPorts[q.NoPorts].Add(bytes)
	}
}

// plus adds other totals.
func (t *Totals) plus(o *Totals) {
	t.Total.Plus(o.Total)
	t.Nested.Plus(o.Nested)
	for i := range t.NoPorts {
		t.NoPorts[i].Plus(o.NoPorts[i])
	}
	if o.Timed {
		t.time(o.First)
		t.time(o.Last)
	}
}

// A transport is one transport header of a packet after the whole walk.
type transport struct {
	decode.Quick
	unreachable decode.Unreachable // set if an ICMP error quotes the header
}

// walked counts a packet after the whole walk. It appends those of its transport headers that count
// and pass the filter. With proofs, headers quoted by "unreachable" ICMP errors count too.
func (t *Totals) walked(p *decode.Packet, bytes uint32, nanos int64, only *Filter, proofs bool,
	list []transport) []transport {
	if only != nil && !only.time(nanos) {
		return list
	}
	headers, own, before := 0, 0, len(list)
	for i := range p.Ports {
		x := &p.Ports[i]
		var unreachable decode.Unreachable
		if proofs {
			unreachable = p.Unreachable(x)
		}
		if x.Quoted && unreachable == decode.Reachable {
			continue
		}
		if !x.Quoted && x.InheritedFrom == 0 {
			own++
		}
		headers++
		h := transport{unreachable: unreachable}
		h.From(p, i)
		if only == nil || only.header(&h.Quick, p.Data) {
			list = append(list, h)
		}
	}
	if only != nil && len(list) == before && (headers > 0 || only.headers()) {
		return list
	}
	t.Total.Add(bytes)
	t.time(nanos)
	switch {
	case own == 0:
		t.NoPorts[p.NoPorts].Add(bytes)
	case own > 1:
		t.Nested.Add(bytes)
	}
	return list
}
