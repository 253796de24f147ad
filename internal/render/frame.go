package render

import (
	"net/netip"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// A Frame is one packet of a capture with all that is known of it.
type Frame struct {
	Number    int64     // from 1 over the whole input
	Time      time.Time // UTC
	HasTime   bool      // false where the capture has no time for it
	Interface int       // as pcapng counts them within a section

	InterfaceName, InterfaceAbout string // its name and description, the file's bytes as they are; "" where the file doesn't say

	Len       int      // bytes on the wire
	Comments  [][]byte // the file's bytes as they are
	Packet    *decode.Packet
	Transport []Transport // one for each of Packet.Ports
	Owners    []Ends      // one for each of Transport in a live capture that looks for processes; else none
}

// A Transport is one transport header with the meaning of its ports.
type Transport struct {
	*decode.Ports
	SrcAddr, DstAddr       netip.Addr // not valid where no IP header carries it
	SrcRange, DstRange     annotate.Range
	SrcService, DstService string // IANA's name where the port stands for a service at that end, else ""
	Client                 string // "src", "dst" or "" for unknown
	Evidence               annotate.Evidence
}

// Annotate ties a frame's transport headers to their flows. hits are what the flow table gave for the packet.
func (f *Frame) Annotate(hits []flow.Hit) {
	f.Transport = f.Transport[:0]
	for i := range f.Packet.Ports {
		f.Transport = append(f.Transport, transport(f.Packet, &f.Packet.Ports[i], hits[i]))
	}
}

func transport(p *decode.Packet, q *decode.Ports, hit flow.Hit) Transport {
	t := Transport{Ports: q, SrcRange: annotate.RangeOf(q.Src), DstRange: annotate.RangeOf(q.Dst)}
	t.SrcAddr, t.DstAddr = p.Addrs(q.Net)
	facts := roleFacts(q.Proto, q.Src, q.Dst, hit.Facts)
	if hit.From == flow.B {
		facts.PortA, facts.PortB = q.Dst, q.Src
	}
	var client annotate.Side
	client, t.Evidence, t.SrcService, t.DstService = annotate.Roles(facts)
	switch side(client) {
	case flow.None:
	case hit.From:
		t.Client = "src"
	default:
		t.Client = "dst"
	}
	if hit.From == flow.B {
		t.SrcService, t.DstService = t.DstService, t.SrcService
	}
	return t
}

// roleFacts says in annotate's words what a flow showed. Both packages name the two ends of a flow and neither knows the other.
func roleFacts(proto decode.Proto, a, b uint16, f flow.Facts) annotate.RoleFacts {
	return annotate.RoleFacts{Proto: proto, PortA: a, PortB: b,
		SYNFrom: end(f.Asked), SYNACKFrom: end(f.Answered), FirstFrom: end(f.First)}
}

func end(s flow.Side) annotate.Side {
	return [...]annotate.Side{flow.None: annotate.NoSide, flow.A: annotate.SideA, flow.B: annotate.SideB}[s]
}

func side(s annotate.Side) flow.Side {
	return [...]flow.Side{annotate.NoSide: flow.None, annotate.SideA: flow.A, annotate.SideB: flow.B}[s]
}

// ServiceSide says for a flow table which end's port the flow counts for.
func ServiceSide(k flow.Key, f flow.Facts) flow.Side {
	_, s := annotate.ServicePort(roleFacts(k.Proto, k.A.Port, k.B.Port, f))
	if s == annotate.SideB {
		return flow.B
	}
	return flow.A
}
