package render

import (
	"net/netip"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// A Frame is one packet with all that is known of it. It is reused from packet to packet.
type Frame struct {
	Number    int64
	Time      time.Time
	HasTime   bool
	Interface int
	Len       int // on the wire, in bytes
	CapLen    int // captured, in bytes
	Comments  []string
	Packet    *decode.Packet
	Talks     []Talk // one for each of Packet.Ports, in the same order
}

// A Talk is what one pair of ports means.
type Talk struct {
	decode.Ports
	SrcAddr, DstAddr       netip.Addr
	SrcService, DstService string // IANA's name, "" where there is none or the port is a client's
	Client                 annotate.Side
	Evidence               annotate.Evidence
	Flags                  uint8 // TCP's control bits
	HasFlags               bool
}

// Annotate fills Talks from Packet. The tracker remembers who opened which flow.
func (f *Frame) Annotate(t *annotate.Tracker) {
	p := f.Packet
	f.Talks = f.Talks[:0]
	for _, ports := range p.Ports {
		k := Talk{Ports: ports}
		k.SrcAddr, k.DstAddr = p.Addrs(ports.Net)
		opening, answering := k.look(p)
		k.Client, k.Evidence = t.Role(k.Proto, k.SrcAddr, k.DstAddr, k.Src, k.Dst, opening, answering)
		k.SrcService = annotate.Label(k.Proto, k.Src, k.Client == annotate.SideSrc)
		k.DstService = annotate.Label(k.Proto, k.Dst, k.Client == annotate.SideDst)
		f.Talks = append(f.Talks, k)
	}
}

// look takes the flags of a TCP header and says whether the packet opens a connection or answers to that.
func (k *Talk) look(p *decode.Packet) (opening, answering bool) {
	if k.At < 0 {
		return false, false
	}
	h := p.Data[min(k.At, len(p.Data)):]
	switch k.Proto {
	case decode.ProtoTCP:
		if len(h) < decode.TCPMinLen || k.Quoted {
			return false, false
		}
		k.Flags, k.HasFlags = decode.TCP(h).Flags(), true
		syn, ack := k.Flags&decode.FlagSYN != 0, k.Flags&decode.FlagACK != 0
		return syn && !ack, syn && ack
	case decode.ProtoSCTP:
		if k.Layer+1 < len(p.Layers) && p.Layers[k.Layer+1].ID == decode.IDSCTPChunk {
			c := p.Data[p.Layers[k.Layer+1].At]
			return c == 1, c == 2
		}
	case decode.ProtoDCCP:
		if len(h) >= decode.DCCPMinLen {
			t := decode.DCCP(h).Type()
			return t == 0, t == 1
		}
	}
	return false, false
}

// Main is the pair of ports that the frame is about: the innermost of its own, or nil.
func (f *Frame) Main() *Talk {
	for i := len(f.Talks) - 1; i >= 0; i-- {
		if !f.Talks[i].Quoted && f.Talks[i].InheritedFrom == 0 {
			return &f.Talks[i]
		}
	}
	return nil
}
