package flow

import "github.com/portsniff/portsniff/decode"

// Totals count all packets, with ports or without.
type Totals struct {
	Total   Count                 // all packets
	Nested  Count                 // packets with several transport headers, each of which counts
	NoPorts [decode.Reasons]Count // packets without ports, by reason
}

// plain counts a packet that the quick walk took.
func (t *Totals) plain(q *decode.Quick, bytes uint32) {
	t.Total.Add(bytes)
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
}

// A transport is one transport header of a packet after the whole walk.
type transport struct {
	decode.Quick
	unreachable decode.Unreachable // an ICMP error that quotes it says so
}

// walked counts a packet after the whole walk and appends its transport headers that count, as far
// as they pass the filter. proofs says that headers count too which an ICMP error refuses.
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
	switch {
	case own == 0:
		t.NoPorts[p.NoPorts].Add(bytes)
	case own > 1:
		t.Nested.Add(bytes)
	}
	return list
}
