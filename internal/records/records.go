// Package records writes flows in the formats of other programs. It makes a record when a flow
// ends. A record has bytes of IP and of payload, and the history of a TCP connection.
package records

import (
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// A Record is a flow that has ended. Arrays have an element for each flow.Side; the element of
// flow.None is unused.
type Record struct {
	flow.Flow
	analysis.Roles
	Client  flow.Side // the client according to Roles
	Why     flow.EndReason
	IP      [3]uint64 // bytes of IP packets with headers, without outer tunnel headers
	Payload [3]uint64 // bytes of payload; in TCP each sequence number counts once
	Times   [3]Span   // when each side sent packets
	Closed  int64     // time of the second FIN in ns since 1970, if both ends sent one; else 0
	History string    // Zeek's letters, for TCP and UDP flows
}

// A Span is the time from the first packet to the last, in ns since 1970. Both are flow.NoTime if
// unknown.
type Span struct{ Start, End int64 }

// Server returns the end that is not the client.
func (r *Record) Server() flow.Side { return r.Client.Other() }

// A Collector makes records of the flows in a table. It keeps one progress for each flow in the
// table.
type Collector struct {
	emit  func(*Record)
	flows map[uint64]*progress // by Flow.Number
}

// TablePart is the divisor of the memory limit for the table of flows. A Collector needs twice as
// much memory per flow as the table.
const TablePart = 3

// Collect returns a Collector for a table and sets the table's OnEnd. The record is valid only
// during the call of emit.
func Collect(t *flow.Table, emit func(*Record)) *Collector {
	c := &Collector{emit: emit, flows: map[uint64]*progress{}}
	t.OnEnd = c.end
	return c
}

// Packet records a frame that the table has already counted.
func (c *Collector) Packet(f *analysis.Frame) {
	for i := range f.Transport {
		t := &f.Transport[i]
		if t.Quoted || t.Flow == 0 {
			continue
		}
		p := c.flows[t.Flow]
		if p == nil {
			p = &progress{}
			c.flows[t.Flow] = p
		}
		p.packet(f, t)
	}
}

func (c *Collector) end(f *flow.Flow, why flow.EndReason) {
	p := c.flows[f.Number]
	delete(c.flows, f.Number)
	if p == nil {
		p = &progress{}
	}
	r := Record{Flow: *f, Roles: analysis.RolesOf(f), Why: why, IP: p.ip}
	r.Client = flow.A
	if r.ClientEnd != f.A {
		r.Client = flow.B
	}
	for side := flow.A; side <= flow.B; side++ {
		s := &p.sides[side]
		r.Payload[side], r.Times[side] = s.payload(), Span{flow.NoTime, flow.NoTime}
		if s.timed {
			r.Times[side] = Span{s.start, s.end}
		}
	}
	r.History = p.history(r.Client)
	if f.State() == flow.Closed {
		r.Closed = p.fin
	}
	c.emit(&r)
}

// ipLength returns the length of the IP packet of a header, in bytes, from the IP header. If that
// field is 0, it returns the length of the rest of the frame.
func ipLength(p *decode.Packet, net int) int {
	if net < 0 {
		return 0
	}
	const ipv6Len = 40
	l := &p.Layers[net]
	if h := p.IPv4(net); h != nil && h.Length > 0 {
		return int(h.Length)
	}
	if h := p.IPv6(net); h != nil && h.Length > 0 {
		return ipv6Len + int(h.Length)
	}
	return max(0, l.End-l.At)
}
