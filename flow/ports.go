package flow

import (
	"cmp"
	"slices"

	"github.com/portsniff/portsniff/decode"
)

// A PortKey names one port of one protocol.
type PortKey struct {
	Proto decode.Proto
	Port  uint16
}

// A Port is what was counted for one port of one protocol.
type Port struct {
	PortKey
	Flows uint64 // the flows that were followed; there were more where the table was full
	To    Count  // sent to the port
	From  Count  // sent from it
}

// Total is what was sent either way.
func (p *Port) Total() Count {
	c := p.To
	c.Plus(p.From)
	return c
}

// plus adds what the two sides of a flow sent, of which side has the port.
func (p *Port) plus(from [3]Count, side Side) {
	p.From.Plus(from[side])
	p.To.Plus(from[side.Other()])
}

// A Service says which side of a flow has the port that the flow counts for: A or B.
type Service func(k Key, f Facts) Side

// portSums are Ports by their names.
type portSums map[PortKey]*Port

func (s portSums) of(k Key, side Side) *Port {
	id := PortKey{k.Proto, k.Endpoint(side).Port}
	p := s[id]
	if p == nil {
		p = &Port{PortKey: id}
		s[id] = p
	}
	return p
}

// Ports sums up the flows by the ports that they count for, the busiest first: by packets, then bytes, then protocol and port.
func (t *Table) Ports() []Port {
	sums := portSums{}
	for _, f := range t.flows {
		side := t.service(f.Key, f.Facts)
		p := sums.of(f.Key, side)
		p.Flows++
		p.plus(f.From, side)
	}
	for id, b := range t.beyond {
		if p := sums[id]; p != nil {
			p.To.Plus(b.To)
			p.From.Plus(b.From)
		} else {
			sums[id] = b
		}
	}
	out := make([]Port, 0, len(sums))
	for _, p := range sums {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(x, y Port) int {
		a, b := x.Total(), y.Total()
		return cmp.Or(cmp.Compare(b.Packets, a.Packets), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(x.Proto, y.Proto), cmp.Compare(x.Port, y.Port))
	})
	return out
}
