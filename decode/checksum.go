package decode

import (
	"hash/crc32"
	"math/bits"
)

// A ChecksumStatus is the result of checking a header's checksum.
type ChecksumStatus uint8

// The results. All output uses the same words.
const (
	// "": the header has no checksum field, or this checksum is not checked (see Check)
	NoSum ChecksumStatus = iota
	Good                 // the checksum matches the bytes
	Bad                  // it does not match: damaged in transit, or computed wrong by the sender
	// the header says that there is no checksum: 0 in UDP over IPv4 or in a UDP tunnel, a clear
	// C flag in GRE, 0 in SCTP (RFC 9653)
	Absent
	Unknowable // it cannot be checked; Check.Why has the reason
	// the network card computes the sum after the packet was captured: not an error
	Offloaded
)

var sumNames = [...]string{"", "good", "bad", "absent", "unknowable", "offloaded"}

// String returns the word in JSON.
func (s ChecksumStatus) String() string {
	if int(s) < len(sumNames) {
		return sumNames[s]
	}
	return ""
}

// A Why is the reason that a checksum is Unknowable.
type Why uint8

// The reasons.
const (
	WhyNot Why = iota // "": the sum was checked, or there is none
	// some of the covered bytes are not in the frame or were not captured
	WhyCut
	WhyFragment // it covers a whole datagram, and this is a fragment
	// an ICMP error quotes the packet: the quote is often incomplete, and routers may change it
	WhyQuoted
	WhyNoIP // it covers the addresses of an IP header, and no IP header precedes it
	// it covers the last address of a source route that cannot be read
	WhyRoute
	WhyLength // lengths contradict each other, or no length gives the end of the packet
)

var whyNames = [...]string{"", "cut", "fragment", "quoted", "no-ip-header", "route", "length"}

// String returns the name of the reason in JSON.
func (w Why) String() string {
	if int(w) < len(whyNames) {
		return whyNames[w]
	}
	return ""
}

// A Check is the result of computing one header's checksum again.
type Check struct {
	Sum ChecksumStatus
	Why Why // why it is Unknowable
	// the field as on the wire, in network byte order: 32 bits in SCTP, else 16; 0 if it was not
	// captured
	Wire uint32
	// the correct value; valid if Sum is Good, Bad or Offloaded, and for a quoted packet that is
	// complete
	Want uint32
}

// Checksum returns Check's Sum.
func (p *Packet) Checksum(layer int) ChecksumStatus { return p.Check(layer).Sum }

// Check computes the checksum of the layer with the given index. It supports IPv4, ICMP, ICMPv6,
// TCP, UDP, UDP-Lite, DCCP, SCTP (CRC32c) and GRE, and returns NoSum for other headers. It reads
// every covered byte. It allocates only for a frame longer than all frames before.
func (p *Packet) Check(layer int) Check {
	l := &p.Layers[layer]
	rule := &sumRules[l.ID]
	if rule.field == 0 {
		return Check{}
	}
	s := summing{Packet: p, rule: rule, layer: l, index: layer, net: p.carrier(layer)}
	s.bytes = p.Data[min(l.At, len(p.Data)):max(l.At, min(l.End, len(p.Data)))]
	c := s.check()
	if l.Quoted && c.Sum != Good && c.Sum != Absent {
		c = Check{Sum: Unknowable, Why: WhyQuoted, Wire: c.Wire, Want: c.Want}
	}
	return c
}

// A sumRule describes how to compute the checksum of one kind of header.
type sumRule struct {
	field Bits  // position of the checksum
	need  int   // bytes of the header needed to know what it covers
	proto uint8 // protocol number in the pseudo-header; 0: there is no pseudo-header
	whole bool  // it also covers the payload, so it needs the whole datagram
	// cover returns the number of bytes to sum from the start of the header, and the packet's
	// length for the pseudo-header. all is the length according to the enclosing header. cover
	// returns -1 for an impossible length.
	cover func(h []byte, all int) (covered, length int)
}

