package filter

import (
	"strings"

	"github.com/portsniff/portsniff/linktype"
)

// Offsets and values in link headers. Linux's packet type is the direction, in cooked captures and
// in live captures.
const (
	sllPktType   = 0
	sll2IfIndex  = 4
	sll2PktType  = 10
	pktOutgoing  = 4
	llcControl   = 2 // of the LLC header, IEEE 802.2
	ipv4TopClass = 224
	ipv6TopByte  = 255
)

// llcTypes are the kinds of LLC frames, as a mask for the control field and the masked value,
// IEEE 802.2 section 5.
var llcTypes = map[string]struct{ mask, value uint32 }{
	"i": {0x01, 0x00}, "s": {0x03, 0x01}, "u": {0x03, 0x03}, "rr": {0x0f, 0x01},
	"rnr": {0x0f, 0x05}, "rej": {0x0f, 0x09},
	"ui": {0xef, 0x03}, "ua": {0xef, 0x63}, "disc": {0xef, 0x43}, "dm": {0xef, 0x0f},
	"sabme": {0xef, 0x6f}, "test": {0xef, 0xe3}, "xid": {0xef, 0xaf},
	"frmr": {0xef, 0x87},
}

func (s *special) generate(g *generator) (*cond, error) {
	switch s.word.text {
	case "less":
		return not(g.v.test(g.v.intern(value{op: valLen}), jmpGt, g.v.constant(s.arg.num))), nil
	case "greater":
		return g.v.test(g.v.intern(value{op: valLen}), jmpGe, g.v.constant(s.arg.num)), nil
	case "broadcast":
		return g.broadcast(s)
	case "multicast":
		return g.multicast(s)
	case "inbound":
		c, err := g.outbound(s.word)
		return not(c), err
	case "outbound":
		return g.outbound(s.word)
	case "ifindex":
		return g.ifIndex(s)
	case "vlan":
		return g.vlan(s)
	case "mpls":
		return g.mpls(s)
	case "pppoed":
		return g.linkIs(etherPPPoED, s.word)
	case "pppoes":
		return g.pppoes(s)
	case "geneve":
		return g.geneve(s)
	}
	return g.isLLC(s)
}

// broadcast tests for the broadcast address of the link or of IPv4. The network mask is unknown, so
// only 0.0.0.0 and 255.255.255.255 count for IPv4.
func (g *generator) broadcast(s *special) (*cond, error) {
	switch s.proto {
	case "", "ether":
		if g.link.typ != linktype.Ethernet {
			return nil, fail(s.word, "%s has no broadcast address; ip broadcast may be meant",
				g.link.name)
		}
		return g.etherHost([6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "dst", s.word)
	case "ip":
		is, err := g.linkIs(etherIPv4, s.word)
		dst := g.net(ipv4Dst, 4)
		return and(is, or(g.v.eq(dst, 0), g.v.eq(dst, 0xffffffff))), err
	}
	return nil, fail(s.word, "only ether and ip have broadcast")
}

// multicast tests for the link's group bit, IEEE 802 section 8.2, or for the group addresses of
// IP.
func (g *generator) multicast(s *special) (*cond, error) {
	switch s.proto {
	case "", "ether":
		if g.link.typ != linktype.Ethernet {
			return nil, fail(s.word,
				"%s has no multicast addresses; ip multicast or ip6 multicast may be meant",
				g.link.name)
		}
		return all(g.hasEthernet(), g.v.test(g.at(g.link.header, 0, 1), jmpSet, g.v.constant(1))),
			nil
	case "ip":
		is, err := g.linkIs(etherIPv4, s.word)
		return and(is, g.v.test(g.net(ipv4Dst, 1), jmpGe, g.v.constant(ipv4TopClass))), err
	case "ip6":
		is, err := g.linkIs(etherIPv6, s.word)
		return and(is, g.netIs(ipv6Dst, ipv6TopByte)), err
	}
	return nil, fail(s.word, "only ether, ip and ip6 have multicast")
}

// outbound tests the direction: in the link header, or in the kernel's data for live captures.
func (g *generator) outbound(t token) (*cond, error) {
	switch {
	case g.link.typ == linktype.SLL:
		return g.v.eq(g.at(g.link.header, sllPktType, 2), pktOutgoing), nil
	case g.link.typ == linktype.SLL2 && !g.link.cooked:
		return g.v.eq(g.at(g.link.header, sll2PktType, 1), pktOutgoing), nil
	case g.opt.Live:
		return g.v.eq(g.v.load(nil, ancPktType, 2), pktOutgoing), nil
	}
	return nil, fail(t, "%s frames in a file have no direction", g.link.name)
}

// ifIndex tests the index of the interface.
func (g *generator) ifIndex(s *special) (*cond, error) {
	switch {
	case g.link.typ == linktype.SLL2 && !g.link.cooked:
		return g.v.eq(g.at(g.link.header, sll2IfIndex, 4), s.arg.num), nil
	case g.opt.Live:
		return g.v.eq(g.v.load(nil, ancIfIndex, 4), s.arg.num), nil
	}
	return nil, fail(s.word, "%s frames in a file have no interface number", g.link.name)
}

// isLLC tests for an LLC header, and for its type if the expression has one.
func (g *generator) isLLC(s *special) (*cond, error) {
	if g.link.typ != linktype.Ethernet {
		return nil, fail(s.word, "%s has no LLC frames", g.link.name)
	}
	isLength := not(g.v.test(g.at(g.link.proto, 0, 2), jmpGt, g.v.constant(maxLength802_3)))
	is := and(isLength, not(g.v.eq(g.llc(0, 2), 0xffff))) // FFFF is NetWare's raw 802.3
	if s.arg.kind == kindEnd {
		return is, nil
	}
	t, ok := llcTypes[strings.ToLower(s.arg.text)]
	if !ok {
		return nil, fail(s.arg, "no type of LLC frames")
	}
	return and(is, g.masked(g.llc(llcControl, 1), t.value, t.mask)), nil
}
