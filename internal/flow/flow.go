// Package flow counts packets and bytes per flow and per port, in bounded memory.
//
// A flow is the traffic of one transport protocol between two endpoints, in both directions:
// protocol, both addresses, both ports. If a frame has several transport headers, as in a tunnel,
// each of them counts for its own flow, with the whole frame's length. A header that an ICMP error
// quotes does not count. A later fragment counts for the flow whose ports it inherited.
package flow

import (
	"cmp"
	"math"
	"net/netip"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// NoTime is the time of a packet whose capture has no times.
const NoTime = math.MinInt64

// A Side is one end of a flow.
type Side = annotate.Side

// The two ends. A is the endpoint with the lower address, or with the lower port if both addresses
// are equal.
const (
	None = annotate.NoSide
	A    = annotate.SideA
	B    = annotate.SideB
)

// An Endpoint is an address and a port. The address is not valid if the frame had no IP header.
type Endpoint struct {
	Addr netip.Addr
	Port uint16
}

// AddrPort returns the endpoint as a netip.AddrPort.
func (e Endpoint) AddrPort() netip.AddrPort { return netip.AddrPortFrom(e.Addr, e.Port) }

func (e Endpoint) compare(o Endpoint) int {
	return cmp.Or(e.Addr.Compare(o.Addr), cmp.Compare(e.Port, o.Port))
}

// A Key identifies a flow. A is less than or equal to B.
type Key struct {
	Proto decode.Transport
	A, B  Endpoint
}

// KeyOf returns the key of the flow from src to dst, and which side src is.
func KeyOf(proto decode.Transport, src, dst Endpoint) (Key, Side) {
	if src.compare(dst) <= 0 {
		return Key{proto, src, dst}, A
	}
	return Key{proto, dst, src}, B
}

// Endpoint returns the flow's end on a side.
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

// Facts are what a flow's packets have shown so far about which side opened it.
type Facts struct {
	Asked    Side // sender of the first SYN, INIT or Request
	Answered Side // sender of the first SYN-ACK, INIT-ACK or Response
	First    Side // sender of the first packet
}

// Roles returns the facts that decide which end of a flow is the client.
func (f Facts) Roles(proto decode.Transport, a, b uint16) annotate.RoleFacts {
	return annotate.RoleFacts{Proto: proto, PortA: a, PortB: b,
		SYNFrom: f.Asked, SYNACKFrom: f.Answered, FirstFrom: f.First}
}

// ServiceSide returns the end whose port a flow counts for: A or B.
func ServiceSide(k Key, f Facts) Side {
	_, side := annotate.Decide(f.Roles(k.Proto, k.A.Port, k.B.Port)).ServicePort()
	return max(side, A)
}

// A Flow is one flow with everything that was counted for it.
type Flow struct {
	Key
	Facts
	Number uint64   // counts the flows from 1 in the order of their first packets
	From   [3]Count // what each Side sent; From[None] is unused
	// all TCP control bits that each Side sent, decode.FlagFIN lowest
	Flags      [3]uint8
	Payloads   [3]annotate.Payload // what the first payload of each Side looks like
	Heard      [3]bool             // a payload of the Side was captured
	FirstFrame int64               // number of the first packet
	Header     uint8               // index of the transport header in that packet, 0: outermost
	LastFrame  int64               // number of the latest packet
	Start, End int64               // earliest and latest time, in ns since 1970; NoTime if unknown
	Opening    decode.Handshake    // handshake step of the first packet
	ISN        uint32              // TCP client's initial sequence number, if Asked or Answered
	Refused    bool                // a RST answered the SYN
	TCP        TCPStats            // with Options.TCP
	Proofs     [3]Proof            // evidence about each Side's port, with Options.Proofs
}

// Total returns what both sides sent.
func (f *Flow) Total() Count {
	c := f.From[A]
	c.Plus(f.From[B])
	return c
}

// ServicePort returns the port that the flow counts for.
func (f *Flow) ServicePort() PortKey {
	return PortKey{f.Proto, f.Endpoint(ServiceSide(f.Key, f.Facts)).Port}
}

// A State is the progress of a TCP connection, derived from the captured control bits.
type State string

// States of a flow. A flow of another protocol has none.
const (
	NoState     State = ""
	Asked       State = "syn"         // opened, not yet answered
	Established State = "established" // data or acknowledgments, no FIN or RST
	Closing     State = "fin"         // one side has no more data
	Closed      State = "closed"      // both have sent their FIN
	Refused     State = "refused"     // a RST answered the SYN
	Reset       State = "reset"       // a RST ended it
)

// State returns the state of a TCP flow, and NoState for other protocols.
func (f *Flow) State() State { return state(f.Proto, f.Flags[A], f.Flags[B], f.Refused) }

// state derives the state from the control bits that each side sent.
func state(proto decode.Transport, a, b uint8, refused bool) State {
	if proto != decode.ProtoTCP {
		return NoState
	}
	switch all := a | b; {
	case refused:
		return Refused
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
