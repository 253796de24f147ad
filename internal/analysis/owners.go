package analysis

import (
	"net/netip"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/sockets"
)

// A Finder returns the owners of a packet's flow at the sender's end and at the receiver's end.
// fresh means that the flow begins with this packet.
type Finder func(src, dst sockets.Flow, fresh bool) (ofSrc, ofDst sockets.Owner)

// EndOwners are the owners of the two ends of a transport header. An end on another host has none.
type EndOwners struct {
	Src, Dst sockets.Owner
	New      bool // the owners differ from those last reported for this flow
}

// maxReported is the maximum number of flows that an Attributor remembers. Beyond that, it forgets
// all of them and reports their owners again.
const maxReported = 1 << 16

// An Attributor assigns the frames of a live capture to processes of this host.
type Attributor struct {
	find     Finder
	reported map[sockets.Flow]EndOwners
}

// NewAttributor returns an Attributor that looks up owners with find.
func NewAttributor(find Finder) *Attributor {
	return &Attributor{find, map[sockets.Flow]EndOwners{}}
}

// Attribute fills f.Owners. A header quoted in an ICMP error belongs to another packet and has
// none.
func (a *Attributor) Attribute(f *Frame) {
	f.Owners = f.Owners[:0]
	for i := range f.Transport {
		f.Owners = append(f.Owners, a.owners(f.Packet, &f.Transport[i]))
	}
}

func (a *Attributor) owners(p *decode.Packet, t *Transport) (o EndOwners) {
	if t.Quoted || !t.SrcAddr.IsValid() {
		return EndOwners{}
	}
	src := netip.AddrPortFrom(t.SrcAddr.Unmap(), t.TransportHeader.Src)
	dst := netip.AddrPortFrom(t.DstAddr.Unmap(), t.TransportHeader.Dst)
	fresh := t.InheritedFrom == 0 && p.Handshake(t.TransportHeader) == decode.OpensAsk
	from := sockets.Flow{Proto: t.Proto, Local: src, Remote: dst}
	o.Src, o.Dst = a.find(from, sockets.Flow{Proto: t.Proto, Local: dst, Remote: src}, fresh)
	o.New = a.changed(from, o)
	return o
}

// changed reports whether a flow's owners differ from those last reported, and remembers them. Both
// directions of a flow share one entry.
func (a *Attributor) changed(f sockets.Flow, o EndOwners) bool {
	if o == (EndOwners{}) {
		return false
	}
	if f.Local.Compare(f.Remote) > 0 {
		f.Local, f.Remote, o.Src, o.Dst = f.Remote, f.Local, o.Dst, o.Src
	}
	if a.reported[f] == o {
		return false
	}
	if len(a.reported) >= maxReported {
		clear(a.reported)
	}
	a.reported[f] = o
	return true
}
