package filter

import "errors"

// aluOps maps operators to instructions.
var aluOps = map[string]uint16{"+": aluAdd, "-": aluSub, "*": aluMul, "/": aluDiv, "%": aluMod,
	"&": aluAnd, "|": aluOr, "^": aluXor,
	"<<": aluLsh, ">>": aluRsh}

// number computes an arithmetic expression. The condition, nil if there is none, must be true for
// the number to exist: tcp[0] needs TCP. For an operator, only the left side's condition counts, as
// in libpcap: 1 + ip[0] reads any frame.
func (g *generator) number(n *number32) (*value, *cond, error) {
	switch n.op {
	case "":
		return g.v.constant(n.k), nil, g.hold(n, 1)
	case "len":
		return g.v.intern(value{op: valLen}), nil, g.hold(n, 1)
	case "load":
		return g.bytes(n)
	case "neg":
		v, need, err := g.number(n.a)
		if err != nil {
			return nil, nil, err
		}
		return g.v.neg(v), need, nil
	}
	a, need, err := g.number(n.a)
	if err != nil {
		return nil, nil, err
	}
	b, _, err := g.number(n.b)
	if err != nil {
		return nil, nil, err
	}
	g.live--
	v, err := g.v.arith(aluOps[n.op], a, b)
	var e *Error
	if errors.As(err, &e) {
		e.At, e.End = n.at, n.end
	}
	return v, need, err
}

// hold counts a number that is held until its operator's other side is computed. It rejects an
// expression that needs more than libpcap's registers, even if this package needs fewer.
func (g *generator) hold(n *number32, more int) error {
	if g.live += more; g.live+int(g.regs) > registers {
		return &Error{At: n.at, End: n.end,
			Problem: "the arithmetic needs too many registers; compute less in one comparison"}
	}
	return nil
}

// bytes computes a byte access.
func (g *generator) bytes(n *number32) (*value, *cond, error) {
	index, also, err := g.number(n.a)
	if err != nil {
		return nil, nil, err
	}
	if err := g.hold(n, 1); err != nil { // the index and the result at the same time
		return nil, nil, err
	}
	g.live--
	base, need, err := g.layer(n)
	if err != nil {
		return nil, nil, err
	}
	need = all(also, need)
	if base.base == nil {
		return g.v.load(index, base.k, n.size), need, nil
	}
	at, err := g.v.arith(aluAdd, index, base.base)
	if err != nil {
		return nil, nil, err
	}
	// the sum of a place and a small number, which may be part of the instruction
	if index.op == valConst && index.k <= 0xffff {
		return g.v.load(base.base, base.k+index.k, n.size), need, nil
	}
	return g.v.load(at, base.k, n.size), need, nil
}

// layer returns the start of the header of a byte access, and the condition that the header exists.
// Headers above IP are found in IPv4 only, and not in later fragments. icmp6 reads directly after
// the IPv6 header.
func (g *generator) layer(n *number32) (place, *cond, error) {
	head := token{at: n.at, end: n.at + len(n.proto)}
	net := place{g.link.payload.base, g.link.payload.k + g.link.nl}
	switch n.proto {
	case "ether":
		if g.link.cooked {
			return place{}, nil, fail(head,
				"on all interfaces at once the kernel's filter has no link header to look into")
		}
		return g.link.header, nil, nil
	case "arp", "rarp", "ip", "ip6", "atalk", "decnet", "lat", "sca", "moprc", "mopdl":
		need, err := g.linkIs(etherTypes[n.proto], head)
		return net, need, err
	case "icmp6":
		need, err := g.linkIs(etherIPv6, head)
		return place{net.base, net.k + ipv6Len},
			all(need, g.netIs(ipv6Next, ipProtocols["ipv6-icmp"])), err
	case "tcp", "udp", "sctp", "icmp", "igmp", "igrp", "pim", "vrrp", "carp":
		ip, err := g.linkIs(etherIPv4, head)
		if err != nil {
			return place{}, nil, err
		}
		itself, err := g.protocol(n.proto, head)
		return place{g.ipv4Len(), net.k}, all(ip, itself, g.firstFragment()), err
	case "radio":
		return place{}, nil, fail(head,
			"only 802.11 captures have a radio header, and they can't be filtered here")
	}
	return place{}, nil, fail(head, "the bytes of this protocol can't be addressed")
}
