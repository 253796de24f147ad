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
	Says        []Said   // what first payloads look like, where flows are followed and payloads recognised; the kind with most flows first
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
	early, late uint64   // the first and the last time: see seen
	flows       uint64
	_           uint64
}

// Indexes in cell.sent.
const (
	from = 0
	to   = 1
)

// seen takes note of times. They are kept as numbers that only grow: what is later is more than what is earlier, NoTime is 0, and the first time is kept as what is
// missing of it to 1<<64, which is 0 for NoTime, too. So a cell that is all zero has no times, and nothing is asked about that.
func (c *cell) seen(first, last int64) {
	c.early = max(c.early, -biased(first))
	c.late = max(c.late, biased(last))
}

// packet counts one that was sent from the port, or where to is 1, to it.
func (c *cell) packet(to uint16, bytes uint32, nanos int64) {
	c.sent[to%2].Add(bytes)
	c.seen(nanos, nanos)
}

// biased is a time as a number from 0 up, NoTime being 0; unbiased is the reverse.
func biased(nanos int64) uint64  { return uint64(nanos) - timeBias }
func unbiased(time uint64) int64 { return int64(time + timeBias) }

// timeBias is NoTime as it stands in memory.
const timeBias = 1 << 63

// used tells whether anything was counted.
func (c *cell) used() bool { return c.sent[from].Packets+c.sent[to].Packets > 0 }

func (c *cell) plus(o *cell) {
	c.sent[from].Plus(o.sent[from])
	c.sent[to].Plus(o.sent[to])
	c.flows += o.flows
	c.early, c.late = max(c.early, o.early), max(c.late, o.late)
}

const (
	ports  = 1 << 16                   // how many port numbers there are
	protos = int(decode.ProtoDCCP) + 1 // how many protocols, ProtoNone included
)

// cells have one for every port of every protocol that was met: four megabytes each, of which only those are ever touched that are used.
type cells [protos]*[ports]cell

// of is the cell of a port.
func (c *cells) of(proto decode.Proto, port uint16) *cell { return &c.table(proto)[port] }

// table has the cells of a protocol.
func (c *cells) table(proto decode.Proto) *[ports]cell {
	if c[proto] == nil {
		c[proto] = new([ports]cell)
	}
	return c[proto]
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
		out = append(out, Port{PortKey: k, Flows: x.flows, To: x.sent[to], From: x.sent[from], First: unbiased(-x.early), Last: unbiased(x.late)})
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
