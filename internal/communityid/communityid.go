// Package communityid computes Community ID version 1: a short text that identifies a flow. Zeek,
// Suricata, Wireshark, Elastic and other programs compute the same ID
// (https://github.com/corelight/community-id-spec).
package communityid

import (
	"bytes"
	"crypto/sha1" // the hash of the specification; no security depends on it
	"encoding/base64"
	"encoding/binary"
	"net/netip"
)

// Len is the length of an ID in bytes: "1:" and 20 bytes in base64.
const Len = 2 + 28

// IP protocol numbers. In an ID, these protocols have ports, or ICMP types that replace ports.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
	protoSCTP   = 132
)

// maxInput is the largest input of the hash, in bytes: seed, two addresses, protocol, padding and
// two ports.
const maxInput = 2 + 16 + 16 + 2 + 4

// AppendPorts appends the ID of the flow between two ports. The order of the ends does not matter.
// Only TCP, UDP and SCTP have ports in an ID; other protocols get the ID of AppendIP. Nothing is
// appended if an address is invalid or the IP versions differ.
func AppendPorts(out []byte, proto uint8, src, dst netip.AddrPort) []byte {
	switch proto {
	case protoTCP, protoUDP, protoSCTP:
		return appendID(out, proto, end{src.Addr(), src.Port()}, end{dst.Addr(), dst.Port()}, true,
			false)
	}
	return AppendIP(out, proto, src.Addr(), dst.Addr())
}

// AppendICMP appends the ID of an ICMP or ICMPv6 message, depending on the version of the
// addresses. Request and reply of a pair of types have the same ID. Other messages have one ID for
// each direction.
func AppendICMP(out []byte, src, dst netip.Addr, typ, code uint8) []byte {
	proto, pairs := uint8(protoICMP), icmpPairs
	if src.Is6() {
		proto, pairs = protoICMPv6, icmpv6Pairs
	}
	second, oneWay := uint16(code), true
	for _, p := range pairs {
		switch typ {
		case p[0]:
			second, oneWay = uint16(p[1]), false
		case p[1]:
			second, oneWay = uint16(p[0]), false
		}
	}
	return appendID(out, proto, end{src, uint16(typ)}, end{dst, second}, true, oneWay)
}

// AppendIP appends the ID of packets between two addresses whose protocol has no ports.
func AppendIP(out []byte, proto uint8, src, dst netip.Addr) []byte {
	return appendID(out, proto, end{src, 0}, end{dst, 0}, false, false)
}

// icmpPairs lists the pairs of ICMP request and reply types.
var icmpPairs = [][2]uint8{{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}}

// icmpv6Pairs lists the pairs for ICMPv6: echo, MLD, router and neighbor discovery, node
// information, home agent discovery.
var icmpv6Pairs = [][2]uint8{{128, 129}, {130, 131}, {133, 134}, {135, 136}, {139, 140},
	{144, 145}}

type end struct {
	addr netip.Addr
	port uint16
}

// appendID hashes the lower end first, unless oneWay is true.
func appendID(out []byte, proto uint8, a, b end, ports, oneWay bool) []byte {
	if !a.addr.IsValid() || !b.addr.IsValid() || a.addr.Is4() != b.addr.Is4() {
		return out
	}
	var first, second, input [maxInput]byte
	x, y := appendAddr(first[:0], a.addr), appendAddr(second[:0], b.addr)
	if c := bytes.Compare(x, y); !oneWay && (c > 0 || c == 0 && a.port > b.port) {
		x, y, a, b = y, x, b, a
	}
	in := append(append(append(input[:0], 0, 0), x...), y...) // the seed is 0
	in = append(in, proto, 0)
	if ports {
		in = binary.BigEndian.AppendUint16(in, a.port)
		in = binary.BigEndian.AppendUint16(in, b.port)
	}
	sum := sha1.Sum(in)
	return base64.StdEncoding.AppendEncode(append(out, "1:"...), sum[:])
}

func appendAddr(out []byte, a netip.Addr) []byte {
	if a.Is4() {
		b := a.As4()
		return append(out, b[:]...)
	}
	b := a.As16()
	return append(out, b[:]...)
}
