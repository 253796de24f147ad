package decode

import "github.com/google/gopacket/layers"

// An Unreachable is the part of a destination that an ICMP message reports as unreachable.
type Unreachable uint8

// The parts, by the codes of RFC 792, RFC 1812 section 5.2.7.1 and RFC 4443 section 3.1.
// "Fragmentation needed" is not one of them.
const (
	Reachable           Unreachable = iota
	NetUnreachable                  // no route, or none for the type of service or scope
	HostUnreachable                 // unreachable, isolated or unknown
	ProtocolUnreachable             // the host does not support the transport protocol
	PortUnreachable                 // nothing listens on the port
	Prohibited                      // an administrator's firewall rejects it
)

// unreachable4 and unreachable6 are indexed by the message's code.
var (
	unreachable4 = [...]Unreachable{0: NetUnreachable, 1: HostUnreachable, 2: ProtocolUnreachable,
		3: PortUnreachable, 5: NetUnreachable, 6: NetUnreachable, 7: HostUnreachable,
		8: HostUnreachable, 9: Prohibited, 10: Prohibited, 11: NetUnreachable, 12: HostUnreachable,
		13: Prohibited, 14: Prohibited, 15: Prohibited}
	unreachable6 = [...]Unreachable{0: NetUnreachable, 1: Prohibited, 2: NetUnreachable,
		3: HostUnreachable, 4: PortUnreachable, 5: Prohibited, 6: Prohibited}
)

// Unreachable returns why the transport header q, one of p.Ports, did not reach its destination.
// The ICMP or ICMPv6 error that quotes q contains the reason. It is Reachable without such an
// error.
func (p *Packet) Unreachable(q *TransportHeader) Unreachable {
	if !q.Quoted {
		return Reachable
	}
	for i := q.Layer - 1; i >= 0; i-- {
		if p.Layers[i].Quoted {
			continue
		}
		if m := p.ICMPv4(i); m != nil {
			return unreachable(m.TypeCode.Type() == layers.ICMPv4TypeDestinationUnreachable,
				m.TypeCode.Code(), unreachable4[:])
		}
		if m := p.ICMPv6(i); m != nil {
			return unreachable(m.TypeCode.Type() == layers.ICMPv6TypeDestinationUnreachable,
				m.TypeCode.Code(), unreachable6[:])
		}
		break
	}
	return Reachable
}

func unreachable(is bool, code uint8, codes []Unreachable) Unreachable {
	if !is || int(code) >= len(codes) {
		return Reachable
	}
	return codes[code]
}
