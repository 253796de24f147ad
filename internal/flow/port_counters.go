package flow

import (
	"cmp"
	"iter"
	"slices"

	"github.com/portsniff/portsniff/decode"
)

// A PortKey identifies one port of one protocol.
type PortKey struct {
	Proto decode.Transport
	Port  uint16
}

// A Port is the traffic of one port of one protocol. Flows, Clients, Servers and Payloads are known
// only if flows were tracked.
type Port struct {
	PortKey
	Flows       uint64
	To          Count // sent to the port
	From        Count // sent from it
	First, Last int64 // first and last time, in nanoseconds since 1970; NoTime if unknown
	Clients     Cardinality
	Servers     Cardinality
	Payloads    []PayloadCount // what first payloads look like, most flows first
}

// Total returns the traffic in both directions.
func (p *Port) Total() Count {
	c := p.To
	c.Plus(p.From)
	return c
}

// A portCounter is a Port without its name, in one cache line.
type portCounter struct {
	sent        [2]Count // from the port, and to it
	flows       uint64
	early, late uint64 // earliest and latest time, see seen
	_           uint64
}

// Indexes in portCounter.sent.
const (
	from = 0
	to   = 1
)

// seen records times as numbers that only grow from 0: late is the time minus NoTime, and early is
// 1<<64 minus this difference. Both are 0 for NoTime. A zero counter has no times, so packets need
// no check.
func (c *portCounter) seen(first, last int64) {
	c.early = max(c.early, -biased(first))
	c.late = max(c.late, biased(last))
}

// packet counts a packet that was sent from the port, or to it if to is 1.
func (c *portCounter) packet(to uint8, bytes uint32, nanos int64) {
	c.sent[to%2].Add(bytes)
	c.seen(nanos, nanos)
}

// biased returns a time as a number from 0 up; NoTime is 0. unbiased is the reverse.
func biased(nanos int64) uint64  { return uint64(nanos) - timeBias }
func unbiased(time uint64) int64 { return int64(time + timeBias) }

// timeBias is NoTime without a sign.
const timeBias = 1 << 63

func (c *portCounter) used() bool { return c.sent[from].Packets+c.sent[to].Packets > 0 }

func (c *portCounter) plus(o *portCounter) {
	c.sent[from].Plus(o.sent[from])
	c.sent[to].Plus(o.sent[to])
	c.flows += o.flows
	c.early, c.late = max(c.early, o.early), max(c.late, o.late)
}

const (
	ports  = 1 << 16                   // number of port numbers
	protos = int(decode.ProtoDCCP) + 1 // number of protocols, with ProtoNone
)

// portCounters are the counters of all ports of each protocol that was seen. A protocol takes
// 4 MiB, but only the pages in use cost memory.
type portCounters [protos]*[ports]portCounter

// of returns the counter of a port.
func (c *portCounters) of(proto decode.Transport, port uint16) *portCounter {
	if c[proto] == nil {
		c[proto] = new([ports]portCounter)
	}
	return &c[proto][port]
}

// all returns the counters that are used.
func (c *portCounters) all() iter.Seq2[PortKey, *portCounter] {
	return func(yield func(PortKey, *portCounter) bool) {
		for proto, table := range c {
			if table == nil {
				continue
			}
			for port := range table {
				if x := &table[port]; x.used() &&
					!yield(PortKey{decode.Transport(proto), uint16(port)}, x) {
					return
				}
			}
		}
	}
}

func (c *portCounters) plus(o *portCounters) {
	for k, x := range o.all() {
		c.of(k.Proto, k.Port).plus(x)
	}
}

// ports returns the ports with packets, the busiest first.
func (c *portCounters) ports() (out []Port) {
	for k, x := range c.all() {
		out = append(out, Port{PortKey: k, Flows: x.flows, To: x.sent[to], From: x.sent[from],
			First: unbiased(-x.early), Last: unbiased(x.late)})
	}
	SortPorts(out, ByPackets)
	return out
}

// By is an order of rows.
type By uint8

// Orders. Rows that are equal are ordered by packets, bytes, protocol and port.
const (
	ByPackets By = iota // most packets first
	ByBytes             // most bytes first
	ByFlows             // most flows first; flows themselves in the order in which they began
	ByPort              // lowest port first
	ByRecent            // of flows: latest packet first
)

// SortPorts sorts ports in an order, in place.
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
		return cmp.Or(first, cmp.Compare(b.Packets, a.Packets), cmp.Compare(b.Bytes, a.Bytes),
			cmp.Compare(x.Proto, y.Proto), cmp.Compare(x.Port, y.Port))
	})
}