// sumRules has an entry for every header with a checksum.
var sumRules = [idCount]sumRule{
	IDIPv4:    {field: ipv4Checksum, need: ipv4MinLen, cover: coverIPv4},
	IDICMP:    {field: icmpSum, need: 4, whole: true, cover: coverAll},
	IDICMPv6:  {field: icmpSum, need: 4, whole: true, proto: 58, cover: coverAll},
	IDTCP:     {field: tcpSum, need: TCPMinLen, whole: true, proto: 6, cover: coverAll},
	IDUDP:     {field: udpChecksum, need: udpLen, whole: true, proto: 17, cover: coverUDP},
	IDUDPLite: {field: udpChecksum, need: udpLen, whole: true, proto: 136, cover: coverUDPLite},
	IDDCCP:    {field: dccpSum, need: DCCPMinLen, whole: true, proto: 33, cover: coverDCCP},
	IDSCTP:    {field: sctpChecksum, need: sctpLen, whole: true, cover: coverAll},
	IDGRE:     {field: greMinLen*8<<8 | 16, need: greMinLen, whole: true, cover: coverAll},
}

func coverAll(_ []byte, all int) (covered, length int) { return all, all }

func coverIPv4(h []byte, all int) (covered, length int) {
	n := 4 * int(ipv4IHL.Word(h))
	if n < ipv4MinLen || n > all || h[0]>>4 != 4 {
		return -1, 0
	}
	return n, n
}

// coverUDP uses UDP's own length, which is 0 in a jumbogram (RFC 2675 section 4).
func coverUDP(h []byte, all int) (covered, length int) {
	n := int(udpLength.U16(h))
	if n == 0 {
		n = all
	}
	if n < udpLen || n > all {
		return -1, 0
	}
	return n, n
}

// coverUDPLite implements RFC 3828 section 3.1. The pseudo-header contains the length from the IP
// header, whatever the coverage is.
func coverUDPLite(h []byte, all int) (covered, length int) {
	n := int(udpLength.U16(h))
	if n == 0 {
		n = all
	}
	if n < udpLen || n > all {
		return -1, 0
	}
	return n, all
}

// coverDCCP implements RFC 4340 section 9.2. Coverage 1 is the header with its options. Each
// further unit is four bytes of payload.
func coverDCCP(h []byte, all int) (covered, length int) {
	n := all
	if c := int(dccpCsCov.Word(h)); c > 0 {
		n = 4 * (int(dccpOffset.U8(h)) + c - 1)
	}
	if n < DCCPMinLen || n > all {
		return -1, 0
	}
	return n, all
}

// castagnoli is the polynomial of RFC 9260 appendix A.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// summing is the state of one check.
type summing struct {
	*Packet
	rule  *sumRule
	layer *Layer
	index int    // the layer's
	net   int    // index in Layers of the IP header that carries the layer, -1 if none
	bytes []byte // header and payload that were captured
}

// wire returns the field's value, or 0 if it was not captured.
func (s *summing) wire() uint32 {
	v, ok := s.rule.field.Uint(s.bytes)
	if !ok || s.layer.ID == IDGRE && greC.Word(s.bytes) == 0 {
		return 0
	}
	return uint32(v)
}

// lacks returns the reason that the checksum of a header cannot be computed.
func (s *summing) lacks() Why {
	switch {
	case s.rule.proto != 0 && s.net < 0:
		return WhyNoIP
	case !s.rule.whole || s.net < 0:
		return WhyNot
	case s.isFragment(s.net, s.index):
		return WhyFragment
	case s.claimedEnd(s.net) > s.Layers[s.net].End && !s.sized():
		if s.Frag.Is && s.Frag.Net < s.net {
			return WhyFragment // of the tunnel's datagram
		}
		return WhyCut
	}
	return WhyNot
}

// sized reports whether the header contains the packet's length and all those bytes were captured.
func (s *summing) sized() bool {
	n := 0
	if s.layer.ID == IDUDP {
		n = int(udpLength.U16(s.bytes))
	}
	return n >= udpLen && n <= len(s.bytes)
}

