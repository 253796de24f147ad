package filter

import "github.com/portsniff/portsniff/linktype"

// Geneve, RFC 8926 section 3.4, after UDP's eight bytes.
const (
	genevePort = 6081
	udpLen     = 8
	geneveLen  = 8
)

// vlan tests for a VLAN tag, and moves all later offsets after it.
func (g *generator) vlan(s *special) (*cond, error) {
	switch {
	case g.link.labels > 0:
		return nil, fail(s.word, "after MPLS labels there is no VLAN tag to be found")
	case g.link.typ != linktype.Ethernet:
		return nil, fail(s.word, "%s has no VLAN tags", g.link.name)
	case s.arg.kind != kindEnd && s.arg.num > 0xfff:
		return nil, fail(s.arg, "a VLAN has a number of 12 bits, 4095 at most")
	}
	if g.opt.Live && !g.link.tagged && g.link.payload.base == nil && g.link.payload.k == 14 {
		return g.vlanLive(s)
	}
	is := g.hasTag()
	if s.arg.kind != kindEnd {
		is = and(is, g.masked(g.at(g.link.payload, 0, 2), s.arg.num, 0xfff))
	}
	g.link.payload.k += 4
	g.link.proto.k += 4
	return is, nil
}

// hasTag tests for the EtherTypes of tags: IEEE 802.1Q, 802.1ad, and an older one.
func (g *generator) hasTag() *cond {
	field := g.at(g.link.proto, 0, 2)
	return or(or(g.v.eq(field, etherVLAN), g.v.eq(field, etherQinQ)), g.v.eq(field, etherOldQinQ))
}

// vlanLive tests for the first tag of a live frame. Linux usually removes that tag before a filter
// runs, and provides it as ancillary data. Otherwise the tag is in the frame, and all later offsets
// are four bytes larger.
func (g *generator) vlanLive(s *special) (*cond, error) {
	reg, err := g.reserve(s.word, 1)
	if err != nil {
		return nil, err
	}
	here := g.v.eq(g.v.load(nil, ancVLANHere, 1), 1)
	tag, further := g.hasTag(), g.v.constant(4)
	set, shift := g.storing(reg, further)
	inFrame := all(set, tag)
	if s.arg.kind != kindEnd {
		here = and(here, g.masked(g.v.load(nil, ancVLANTCI, 2), s.arg.num, 0xfff))
		inFrame = and(inFrame, g.masked(g.at(g.link.payload, 0, 2), s.arg.num, 0xfff))
		// If the removed tag is another one, the frame is not searched for a second tag.
		inFrame = and(not(g.v.eq(g.v.load(nil, ancVLANHere, 1), 1)), inFrame)
	}
	g.link.tagged = true
	g.link.payload.base, g.link.proto.base = shift, shift
	return or(here, inFrame), nil
}

// mpls tests for a label, RFC 3032 section 2.1, and moves the network header after it.
func (g *generator) mpls(s *special) (*cond, error) {
	if s.arg.kind != kindEnd && s.arg.num > 0xfffff {
		return nil, fail(s.arg, "a label has 20 bits, 1048575 at most")
	}
	var is *cond
	var err error
	switch {
	case g.link.labels > 0: // the previous label must not be the last
		is = g.masked(g.at(g.link.payload, g.link.nl-2, 1), 0, 1)
	case g.link.typ == linktype.Ethernet, g.link.typ == linktype.PPP,
		g.link.typ == linktype.CiscoHDLC:
		is, err = g.linkIs(etherMPLS, s.word)
	default:
		return nil, fail(s.word, "%s has no MPLS labels", g.link.name)
	}
	if s.arg.kind != kindEnd {
		is = and(is, g.masked(g.net(0, 4), s.arg.num<<12, 0xfffff000))
	}
	g.link.nl += 4
	g.link.noSNAP += 4
	g.link.labels++
	return is, err
}

