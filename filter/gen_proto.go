package filter

import (
	"slices"
	"strings"

	"github.com/portsniff/portsniff/linktype"
)

// isisTypes are the PDU types of IS-IS, ISO/IEC 10589, for its words, in the order of libpcap's
// tests.
var isisTypes = map[string][]uint32{
	"l1": {26, 24, 18, 15, 17}, "l2": {27, 25, 20, 16, 17}, "iih": {17, 15, 16}, "lsp": {18, 20},
	"snp":  {27, 26, 24, 25},
	"csnp": {24, 25}, "psnp": {26, 27},
}

func (a *abbreviation) generate(g *generator) (*cond, error) {
	c, err := g.protocol(a.word.text, a.word)
	if err != nil {
		return nil, err
	}
	return g.orDecoded(c, func(s *Decoded) bool { return slices.Contains(s.Protos, a.word.text) }),
		nil
}

// protocol tests for a protocol that is named by its word alone.
func (g *generator) protocol(word string, t token) (*cond, error) {
	switch word {
	case "tcp", "udp", "sctp", "pim", "ah", "esp":
		return g.proto(ipProtocols[word], "", t)
	case "icmp", "igmp", "vrrp":
		return g.proto(ipProtocols[word], "ip", t)
	case "igrp":
		return g.proto(ipProtocols["igp"], "ip", t)
	case "carp":
		return g.proto(ipProtocols["vrrp"], "ip", t) // CARP uses VRRP's number
	case "icmp6":
		return g.proto(ipProtocols["ipv6-icmp"], "ip6", t)
	case "clnp", "esis", "isis":
		return g.proto(isoProtocols[word], "iso", t)
	case "ether":
		return nil, &Error{At: t.at, End: t.end, Problem: "expected more after it",
			Hint: "did you mean ether host, ether proto or ether multicast?"}
	case "radio":
		return nil, fail(t,
			"only 802.11 captures have a radio header, and they can't be filtered here")
	}
	if types, ok := isisTypes[word]; ok {
		var cs []*cond
		for _, n := range types {
			c, err := g.proto(n, "isis", t)
			if err != nil {
				return nil, err
			}
			cs = append(cs, c)
		}
		return one(cs...), nil
	}
	return g.linkIs(etherTypes[word], t)
}

// proto tests the next protocol in the header of the layer in; "" is IPv4 or IPv6. It does not
// follow IPv6's extension headers, except for a Fragment header directly after the fixed header.
func (g *generator) proto(n uint32, in string, t token) (*cond, error) {
	switch in {
	case "":
		ip, err := g.proto(n, "ip", t)
		if err != nil {
			return nil, err
		}
		ip6, err := g.proto(n, "ip6", t)
		return or(ip, ip6), err
	case "ether":
		return g.linkIs(n, t)
	case "ip":
		is, err := g.linkIs(etherIPv4, t)
		return and(is, g.netIs(ipv4Proto, n)), err
	case "ip6":
		is, err := g.linkIs(etherIPv6, t)
		fragment := and(g.netIs(ipv6Next, ipFragmentHeader), g.netIs(ipv6Len, n))
		return and(is, or(g.netIs(ipv6Next, n), fragment)), err
	case "iso":
		is, err := g.linkIs(sapISO, t)
		return and(is, g.iso(0, n)), err
	case "isis":
		is, err := g.proto(isoProtocols["isis"], "iso", t)
		return and(is, g.iso(4, n)), err
	}
	return nil, fail(t, "%s has no protocol field", in)
}

// iso tests a byte of an ISO network header. In Cisco HDLC a byte of padding precedes the first
// byte.
func (g *generator) iso(off, n uint32) *cond {
	if g.link.typ == linktype.CiscoHDLC && off == 0 {
		off = 1
	}
	return g.v.eq(g.at(g.link.payload, g.link.noSNAP+off, 1), n)
}

