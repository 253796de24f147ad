package filter

import "github.com/portsniff/portsniff/linktype"

// Values of PPP's protocol field, IANA's registry.
const (
	pppIPv4      = 0x0021
	pppISO       = 0x0023
	pppDECnet    = 0x0027
	pppAppleTalk = 0x0029
	pppIPX       = 0x002b
	pppBridge    = 0x0031
	pppIPv6      = 0x0057
	pppMPLS      = 0x0281
)

// Protocol types of Linux cooked capture below 1536, from Linux's include/uapi/linux/if_ether.h.
const (
	cooked802_3 = 1 // Novell's raw 802.3
	cooked802_2 = 4
)

// pppTypes maps EtherTypes and service access points to PPP protocols.
var pppTypes = map[uint32]uint32{etherIPv4: pppIPv4, etherIPv6: pppIPv6, etherDECnet: pppDECnet,
	etherAppleTalk: pppAppleTalk,
	sapISO:         pppISO, sapSTP: pppBridge, sapIPX: pppIPX, etherMPLS: pppMPLS}

// families are the address families in loopback headers. 2 is IPv4 on all systems. IPv6 is 24 on
// NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS. libpcap tests them in this order.
var families = map[uint32][]uint32{etherIPv4: {2}, etherIPv6: {30, 24, 28}}

// linkIs tests the link header's next protocol: an EtherType, or up to 1500 a service access point
// of LLC.
func (g *generator) linkIs(proto uint32, t token) (*cond, error) {
	if g.link.labels > 0 {
		return g.labeled(proto, t)
	}
	field := func() *value { return g.at(g.link.proto, 0, 2) }
	switch g.link.typ {
	case linktype.Ethernet:
		return g.etherIs(proto), nil
	case linktype.SLL:
		return g.cookedIs(proto), nil
	case linktype.PPP, linktype.PPPSerial:
		if p, ok := pppTypes[proto]; ok && (proto != etherMPLS || g.link.typ == linktype.PPP) {
			proto = p
		}
	case linktype.CiscoHDLC:
		if proto == sapISO {
			proto = sapISO<<8 | sapISO
		}
	case linktype.SLL2:
		// Unlike in version 1, only the number itself is compared.
	case linktype.Null, linktype.Loop:
		return g.familyIs(families[proto]), nil
	default:
		return g.versionIs(proto), nil
	}
	return g.v.eq(field(), proto), nil
}

// etherIs tests the type field of an Ethernet frame, or LLC if that field is a length, IEEE 802.3
// section 3.2.6.
func (g *generator) etherIs(proto uint32) *cond {
	field := g.at(g.link.proto, 0, 2)
	isLength := not(g.v.test(field, jmpGt, g.v.constant(maxLength802_3)))
	switch proto {
	case sapISO, sapIP, sapNetBEUI:
		return and(isLength, g.v.eq(g.llc(0, 2), proto<<8|proto))
	case sapSTP:
		return and(isLength, g.v.eq(g.llc(0, 1), proto))
	case sapIPX:
		raw := or(g.v.eq(g.llc(0, 1), sapIPX), g.v.eq(g.llc(0, 2), 0xffff))
		return or(g.v.eq(field, etherIPX), and(isLength, or(g.snap(0, etherIPX), raw)))
	case etherAppleTalk, etherAARP:
		return or(g.v.eq(field, proto), and(isLength, g.snap(snapOUI(proto), proto)))
	}
	if proto <= maxLength802_3 {
		return and(isLength, g.v.eq(g.at(g.link.proto, 2, 1), proto))
	}
	return g.v.eq(field, proto)
}

// snapOUI returns the organization in a protocol's SNAP header: Apple's for AppleTalk.
func snapOUI(proto uint32) uint32 {
	if proto == etherAppleTalk {
		return 0x080007
	}
	return 0
}

// llc returns size bytes of the LLC header.
func (g *generator) llc(off, size uint32) *value { return g.at(g.link.payload, off, size) }

// snap tests for an LLC header with SNAP, RFC 1042: AA AA 03, an organization and a type. It
// compares the second half first, as libpcap does.
func (g *generator) snap(oui, proto uint32) *cond {
	return and(g.v.eq(g.llc(4, 4), oui<<16|proto), g.v.eq(g.llc(0, 4), 0xaaaa0300|oui>>16))
}

// cookedIs tests the protocol field of a Linux cooked header.
func (g *generator) cookedIs(proto uint32) *cond {
	field := g.at(g.link.proto, 0, 2)
	isLLC := g.v.eq(field, cooked802_2)
	switch proto {
	case sapISO, sapIP, sapNetBEUI:
		return and(isLLC, g.v.eq(g.llc(0, 2), proto<<8|proto))
	case sapIPX:
		inLLC := and(isLLC, or(g.v.eq(g.llc(0, 1), sapIPX), g.snap(0, etherIPX)))
		return or(g.v.eq(field, etherIPX), or(g.v.eq(field, cooked802_3), inLLC))
	case etherAppleTalk, etherAARP:
		return or(g.v.eq(field, proto), and(isLLC, g.snap(snapOUI(proto), proto)))
	}
	if proto <= maxLength802_3 {
		return and(isLLC, g.v.eq(g.llc(0, 1), proto))
	}
	return g.v.eq(field, proto)
}

// familyIs tests the address family of a loopback header. With linktype.Null the family is in the
// byte order of the capturing host. The frame does not contain that order, so either order matches.
func (g *generator) familyIs(families []uint32) *cond {
	c := never
	for _, f := range families {
		field := g.at(g.link.header, 0, 4)
		this := g.v.eq(field, f)
		if g.link.typ == linktype.Null {
			this = or(g.v.eq(field, f<<24), this)
		}
		if c == never {
			c = this
		} else {
			c = or(c, this)
		}
	}
	return c
}

// versionIs tests the version of a bare IP header. If the link type determines the version, it
// tests nothing.
func (g *generator) versionIs(proto uint32) *cond {
	version := map[uint32]uint32{etherIPv4: 0x40, etherIPv6: 0x60}[proto]
	switch {
	case g.link.typ == linktype.IPv4 && proto == etherIPv4, g.link.typ == linktype.IPv6 &&
		proto == etherIPv6:
		return always
	case g.link.typ != linktype.Raw || version == 0:
		return never
	}
	return g.masked(g.at(g.link.header, 0, 1), version, 0xf0)
}

// labeled tests the protocol after MPLS labels, RFC 3032 section 2.1. The last label must be marked
// as the last, and only IP's version identifies the protocol.
func (g *generator) labeled(proto uint32, t token) (*cond, error) {
	version := map[uint32]uint32{etherIPv4: 0x40, etherIPv6: 0x60}[proto]
	if version == 0 {
		return nil, fail(t, "after MPLS labels only IPv4 and IPv6 can be recognized")
	}
	last := g.masked(g.at(g.link.payload, g.link.nl-2, 1), 1, 1)
	return and(last, g.masked(g.net(0, 1), version, 0xf0)), nil
}
