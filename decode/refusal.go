package decode

// Types and codes that refuse a port: RFC 792 (destination unreachable, port unreachable) and RFC 4443 section 3.1 (the same).
const (
	icmpUnreachable     = 3
	icmpPortUnreachable = 3

	icmpv6Unreachable     = 1
	icmpv6PortUnreachable = 4
)

// Refuses tells whether the transport header q, one of p.Ports, is quoted by an ICMP or ICMPv6 error that says that nothing listens on its
// destination port.
func (p *Packet) Refuses(q *Ports) bool {
	if !q.Quoted {
		return false
	}
	for i := q.Layer - 1; i >= 0; i-- {
		l := p.Layers[i]
		if l.Quoted || l.At+2 > len(p.Data) {
			continue
		}
		h := ICMP(p.Data[l.At:])
		switch l.ID {
		case IDICMP:
			return h.Type() == icmpUnreachable && h.Code() == icmpPortUnreachable
		case IDICMPv6:
			return h.Type() == icmpv6Unreachable && h.Code() == icmpv6PortUnreachable
		}
		return false
	}
	return false
}
