package render

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/sockets"
)

// A Finder tells who owns the two ends of a packet's flow, seen from its sender and from its receiver, as sockets.Watch.Owner does for one. fresh says
// that the flow begins with this packet.
type Finder func(src, dst sockets.Flow, fresh bool) (ofSrc, ofDst sockets.Owner)

// Ends are the owners of the two ends of a transport header. Of an end elsewhere nothing is known.
type Ends struct {
	Src, Dst sockets.Owner
	News     bool // the flow's owners were not told of yet
}

// maxTold is how many flows Owners remembers having told of; then it begins anew, and tells again.
const maxTold = 1 << 16

// Owners ties frames of a live capture to the processes of this host.
type Owners struct {
	find Finder
	told map[sockets.Flow]Ends
}

// NewOwners asks find.
func NewOwners(find Finder) *Owners { return &Owners{find, map[sockets.Flow]Ends{}} }

// Attribute finds the owners of each of a frame's transport headers. What an ICMP error quotes is another packet's and has none.
func (o *Owners) Attribute(f *Frame) {
	f.Owners = f.Owners[:0]
	for i := range f.Transport {
		f.Owners = append(f.Owners, o.ends(f.Packet, &f.Transport[i]))
	}
}

func (o *Owners) ends(p *decode.Packet, t *Transport) (e Ends) {
	if t.Quoted || !t.SrcAddr.IsValid() {
		return Ends{}
	}
	src, dst := netip.AddrPortFrom(t.SrcAddr.Unmap(), t.Ports.Src), netip.AddrPortFrom(t.DstAddr.Unmap(), t.Ports.Dst)
	fresh := t.InheritedFrom == 0 && p.Opening(t.Ports) == decode.OpensAsk
	from := sockets.Flow{Proto: t.Proto, Local: src, Remote: dst}
	e.Src, e.Dst = o.find(from, sockets.Flow{Proto: t.Proto, Local: dst, Remote: src}, fresh)
	e.News = o.news(from, e)
	return e
}

// news tells whether the owners of a flow are others than those told of last, and remembers them. The ends are put in one order for both directions.
func (o *Owners) news(f sockets.Flow, e Ends) bool {
	if e == (Ends{}) {
		return false
	}
	if f.Local.Compare(f.Remote) > 0 {
		f.Local, f.Remote, e.Src, e.Dst = f.Remote, f.Local, e.Dst, e.Src
	}
	if o.told[f] == e {
		return false
	}
	if len(o.told) >= maxTold {
		clear(o.told)
	}
	o.told[f] = e
	return true
}

// processLine tells the owners of a flow when there is something new, "" where there is not.
func processLine(e *Ends) string {
	if !e.News {
		return ""
	}
	var parts []string
	for _, end := range []struct {
		name  string
		owner *sockets.Owner
	}{{"src", &e.Src}, {"dst", &e.Dst}} {
		if text := ownerText(end.owner); text != "" {
			parts = append(parts, end.name+" "+text)
		}
	}
	return strings.Join(parts, "; ")
}

// ownerText is an owner in words: name/PID, how many more processes there are, the user, and the confidence where it is not exact.
func ownerText(o *sockets.Owner) string {
	user := ""
	if o.User != "" {
		user = " of " + Escape(o.User)
	}
	switch {
	case o.Confidence == sockets.Gone:
		return "gone"
	case !o.Known() && user != "":
		return "a process" + user
	case !o.Known():
		return ""
	}
	text := Escape(o.Name) + "/" + strconv.Itoa(o.PID)
	if o.More > 0 {
		text += " +" + strconv.Itoa(o.More)
	}
	text += user
	if o.Confidence != sockets.Exact {
		text += " (" + string(o.Confidence) + ")"
	}
	return text
}

// owners writes the owners of both ends: the sender's, and the receiver's under a key of its own where both are this host's.
func (j *JSONWriter) owners(e *Ends) {
	key := `,"process":{"end":`
	for _, end := range []struct {
		name  string
		owner *sockets.Owner
	}{{"src", &e.Src}, {"dst", &e.Dst}} {
		o := end.owner
		if *o == (sockets.Owner{}) {
			continue
		}
		j.text(key, end.name)
		j.number(`,"pid":`, int64(o.PID))
		j.text(`,"name":`, o.Name)
		j.text(`,"user":`, o.User)
		j.number(`,"more":`, int64(o.More))
		j.text(`,"confidence":`, string(o.Confidence))
		j.raw("}")
		key = `,"peer_process":{"end":`
	}
}