func (s *summing) check() Check {
	c := Check{Sum: Unknowable, Wire: s.wire()}
	if len(s.bytes) < s.rule.need {
		c.Why = WhyCut
		return c
	}
	if s.absent(c.Wire) {
		c.Sum = Absent
		return c
	}
	if c.Why = s.lacks(); c.Why != WhyNot {
		return c
	}
	covered, length := s.rule.cover(s.bytes, s.layer.End-s.layer.At)
	if covered < 0 {
		c.Why = WhyLength
		return c
	}
	if covered > len(s.bytes) {
		c.Why = WhyCut
		return c
	}
	switch pseudo, ok := s.pseudo(length); {
	case !ok:
		c.Why = WhyRoute
	case s.layer.ID == IDSCTP:
		c.crc(s.bytes[:covered])
	default:
		c.ones(s.rest(pseudo, covered))
		s.offload(&c, pseudo, length)
	}
	if c.Sum == Bad && s.rule.whole && s.net >= 0 && s.claimedEnd(s.net) == 0 {
		return Check{Sum: Unknowable, Why: WhyLength, Wire: c.Wire}
	}
	return c
}

// absent reports whether the header says that it has no checksum. Zero means no checksum in UDP
// over IPv4 (RFC 768). Over IPv6 only a tunnel may use zero (RFC 6935). UDP-Lite never uses it.
func (s *summing) absent(wire uint32) bool {
	switch s.layer.ID {
	case IDUDP:
		tunnel := s.index+1 < len(s.Layers) && s.Layers[s.index+1].At >= s.layer.At+udpLen
		return wire == 0 && s.net >= 0 && (s.Layers[s.net].ID == IDIPv4 || tunnel)
	case IDSCTP:
		return wire == 0
	case IDGRE:
		return greC.Word(s.bytes) == 0
	}
	return false
}

// crc computes SCTP's checksum over b and compares it with c.Wire. It is a CRC32c, least
// significant byte first, with the checksum field set to zero (RFC 9260 section 6.8).
func (c *Check) crc(b []byte) {
	at := sctpChecksum.First() / 8
	sum := crc32.Update(0, castagnoli, b[:at])
	for range 4 { // four zero bytes
		sum = ^(castagnoli[byte(^sum)] ^ ^sum>>8)
	}
	sum = crc32.Update(sum, castagnoli, b[at+4:])
	c.Want, c.Sum = bits.ReverseBytes32(sum), Bad
	if c.Want == c.Wire {
		c.Sum = Good
	}
}

// rest returns the one's complement sum of everything that a checksum covers, except for the
// checksum's own two bytes. pseudo is the sum of the pseudo-header. covered is the number of bytes
// from the start of the header.
func (s *summing) rest(pseudo uint64, covered int) uint64 {
	at := s.rule.field.First() / 8
	return onesSum(pseudo, s.bytes[:at]) + s.sumOf(s.layer.At+at+2, s.layer.At+covered)
}

// ones computes the checksum from rest, the sum over all but the checksum, and compares it with
// c.Wire. Zero and 0xffff are the same number in one's complement (RFC 1071 section 2), and
// receivers do not distinguish them.
func (c *Check) ones(rest uint64) {
	c.Want, c.Sum = uint32(^fold(rest)), Bad
	if fold(rest+uint64(c.Wire)) == 0xffff {
		c.Want, c.Sum = c.Wire, Good
	}
}

// offload recognizes a checksum that the sender left to its network card. It is zero in an IPv4
// header, else the sum of the pseudo-header. If the card splits a TCP segment, that sum does not
// include the length.
func (s *summing) offload(c *Check, pseudo uint64, length int) {
	if c.Sum != Bad {
		return
	}
	if s.rule.proto == 17 && c.Want == 0 {
		c.Want = 0xffff // RFC 768: zero is transmitted as all ones
	}
	half := uint32(fold(pseudo))
	unsized := uint32(fold(pseudo + 2*0xffff - uint64(fold(uint64(length)))))
	switch {
	case s.layer.ID == IDIPv4 && c.Wire == 0,
		s.rule.proto != 0 && c.Wire == half,
		s.rule.proto == 6 && c.Wire == unsized:
		c.Sum = Offloaded
	}
}