// pppoes tests for a PPPoE session, RFC 2516 section 4, which carries PPP.
func (g *generator) pppoes(s *special) (*cond, error) {
	if s.arg.kind != kindEnd && s.arg.num > 0xffff {
		return nil, fail(s.arg, "a session has a number of 16 bits, 65535 at most")
	}
	is, err := g.linkIs(etherPPPoES, s.word)
	if err != nil {
		return nil, err
	}
	if s.arg.kind != kindEnd {
		is = and(is, g.masked(g.net(0, 4), s.arg.num, 0xffff))
	}
	ppp := place{g.link.payload.base, g.link.payload.k + g.link.nl + 6}
	g.link = link{typ: linktype.PPP, name: linkTable[linktype.PPP].name, header: ppp, proto: ppp,
		payload: place{ppp.base, ppp.k + 2},
		labels:  g.link.labels, geneve: g.link.geneve, tagged: true}
	return is, nil
}

// geneve tests for a Geneve header. It moves all later offsets after that header and after the
// inner Ethernet header, if any. These positions depend on the frame and are stored in three
// registers.
func (g *generator) geneve(s *special) (*cond, error) {
	if s.arg.kind != kindEnd && s.arg.num > 0xffffff {
		return nil, fail(s.arg, "a Geneve network has a number of 24 bits, 16777215 at most")
	}
	reg, err := g.reserve(s.word, 3)
	if err != nil {
		return nil, err
	}
	start := g.link.payload.k + g.link.nl
	ip4, err := g.geneveIn(etherIPv4, s, func(off,
		size uint32) *value {
		return g.transport(off, size)
	})
	if err != nil {
		return nil, err
	}
	set4, _ := g.storing(reg, g.v.plus(g.ipv4Len(), start+udpLen))
	ip6, err := g.geneveIn(etherIPv6, s, func(off,
		size uint32) *value {
		return g.net(ipv6Len+off, size)
	})
	if err != nil {
		return nil, err
	}
	end := g.v.constant(start + ipv6Len + udpLen)
	if g.link.payload.base != nil {
		end = g.v.plus(g.link.payload.base, end.k)
	}
	set6, header := g.storing(reg, end)
	return all(or(and(ip4, set4), and(ip6, set6)), g.afterGeneve(reg, header)), nil
}

// geneveIn tests for UDP to Geneve's port, version 0 and the network's number, in IPv4 or IPv6.
func (g *generator) geneveIn(ip uint32, s *special, udp func(off, size uint32) *value) (*cond,
	error) {
	is, err := g.linkIs(ip, s.word)
	if err != nil {
		return nil, err
	}
	if ip == etherIPv4 {
		is = all(is, g.netIs(ipv4Proto, ipProtocols["udp"]), g.firstFragment())
	} else {
		is = and(is, g.netIs(ipv6Next, ipProtocols["udp"]))
	}
	is = all(is, g.v.eq(udp(2, 2), genevePort), g.masked(udp(udpLen, 1), 0, 0xc0))
	if s.arg.kind != kindEnd {
		is = and(is, g.masked(udp(udpLen+4, 4), s.arg.num<<8, 0xffffff00))
	}
	return is, nil
}

// afterGeneve stores the positions of the type, the link header and the payload inside Geneve. The
// first register contains the position of the Geneve header, and finally that of the payload.
func (g *generator) afterGeneve(reg uint32, header *value) *cond {
	// in words of four bytes
	options, _ := g.v.arith(aluMul, g.v.and(g.v.load(header, 0, 1), 0x3f), g.v.constant(4))
	length := g.v.plus(options, geneveLen)
	inside, _ := g.v.arith(aluAdd, length, header)

	typeAt, _ := g.storing(reg+1, g.v.plus(header, 2))
	headerAt, inner := g.storing(reg+2, inside)
	notEthernet := not(g.v.eq(g.v.load(header, 2, 2), etherBridge))
	innerType, _ := g.storing(reg+1, g.v.plus(inner, 12))
	innerPayload, _ := g.storing(reg, g.v.plus(inner, 14))
	direct, payload := g.storing(reg, inner)
	// Either branch has written the registers once more, so one value is valid after both.
	proto := g.v.mem(reg+1, g.ver)

	g.link = link{typ: linktype.Ethernet, name: linkTable[linktype.Ethernet].name,
		header: place{base: inner}, proto: place{base: proto},
		payload: place{base: payload}, noSNAP: g.link.noSNAP, labels: g.link.labels, geneve: true,
		tagged: true}
	return all(typeAt, headerAt, or(and(notEthernet, direct), and(innerType, innerPayload)))
}
