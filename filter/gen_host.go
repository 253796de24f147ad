package filter

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/linktype"
)

// Offsets in bytes: in IPv4's header, RFC 791 section 3.1, in IPv6's, RFC 8200 section 3, and in
// ARP's message for IPv4, RFC 826.
const (
	ipv4Frag  = 6
	ipv4Proto = 9
	ipv4Src   = 12
	ipv4Dst   = 16
	ipv6Next  = 6
	ipv6Src   = 8
	ipv6Dst   = 24
	ipv6Len   = 40
	arpSrc    = 14
	arpDst    = 24
)

func (id *withID) generate(g *generator) (*cond, error) {
	if err := wlanOnly(id.q, id.id); err != nil {
		return nil, err
	}
	switch id.id.kind {
	case kindNumber:
		return id.byNumber(g)
	case kindDotted:
		return id.byDotted(g)
	case kindIPv6:
		return id.byIPv6(g)
	case kindMAC:
		if id.q.proto != "ether" || id.q.kind != "" && id.q.kind != "host" {
			return nil, &Error{At: id.id.at, End: id.id.end,
				Problem: "an Ethernet address needs ether before it",
				Hint:    "did you mean ether host " + id.id.text + "?"}
		}
		return g.etherHost(id.id.mac, id.q.dir, id.id)
	}
	return id.byName(g)
}

// byNumber handles a single number: a port, a protocol, or an address written as one number.
func (id *withID) byNumber(g *generator) (*cond, error) {
	switch n := id.id.num; id.q.kind {
	case "port":
		return g.ports(id.q, id.id, portSpan{low: n, high: n})
	case "portrange":
		return g.ports(id.q, id.id, portSpan{low: n, high: n, ordered: true})
	case "proto":
		return g.proto(n, id.q.proto, id.id)
	case "protochain":
		return g.protochain(n, id.q.proto, id.id)
	case "gateway":
		return nil, fail(id.id, "gateway needs a name")
	case "net":
		addr, mask := classless(n)
		return g.ipv4Host(addr, mask, id.q, id.id)
	default:
		if id.q.proto == "decnet" {
			return g.decnetHost(n, id.q.dir, id.id)
		}
		return g.ipv4Host(n, 0xffffffff, id.q, id.id)
	}
}

// byDotted handles an IPv4 address or network of two to four numbers.
func (id *withID) byDotted(g *generator) (*cond, error) {
	if id.q.proto == "decnet" && id.mask.kind == kindEnd &&
		(id.q.kind == "" || id.q.kind == "host") {
		area, node, ok := decnetAddress(id.id.text)
		if !ok {
			return nil, fail(id.id, "a DECnet address is two numbers such as 10.123")
		}
		return g.decnetHost(area<<10|node, id.q.dir, id.id)
	}
	addr, parts, ok := dottedAddress(id.id.text)
	if !ok {
		return nil, fail(id.id, "each number of an IPv4 address is 255 at most")
	}
	mask := ^uint32(0) << (32 - 8*parts)
	addr <<= 32 - 8*parts
	if id.mask.kind != kindEnd {
		var err error
		if mask, err = id.ipv4Mask(); err != nil {
			return nil, err
		}
		if id.q.kind != "net" {
			return nil, &Error{At: id.mask.at, End: id.mask.end,
				Problem: "only a network has a mask", Hint: "did you mean net?"}
		}
		if addr&^mask != 0 {
			return nil, &Error{At: id.id.at, End: id.mask.end,
				Problem: "bits are set outside of the mask",
				Hint:    "did you mean " + netip.AddrFrom4(quad(addr&mask)).String() + "?"}
		}
	}
	switch id.q.kind {
	case "", "host", "net":
		return g.ipv4Host(addr, mask, id.q, id.id)
	}
	return nil, fail(id.id, "%s takes no address", id.q.kind)
}

// classless returns the address and the mask of a network that is written as one number. It shifts
// the number to the first byte: 10 is 10.0.0.0/8, and 256 is 1.0.0.0/16.
func classless(n uint32) (addr, mask uint32) {
	mask = 0xffffffff
	for n != 0 && n>>24 == 0 {
		n, mask = n<<8, mask<<8
	}
	return n, mask
}

func quad(addr uint32) (b [4]byte) {
	binary.BigEndian.PutUint32(b[:], addr)
	return b
}

// dottedAddress parses numbers with dots between them; the last one is in the lowest byte of addr.
func dottedAddress(s string) (addr uint32, parts int, ok bool) {
	for p := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return 0, 0, false
		}
		addr, parts = addr<<8|uint32(n), parts+1
	}
	return addr, parts, true
}

// ipv4Mask returns the mask, which is written as a mask or as a length.
func (id *withID) ipv4Mask() (uint32, error) {
	if !id.slash {
		m, parts, ok := dottedAddress(id.mask.text)
		if !ok {
			return 0, fail(id.mask, "each number of a mask is 255 at most")
		}
		return m << (32 - 8*parts), nil
	}
	if id.mask.num > 32 {
		return 0, fail(id.mask, "an IPv4 address has 32 bits")
	}
	return uint32(0xffffffff << (32 - uint64(id.mask.num))), nil
}

