package communityid

import (
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// AppendPacket appends the ID of a packet. It uses the ports or the ICMP type after the innermost
// IP header. Headers that an ICMP error quotes do not count. A later fragment has the ID of its
// datagram if the ports of the first fragment are known. A packet without a readable IP header has
// no ID.
func AppendPacket(out []byte, p *decode.Packet) []byte {
	net := p.LastNet()
	if net < 0 || p.IPv4(net) == nil && p.IPv6(net) == nil {
		return out
	}
	for i := range p.Ports {
		if q := &p.Ports[i]; q.Net == net && !q.Quoted {
			return AppendHeader(out, p, q)
		}
	}
	src, dst := p.Addrs(net)
	proto, ok := p.NextProtocol(net)
	for i := net + 1; i < len(p.Layers) && ok; i++ {
		switch l := &p.Layers[i]; l.ID {
		case decode.IDICMP, decode.IDICMPv6:
			if typ, code, ok := p.ICMPType(i); ok && !l.Quoted {
				return AppendICMP(out, src, dst, typ, code)
			}
			return AppendIP(out, proto, src, dst)
		case decode.IDHopByHop, decode.IDRouting, decode.IDDstOpts, decode.IDFragHdr:
			if next, ok := p.NextProtocol(i); ok {
				proto = next
			}
		case decode.IDAH: // the ID uses the number of AH, unless ports or an ICMP message follow
		default:
			return AppendIP(out, proto, src, dst)
		}
	}
	if !ok {
		return out
	}
	return AppendIP(out, proto, src, dst)
}

// AppendHeader appends the ID of the flow of one transport header.
func AppendHeader(out []byte, p *decode.Packet, q *decode.TransportHeader) []byte {
	src, dst := p.Addrs(q.Net)
	return AppendFlow(out, q.Proto, netip.AddrPortFrom(src, q.Src), netip.AddrPortFrom(dst, q.Dst))
}

// AppendFlow appends the ID of the flow of a protocol between two ends.
func AppendFlow(out []byte, proto decode.Transport, a, b netip.AddrPort) []byte {
	return AppendPorts(out, proto.Number(), a, b)
}
