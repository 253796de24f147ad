package decode

import "github.com/google/gopacket/layers"

// Messages that refuse a port: RFC 792 (destination unreachable, port unreachable) and RFC 4443
// section 3.1 (the same).
const (
	icmpv4Refusal = layers.ICMPv4TypeCode(
		layers.ICMPv4TypeDestinationUnreachable<<8 | layers.ICMPv4CodePort)
	icmpv6Refusal = layers.ICMPv6TypeCode(
		layers.ICMPv6TypeDestinationUnreachable<<8 | layers.ICMPv6CodePortUnreachable)
)

// Refuses reports whether the transport header q, one of p.Ports, is quoted by an ICMP or ICMPv6
// error that says that nothing listens on its destination port.
func (p *Packet) Refuses(q *Ports) bool {
	if !q.Quoted {
		return false
	}
	for i := q.Layer - 1; i >= 0; i-- {
		if p.Layers[i].Quoted {
			continue
		}
		if m := p.ICMPv4(i); m != nil {
			return m.TypeCode == icmpv4Refusal
		}
		if m := p.ICMPv6(i); m != nil {
			return m.TypeCode == icmpv6Refusal
		}
		return false
	}
	return false
}