// byIPv6 handles an IPv6 address or network.
func (id *withID) byIPv6(g *generator) (*cond, error) {
	bits := uint32(128)
	if id.mask.kind != kindEnd {
		bits = id.mask.num
	}
	prefix := netip.PrefixFrom(netip.AddrFrom16(id.id.ip.As16()), int(min(bits, 128)))
	switch {
	case bits > 128:
		return nil, fail(id.mask, "an IPv6 address has 128 bits")
	case prefix.Masked() != prefix:
		return nil, &Error{At: id.id.at, End: id.mask.end,
			Problem: "bits are set after the prefix",
			Hint:    "did you mean " + prefix.Masked().String() + "?"}
	case id.q.kind != "" && id.q.kind != "host" && id.q.kind != "net":
		return nil, fail(id.id, "%s takes no address", id.q.kind)
	case bits != 128 && id.q.kind != "net":
		return nil, &Error{At: id.mask.at, End: id.mask.end,
			Problem: "only a network has a prefix length", Hint: "did you mean net?"}
	case id.q.proto != "" && id.q.proto != "ip6":
		return nil, fail(id.id, "%s has no IPv6 addresses", id.q.proto)
	}
	return g.ipv6Host(prefix, id.q.dir, id.id)
}

// ipv4Host tests for an IPv4 address or network, in IPv4 headers and ARP and RARP messages.
func (g *generator) ipv4Host(addr, mask uint32, q qualifiers, t token) (*cond, error) {
	c, err := g.ipv4In(addr, mask, q, t)
	if err != nil || q.proto != "" && q.proto != "ip" {
		return c, err
	}
	return g.orDecoded(c, func(s *Decoded) bool {
		return slices.ContainsFunc(s.Addrs, func(a DecodedAddrs) bool {
			in := func(a netip.Addr) bool {
				b := a.AsSlice()
				return len(b) == 4 && binary.BigEndian.Uint32(b)&mask == addr
			}
			return eitherDecoded(q.dir, in(a.Src), in(a.Dst))
		})
	}), nil
}

func (g *generator) ipv4In(addr, mask uint32, q qualifiers, t token) (*cond, error) {
	switch q.proto {
	case "ip":
		return g.hostIn(etherIPv4, addr, mask, q.dir, ipv4Src, ipv4Dst, t)
	case "arp", "rarp":
		return g.hostIn(etherTypes[q.proto], addr, mask, q.dir, arpSrc, arpDst, t)
	case "":
	case "ether":
		return nil, &Error{At: t.at, End: t.end, Problem: "ether takes an Ethernet address",
			Hint: "did you mean host " + t.text + "?"}
	default:
		return nil, &Error{At: t.at, End: t.end, Problem: q.proto + " has no IPv4 addresses",
			Hint: "did you mean " + q.proto + " and host " + t.text + "?"}
	}
	c, err := g.hostIn(etherIPv4, addr, mask, q.dir, ipv4Src, ipv4Dst, t)
	if err != nil || g.link.labels > 0 {
		return c, err // after labels ARP cannot be recognized
	}
	for _, proto := range []uint32{etherARP, etherRARP} {
		next, err := g.hostIn(proto, addr, mask, q.dir, arpSrc, arpDst, t)
		if err != nil {
			return nil, err
		}
		c = or(c, next)
	}
	return c, nil
}

// hostIn tests for an address at a protocol's offsets of source and destination.
func (g *generator) hostIn(proto, addr, mask uint32, dir string, src, dst uint32, t token) (*cond,
	error) {
	is, err := g.linkIs(proto, t)
	if err != nil {
		return nil, err
	}
	at := func(off uint32) *cond { return and(is, g.masked(g.net(off, 4), addr, mask)) }
	return either(dir, at(src), at(dst)), nil
}

// ipv6Host tests for an IPv6 address or network, word by word.
func (g *generator) ipv6Host(p netip.Prefix, dir string, t token) (*cond, error) {
	is, err := g.linkIs(etherIPv6, t)
	if err != nil {
		return nil, err
	}
	addr := p.Addr().As16()
	at := func(off uint32) *cond {
		c := is
		for i := range 4 {
			set := min(max(p.Bits()-32*i, 0), 32)
			c = and(c, g.masked(g.net(off+uint32(4*i), 4), binary.BigEndian.Uint32(addr[4*i:]),
				uint32(0xffffffff<<(32-uint64(set)))))
		}
		return c
	}
	return g.orDecoded(either(dir, at(ipv6Src), at(ipv6Dst)), func(s *Decoded) bool {
		return slices.ContainsFunc(s.Addrs, func(a DecodedAddrs) bool {
			return eitherDecoded(dir,
				p.Contains(a.Src), p.Contains(a.Dst))
		})
	}), nil
}

// etherHost tests for an Ethernet address. It compares the last four bytes first, because they
// differ most.
func (g *generator) etherHost(mac [6]byte, dir string, t token) (*cond, error) {
	if g.link.typ != linktype.Ethernet {
		return nil, fail(t, "%s has no Ethernet addresses", g.link.name)
	}
	at := func(off uint32) *cond {
		return and(g.v.eq(g.at(g.link.header, off+2, 4), binary.BigEndian.Uint32(mac[2:])),
			g.v.eq(g.at(g.link.header, off, 2), uint32(binary.BigEndian.Uint16(mac[:]))))
	}
	return all(g.hasEthernet(), either(dir, at(6), at(0))), nil
}

// hasEthernet returns the condition that there is an Ethernet header, nil if there always is one.
// In Geneve it may be missing; then the payload begins in its place.
func (g *generator) hasEthernet() *cond {
	if !g.link.geneve {
		return nil
	}
	return not(g.v.test(g.link.header.base, jmpEq, g.link.payload.base))
}
