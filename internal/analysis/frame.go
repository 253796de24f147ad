// Package analysis converts decoded packets to annotated frames: the flow of a packet, the client,
// the meaning of each port, and the process of this host that owns an end.
package analysis

import (
	"net/netip"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// A Frame is one packet of a capture with everything that is known about it.
type Frame struct {
	Number    int64     // counts from 1 over the whole input
	Time      time.Time // UTC
	HasTime   bool      // false if the capture has no time for the packet
	Interface int       // index within its pcapng section

	// Name and description of the interface in the file; "" if there is none.
	InterfaceName, InterfaceAbout string

	Len       int      // bytes on the wire
	Comments  [][]byte // unchanged from the file
	Packet    *decode.Packet
	Transport []Transport // one for each of Packet.Ports
	Owners    []EndOwners // one for each of Transport if processes are looked up, else none
}

// A Transport is one transport header with the meaning of its ports.
type Transport struct {
	*decode.TransportHeader
	SrcAddr, DstAddr       netip.Addr // not valid without an IP header around it
	SrcRange, DstRange     annotate.Range
	SrcService, DstService string    // IANA's name if the port means a service at that end, else ""
	Flow                   uint64    // number of the flow, 0 if it is not known
	From                   flow.Side // side of the flow that sent the packet
	Client                 string    // "src", "dst" or "" for unknown
	Evidence               annotate.Evidence
	Sequence               Sequence // Known only if the Analyzer has Sequences
}

// Annotate fills Transport. matches are the flow table's results for the packet, one for each of
// Packet.Ports.
func (f *Frame) Annotate(matches []flow.Match) {
	f.Transport = f.Transport[:0]
	for i := range f.Packet.Ports {
		f.Transport = append(f.Transport, transport(f.Packet, &f.Packet.Ports[i], matches[i]))
	}
}

func transport(p *decode.Packet, q *decode.TransportHeader, match flow.Match) Transport {
	t := Transport{TransportHeader: q, Flow: match.Number, From: match.From,
		SrcRange: annotate.RangeOf(q.Src), DstRange: annotate.RangeOf(q.Dst)}
	t.SrcAddr, t.DstAddr = p.Addrs(q.Net)
	facts := match.Facts.Roles(q.Proto, q.Src, q.Dst)
	if match.From == flow.B {
		facts.PortA, facts.PortB = q.Dst, q.Src
	}
	d := annotate.Decide(facts)
	t.Evidence = d.Evidence()
	t.SrcService, t.DstService = d.Service(annotate.SideA), d.Service(annotate.SideB)
	switch d.Client() {
	case flow.None:
	case match.From:
		t.Client = "src"
	default:
		t.Client = "dst"
	}
	if match.From == flow.B {
		t.SrcService, t.DstService = t.DstService, t.SrcService
	}
	return t
}

// ServicePort returns the port that the header counts for, according to this packet and those
// before it.
func (t *Transport) ServicePort() flow.PortKey {
	facts := annotate.RoleFacts{Proto: t.Proto, PortA: t.Src, PortB: t.Dst}
	switch t.Client {
	case "src":
		facts.SYNFrom = annotate.SideA
	case "dst":
		facts.SYNFrom = annotate.SideB
	}
	if _, side := annotate.Decide(facts).ServicePort(); side == annotate.SideB {
		return flow.PortKey{Proto: t.Proto, Port: t.Dst}
	}
	return flow.PortKey{Proto: t.Proto, Port: t.Src}
}
