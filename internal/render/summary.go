package render

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// Summary describes a packet without ports in a few words. It returns "" for a packet with ports.
func Summary(p *decode.Packet) string {
	if p.NoPorts == decode.HasPorts {
		return ""
	}
	if p.NoPorts == decode.LaterFragment && p.Frag.Is {
		return fragmentName(p.Frag)
	}
	i := lastOwn(p)
	if i < 0 {
		return p.Link.String()
	}
	return innermost(p, i)
}

// innermost names the header at index i, or the header that it announces as the next one.
func innermost(p *decode.Packet, i int) string {
	l := p.Layers[i]
	h := header(p, l)
	switch l.ID {
	case decode.IDARP:
		return arpName(h)
	case decode.IDICMP, decode.IDICMPv6:
		return icmpName(p, i)
	}
	if n := p.NextName(i); n != "" && l.At+l.Len <= len(p.Data) {
		return n
	}
	return layerName(l)
}

// layerName returns a short name: the key in capitals if the protocol is known by it, else the
// protocol's full name.
func layerName(l decode.Layer) string {
	if key := l.ID.String(); len(key) <= 4 && !strings.ContainsAny(key, "._") {
		return strings.ToUpper(key)
	}
	return l.Protocol().Name
}

func fragmentName(f decode.Fragment) string {
	name := decode.IPProtoName(f.Proto)
	if name == "" {
		name = fmt.Sprintf("IP protocol %d", f.Proto)
	}
	return name + " fragment"
}

func arpName(h []byte) string {
	arp := decode.ARP(h)
	sender, target := arp.Addrs()
	from, ok1 := netip.AddrFromSlice(sender)
	to, ok2 := netip.AddrFromSlice(target)
	switch {
	case !ok1 || !ok2:
		return "ARP"
	case arp.Opcode() == 1:
		return fmt.Sprintf("ARP who has %s, asks %s", to, from)
	case arp.Opcode() == 2:
		return fmt.Sprintf("ARP %s is here", from)
	}
	return fmt.Sprintf("ARP operation %d", arp.Opcode())
}

func icmpName(p *decode.Packet, i int) string {
	name, v6 := "ICMP", p.Layers[i].ID == decode.IDICMPv6
	if v6 {
		name = "ICMPv6"
	}
	typ, code, ok := p.ICMPType(i)
	if !ok {
		return name
	}
	if m := decode.ICMPMessage(v6, typ, code); m != "" {
		return name + " " + strings.ToLower(m)
	}
	return fmt.Sprintf("%s type %d", name, typ)
}

// tunnelName names the payload of the outermost IP header, for a packet whose ports are further
// inside, or would be.
func tunnelName(p *decode.Packet, net int) string {
	if net+1 < len(p.Layers) {
		return layerName(p.Layers[net+1])
	}
	return ""
}