// byName handles a name.
func (id *withID) byName(g *generator) (*cond, error) {
	q, name, t := id.q, id.id.text, id.id
	switch q.kind {
	case "port", "portrange":
		return id.named(g)
	case "proto", "protochain":
		n, err := g.protocolName(name, q.proto, t)
		if err != nil {
			return nil, err
		}
		if q.kind == "protochain" {
			return g.protochain(n, q.proto, t)
		}
		return g.proto(n, q.proto, t)
	case "gateway":
		return nil, &Error{At: t.at, End: t.end,
			Problem: "gateway needs a name that is resolved, which IPv6 has put an end to",
			Hint: "write ether host with the gateway's hardware address, and not host with its " +
				"IP address"}
	}
	kind, ok := id.nameKind()
	switch {
	case !ok && q.kind == "net":
		return nil, fail(t, "%s has no networks with names", q.proto)
	case !ok:
		return nil, fail(t, "%s has no addresses with names", q.proto)
	case kind == EtherName:
		return g.namedEther(name, q, t)
	case kind == NetworkName:
		return g.namedNetwork(name, q, t)
	}
	return g.namedHost(name, q, t)
}

// protocolName returns the number of a protocol for a layer.
func (g *generator) protocolName(name, in string, t token) (uint32, error) {
	table := ipProtocols
	switch in {
	case "ether":
		table = etherTypes
	case "iso":
		table = isoProtocols
	case "", "ip", "ip6":
	default:
		return 0, fail(t, "%s has no protocols with names", in)
	}
	n, ok := table[strings.ToLower(name)]
	if in == "ether" {
		n, ok = table[name] // no file has these names in capitals
	}
	if !ok {
		e := &Error{At: t.at, End: t.end, Problem: "no protocol of that name is known here"}
		e.Hint = meant(name, keys(table))
		return 0, e
	}
	return n, nil
}

// keys yields the names of a table.
func keys(table map[string]uint32) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range table {
			if !yield(k) {
				return
			}
		}
	}
}

// namedEther tests for the hardware address of a name.
func (g *generator) namedEther(name string, q qualifiers, t token) (*cond, error) {
	if g.opt.Ether == nil {
		return nil, fail(t, "names of Ethernet addresses are not looked up; give the address")
	}
	mac, err := g.opt.Ether(name)
	if err != nil {
		return nil, fail(t, "%v", err)
	}
	return g.etherHost(mac, q.dir, t)
}

// namedNetwork tests for the network of a name.
func (g *generator) namedNetwork(name string, q qualifiers, t token) (*cond, error) {
	if g.opt.Network == nil {
		return nil, fail(t, "names of networks are not looked up; give the numbers")
	}
	n, err := g.opt.Network(name)
	if err != nil {
		return nil, fail(t, "%v", err)
	}
	addr, mask := classless(n)
	return g.ipv4Host(addr, mask, q, t)
}

// namedHost tests for each of the addresses of a host.
func (g *generator) namedHost(name string, q qualifiers, t token) (*cond, error) {
	if g.opt.Resolve == nil {
		return nil, &Error{At: t.at, End: t.end,
			Problem: "names of hosts are not looked up; give the address"}
	}
	addrs, err := g.opt.Resolve(name)
	if err != nil {
		return nil, fail(t, "%v", err)
	}
	var cs []*cond
	for _, a := range addrs {
		var c *cond
		switch a = a.Unmap(); {
		case a.Is4() && q.proto != "ip6":
			b := a.As4()
			c, err = g.ipv4Host(uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3]),
				0xffffffff, q, t)
		case a.Is6() && q.proto != "ip" && q.proto != "" && q.proto != "ip6":
			return nil, &Error{At: t.at, End: t.end,
				Problem: "the host also has an IPv6 address, which " + q.proto + " cannot contain",
				Hint:    "give the IPv4 address"}
		case a.Is6() && q.proto != "ip":
			p, _ := a.WithZone("").Prefix(128) // 128 bits are valid for any IPv6 address
			c, err = g.ipv6Host(p, q.dir, t)
		default:
			continue
		}
		if err != nil {
			return nil, err
		}
		cs = append(cs, c)
	}
	if len(cs) == 0 {
		return nil, fail(t, "the host has no address of this kind")
	}
	return one(cs...), nil
}
