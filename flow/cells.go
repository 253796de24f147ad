package flow

import (
	"cmp"
	"iter"
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
	Flows       uint64   // 0 where flows are not followed
	To          Count    // sent to the port
	From        Count    // sent from it
	First, Last int64    // when the port was first and last seen, in nanoseconds since 1970; NoTime where the capture has no times
	Clients     Distinct // the addresses at the other end, where flows are followed
	Servers     Distinct // the addresses that have the port, where flows are followed
}

// Total is what was sent either way.
func (p *Port) Total() Count {
	c := p.To
	c.Plus(p.From)
	return c
}

// A cell is a Port without its name, the length of a cache line.
type cell struct {
	sent        [2]Count // from the port, and to it
	first, last int64
	flows       uint64
	_           uint64
}

// Indexes in cell.sent.
const (
	from = 0
	to   = 1
)

// seen takes note of a time.
func (c *cell) seen(first, last int64) {
	if c.first == NoTime || first < c.first && first != NoTime {
		c.first = first
	}
	if last > c.last {
		c.last = last
	}
}

// used tells whether anything was counted.
func (c *cell) used() bool { return c.sent[from].Packets+c.sent[to].Packets > 0 }

func (c *cell) plus(o *cell) {
	c.sent[from].Plus(o.sent[from])
	c.sent[to].Plus(o.sent[to])
	c.flows += o.flows
	c.seen(o.first, o.last)
}

const (
	ports  = 1 << 16                   // how many port numbers there are
	protos = int(decode.ProtoDCCP) + 1 // how many protocols, ProtoNone included
)

// cells have one for every port of every protocol that was met: four megabytes each, of which only those are ever touched that are used.
type cells [protos]*[ports]cell

// of is the cell of a port.
func (c *cells) of(proto decode.Proto, port uint16) *cell {
	table := c[proto]
	if table == nil {
		table = new([ports]cell)
		c[proto] = table
	}
	x := &table[port]
	if !x.used() {
		x.first, x.last = NoTime, NoTime
	}
	return x
}

// all are the cells that are used.
func (c *cells) all() iter.Seq2[PortKey, *cell] {
	return func(yield func(PortKey, *cell) bool) {
		for proto, table := range c {
			if table == nil {
				continue
			}
			for port := range table {
				if x := &table[port]; x.used() && !yield(PortKey{decode.Proto(proto), uint16(port)}, x) {
					return
				}
			}
		}
	}
}

func (c *cells) plus(o *cells) {
	for k, x := range o.all() {
		c.of(k.Proto, k.Port).plus(x)
	}
}

// ports lists what was counted, the busiest first.
func (c *cells) ports() (out []Port) {
	for k, x := range c.all() {
		out = append(out, Port{PortKey: k, Flows: x.flows, To: x.sent[to], From: x.sent[from], First: x.first, Last: x.last})
	}
	SortPorts(out, ByPackets)
	return out
}

// By is an order of rows.
type By uint8

// Orders. What they leave equal is ordered by packets, bytes, protocol and port.
const (
	ByPackets By = iota // most packets first
	ByBytes             // most bytes first
	ByFlows             // most flows first; for flows themselves the order in which they began
	ByPort              // lowest port first
)

// SortPorts puts ports in order.
func SortPorts(list []Port, by By) {
	slices.SortFunc(list, func(x, y Port) int {
		a, b := x.Total(), y.Total()
		first := 0
		switch by {
		case ByBytes:
			first = cmp.Compare(b.Bytes, a.Bytes)
		case ByFlows:
			first = cmp.Compare(y.Flows, x.Flows)
		case ByPort:
			first = cmp.Or(cmp.Compare(x.Port, y.Port), cmp.Compare(x.Proto, y.Proto))
		}
		return cmp.Or(first, cmp.Compare(b.Packets, a.Packets), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(x.Proto, y.Proto), cmp.Compare(x.Port, y.Port))
	})
}
