// Package flow counts packets and bytes per flow and per port, in bounded memory.
//
// A flow is what one transport protocol carries between two endpoints, both directions together: protocol, both addresses, both ports.
// Where a frame has several transport headers, as in a tunnel, each of them counts for its own flow, with the whole frame's length; what an
// ICMP error quotes counts for none. A later fragment counts for the flow whose ports it inherited.
package flow

import (
	"cmp"
	"math"
	"net/netip"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// NoTime stands for the time of a packet that has none.
const NoTime = math.MinInt64

// A Saying is what a payload looks like: a number that whoever recognises payloads gives out. 0 is nothing that is recognised.
type Saying uint8

// A Side is one end of a flow.
type Side = annotate.Side

// The two ends. A is the endpoint with the lower address, or the lower port where the addresses are
// the same.
const (
	None = annotate.NoSide
	A    = annotate.SideA
	B    = annotate.SideB
)

// An Endpoint is an address and a port. The address is not valid where the frame had no IP header.
type Endpoint struct {
	Addr netip.Addr
	Port uint16
}

func (e Endpoint) compare(o Endpoint) int {
	return cmp.Or(e.Addr.Compare(o.Addr), cmp.Compare(e.Port, o.Port))
}

// A Key names a flow. A is not above B.
type Key struct {
	Proto decode.Proto
	A, B  Endpoint
}

// KeyOf is the key of the flow that goes from src to dst, and which side of it src is.
func KeyOf(proto decode.Proto, src, dst Endpoint) (Key, Side) {
	if src.compare(dst) <= 0 {
		return Key{proto, src, dst}, A
	}
	return Key{proto, dst, src}, B
}

// Endpoint is the flow's end on that side.
func (k Key) Endpoint(s Side) Endpoint {
	if s == B {
		return k.B
	}
	return k.A
}

// Count is a number of packets and of bytes on the wire.
type Count struct{ Packets, Bytes uint64 }

// Add adds one packet.
func (c *Count) Add(bytes uint32) {
	c.Packets++
	c.Bytes += uint64(bytes)
}

// Plus adds another count.
func (c *Count) Plus(o Count) {
	c.Packets += o.Packets
	c.Bytes += o.Bytes
}

// Facts are what a flow's packets showed so far of who opened it. None stands for not seen.
type Facts struct {
	Asked    Side // who sent the first SYN, INIT or Request
	Answered Side // who sent the first SYN-ACK, INIT-ACK or Response
	First    Side // who sent the first packet of all
}

// A Flow is what was counted of one flow.
type Flow struct {
	Key
	Facts
	From       [3]Count  // what each Side sent; From[None] is unused
	Flags      [3]uint8  // all TCP control bits that each Side sent, decode.FlagFIN lowest
	Says       [3]Saying // what the first payload that each Side sent looks like
	FirstFrame int64     // number of the first packet
	Start, End int64     // of the first and the latest packet, in nanoseconds since 1970; NoTime where the capture has no times
}

// Total is what both sides sent.
func (f *Flow) Total() Count {
	c := f.From[A]
	c.Plus(f.From[B])
	return c
}

// A State is how far a TCP connection has come, by the control bits that were captured.
type State string

// States of a flow. A flow of another protocol has none.
const (
	NoState     State = ""
	Asked       State = "syn"         // opened, not yet answered
	Established State = "established" // data or acknowledgments without an end
	Closing     State = "fin"         // one side has no more data
	Closed      State = "closed"      // both have sent their FIN
	Reset       State = "rst"         // broken off
)

// State tells how far a TCP flow came.
func (f *Flow) State() State {
	if f.Proto != decode.ProtoTCP {
		return NoState
	}
	a, b := f.Flags[A], f.Flags[B]
	switch all := a | b; {
	case all&decode.FlagRST != 0:
		return Reset
	case a&b&decode.FlagFIN != 0:
		return Closed
	case all&decode.FlagFIN != 0:
		return Closing
	case all&decode.FlagACK != 0:
		return Established
	case all&decode.FlagSYN != 0:
		return Asked
	}
	return NoState
}

// A Service says which side of a flow has the port that the flow counts for: A or B.
type Service func(k Key, f Facts) Side
