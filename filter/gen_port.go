package filter

import (
	"slices"
	"strings"
)

// portSpan is one port, or a range with both ends included. An ordered span is compared as a range
// even if it is a single port.
type portSpan struct {
	low, high uint32
	ordered   bool
}

// portProtocols are the protocols of port without a protocol, in libpcap's order.
var portProtocols = []string{"sctp", "tcp", "udp"}

// ports tests for port numbers. In IPv6 they are directly after the fixed header. In IPv4 they are
// after the options, and only if the packet is not a later fragment.
func (g *generator) ports(q qualifiers, t token, span portSpan) (*cond, error) {
	if span.low > 0xffff || span.high > 0xffff {
		return nil, fail(t, "the highest port is 65535")
	}
	if span.low > span.high {
		span.low, span.high = span.high, span.low
	}
	if !g.not {
		g.span = append(g.span, PortSpan{uint16(span.low), uint16(span.high)})
	}
	protos := portProtocols
	if q.proto != "" {
		if !slices.Contains(portProtocols, q.proto) {
			return nil, &Error{At: t.at, End: t.end, Problem: q.proto + " has no ports",
				Hint: "tcp, udp and sctp have"}
		}
		protos = []string{q.proto}
	}
	ip6, err := g.linkIs(etherIPv6, t)
	if err != nil {
		return nil, err
	}
	ip, err := g.linkIs(etherIPv4, t)
	if err != nil {
		return nil, err
	}
	var in6, in4 []*cond
	for _, p := range protos {
		number := ipProtocols[p]
		in6 = append(in6, and(g.netIs(ipv6Next, number),
			span.test(g, q.dir, g.net(ipv6Len, 2), g.net(ipv6Len+2, 2))))
		in4 = append(in4, all(g.netIs(ipv4Proto, number), g.firstFragment(),
			span.test(g, q.dir, g.transport(0, 2), g.transport(2, 2))))
	}
	return g.orDecoded(or(and(ip6, one(in6...)), and(ip, one(in4...))), func(s *Decoded) bool {
		return slices.ContainsFunc(s.Ports, func(p DecodedPorts) bool {
			in := func(port uint16) bool {
				return span.low <= uint32(port) &&
					uint32(port) <= span.high
			}
			return slices.Contains(protos, p.Proto) && eitherDecoded(q.dir, in(p.Src), in(p.Dst))
		})
	}), nil
}

// test compares the ports for a direction.
func (s portSpan) test(g *generator, dir string, src, dst *value) *cond {
	at := func(port *value) *cond {
		if !s.ordered {
			return g.v.eq(port, s.low)
		}
		return and(g.v.test(port, jmpGe, g.v.constant(s.low)),
			not(g.v.test(port, jmpGt, g.v.constant(s.high))))
	}
	return either(dir, at(src), at(dst))
}

// firstFragment tests for a fragment offset of 0 in IPv4. Other packets have no transport header,
// RFC 791 section 3.2.
func (g *generator) firstFragment() *cond {
	return not(g.v.test(g.net(ipv4Frag, 2), jmpSet, g.v.constant(0x1fff)))
}

// ipv4Len returns the distance from the start of the frame to the end of the IPv4 header, without
// constant offsets.
func (g *generator) ipv4Len() *value {
	at := g.link.payload.k + g.link.nl
	if g.link.payload.base == nil {
		return g.v.intern(value{op: valHeader, k: at})
	}
	words := g.v.and(g.v.load(g.link.payload.base, at, 1), 15)
	bytes, _ := g.v.arith(aluLsh, words, g.v.constant(2)) // shifting by 2 cannot fail
	end, _ := g.v.arith(aluAdd, bytes, g.link.payload.base)
	return end
}

// transport returns size bytes of the header after IPv4's.
func (g *generator) transport(off, size uint32) *value {
	return g.v.load(g.ipv4Len(), g.link.payload.k+g.link.nl+off, size)
}

// A Service is the port of a service's name.
type Service struct {
	Port  uint16
	Proto uint8 // 6 for TCP, 17 for UDP, 132 for SCTP
}

// service returns the port of a service, and the protocol that its name implies, "" if several
// protocols have that port. If the protocols' ports differ, TCP's port counts.
func (g *generator) service(name string, t token) (port uint32, proto string, err error) {
	if g.opt.Services == nil {
		return 0, "", fail(t, "service names are not known here; give the number")
	}
	found := map[uint8]uint16{}
	for _, s := range slices.Backward(g.opt.Services(name)) {
		found[s.Proto] = s.Port // the first one counts
	}
	for _, p := range []string{"tcp", "udp", "sctp"} {
		number, ok := found[uint8(ipProtocols[p])]
		switch {
		case !ok:
		case proto == "" && port == 0:
			port, proto = uint32(number), p
		case uint32(number) == port:
			return port, "", nil
		}
	}
	if proto == "" {
		return 0, "", fail(t, "no service of that name is registered")
	}
	return port, proto, nil
}

// named handles a service name, or for portrange two names with a dash between them.
func (id *withID) named(g *generator) (*cond, error) {
	q, span := id.q, portSpan{ordered: id.q.kind == "portrange"}
	low, high, isRange := strings.Cut(id.id.text, "-")
	switch {
	case span.ordered && !isRange:
		return nil, &Error{At: id.id.at, End: id.id.end,
			Problem: "a range has two ends with a dash between", Hint: "did you mean port " + low +
				"?"}
	case !span.ordered && isRange && digits(low, 10) && digits(high, 10):
		return nil, &Error{At: id.id.at, End: id.id.end, Problem: "a range of ports is not a port",
			Hint: "did you mean portrange " + id.id.text + "?"}
	case !span.ordered:
		low, high = id.id.text, id.id.text
	}
	var protos [2]string
	var err error
	for i, end := range []struct {
		name string
		port *uint32
	}{{low, &span.low}, {high, &span.high}} {
		if span.ordered && digits(end.name, 10) {
			n, err := number(token{}, end.name, 10)
			if err != nil || n.num > 0xffff {
				return nil, fail(id.id, "the highest port is 65535")
			}
			*end.port = n.num
		} else if *end.port, protos[i], err = g.service(end.name, id.id); err != nil {
			return nil, err
		}
	}
	if implied := protos[0]; implied != "" && implied == protos[1] {
		if q.proto != "" && q.proto != implied && slices.Contains(portProtocols, q.proto) {
			return nil, fail(id.id, "this is a service of %s", implied)
		}
		q.proto = implied
	}
	return g.ports(q, id.id, span)
}
