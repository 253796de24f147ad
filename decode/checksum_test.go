package decode

import (
	"strings"
	"testing"

	"github.com/portsniff/portsniff/linktype"
)

// ipv4TCP is an IPv4 header whose last bytes are the addresses 10.0.0.1 and 10.0.0.2, without
// options and checksum; total length 40.
const ipv4TCP = "45000028 00010000 4006 0000 0a000001 0a000002 "

// sumCases are packets with checksums computed by hand. The pseudo-header of TCP between 10.0.0.1
// and 10.0.0.2 with 20 bytes adds up to 0a00+0001+0a00+0002+0006+0014 = 141d. The words of the
// header used below add up to 0400+0050+5002 = 5452. Together they are 686f, with the complement
// 9790.
var sumCases = []struct {
	name  string
	link  linktype.Type
	bytes string
	cut   int // bytes that were not captured
	layer ProtocolID
	sum   ChecksumStatus
	why   Why
	want  uint32 // the correct value, if it can be computed
}{
	// 4500+0028+0001+4006+0a00+0001+0a00+0002 = 9932, complement 66cd
	{name: "IPv4 header", link: linktype.IPv4,
		bytes: "45000028 00010000 4006 66cd 0a000001 0a000002", layer: IDIPv4, sum: Good,
		want: 0x66cd},
	{name: "IPv4 header, one bit wrong", link: linktype.IPv4,
		bytes: "45000028 00010000 4006 66cc 0a000001 0a000002", layer: IDIPv4, sum: Bad,
		want: 0x66cd},
	{name: "IPv4 header left to the card", link: linktype.IPv4, bytes: ipv4TCP, layer: IDIPv4,
		sum: Offloaded, want: 0x66cd},
	{name: "TCP", link: linktype.IPv4, bytes: ipv4TCP +
		"04000050 00000000 00000000 5002 0000 9790 0000", layer: IDTCP, sum: Good, want: 0x9790},
	{name: "TCP bad", link: linktype.IPv4, bytes: ipv4TCP +
		"04000050 00000000 00000000 5002 0000 9791 0000", layer: IDTCP, sum: Bad, want: 0x9790},
	{name: "TCP left to the card", link: linktype.IPv4, bytes: ipv4TCP +
		"04000050 00000000 00000000 5002 0000 141d 0000", layer: IDTCP, sum: Offloaded,
		want: 0x9790},
	{name: "TCP left to a card that splits it", link: linktype.IPv4, bytes: ipv4TCP +
		"04000050 00000000 00000000 5002 0000 1409 0000", layer: IDTCP, sum: Offloaded,
		want: 0x9790},
	{name: "TCP in an Ethernet frame with padding", link: linktype.Ethernet, bytes: ethIP +
		ipv4TCP + "04000050 00000000 00000000 5002 0000 9790 0000 ffffffffffff", layer: IDTCP,
		sum: Good, want: 0x9790},
	{name: "TCP cut by the capture", link: linktype.IPv4, bytes: ipv4TCP +
		"04000050 00000000 00000000 5002 0000 9790 0000", cut: 1, layer: IDTCP, sum: Unknowable,
		why: WhyCut},
	{name: "TCP cut before its sum", link: linktype.IPv4, bytes: ipv4TCP +
		"04000050 00000000 00000000 5002 0000 9790 0000", cut: 10, layer: IDTCP, sum: Unknowable,
		why: WhyCut},
	{name: "TCP in a frame shorter than IP's length", link: linktype.IPv4,
		bytes: "4500002c 00010000 4006 0000 0a000001 0a000002 " +
			"04000050 00000000 00000000 5002 0000 9790 0000", layer: IDTCP, sum: Unknowable,
		why: WhyCut},
	{name: "TCP in a first fragment", link: linktype.IPv4,
		bytes: "45000028 00012000 4006 0000 0a000001 0a000002 " +
			"04000050 00000000 00000000 5002 0000 9790 0000", layer: IDTCP, sum: Unknowable,
		why: WhyFragment},
	{name: "TCP in a packet of total length 0", link: linktype.IPv4,
		bytes: "45000000 00010000 4006 0000 0a000001 0a000002 " +
			"04000050 00000000 00000000 5002 0000 9790 0000", layer: IDTCP, sum: Good,
		want: 0x9790},
	{name: "TCP in a packet of total length 0, wrong", link: linktype.IPv4,
		bytes: "45000000 00010000 4006 0000 0a000001 0a000002 " +
			"04000050 00000000 00000000 5002 0000 9791 0000", layer: IDTCP, sum: Unknowable,
		why: WhyLength},
	// The header says 10.0.0.2, the route continues to 10.0.0.9: the sum is 7 less.
	{name: "TCP on a source route", link: linktype.IPv4,
		bytes: "47000030 00010000 4006 0000 0a000001 0a000002 83070 4 0a000009 00 " +
			"04000050 00000000 00000000 5002 0000 9789 0000", layer: IDTCP, sum: Good,
		want: 0x9789},
	{name: "TCP at the end of a source route", link: linktype.IPv4,
		bytes: "47000030 00010000 4006 0000 0a000001 0a000002 01 83 07 08 0a000009 " +
			"04000050 00000000 00000000 5002 0000 9790 0000", layer: IDTCP, sum: Good,
		want: 0x9790},
	// Pseudo-header 0a00+0001+0a00+0002+0011+0008 = 141c, header 0400+0050+0008 = 0458: 1874,
	// complement e78b.
	{name: "UDP", link: linktype.IPv4,
		bytes: "4500001c 00010000 4011 0000 0a000001 0a000002 04000050 0008e78b", layer: IDUDP,
		sum: Good, want: 0xe78b},
	{name: "UDP without a sum", link: linktype.IPv4,
		bytes: "4500001c 00010000 4011 0000 0a000001 0a000002 04000050 00080000", layer: IDUDP,
		sum: Absent},
	{name: "UDP without a sum in a fragment", link: linktype.IPv4,
		bytes: "4500001c 00012000 4011 0000 0a000001 0a000002 04000050 00080000", layer: IDUDP,
		sum: Absent},
	{name: "UDP longer than IP", link: linktype.IPv4,
		bytes: "4500001c 00010000 4011 0000 0a000001 0a000002 04000050 0009e78b", layer: IDUDP,
		sum: Unknowable, why: WhyLength},
	// 10 bytes: 141c+2 and 0458+2 are 1878 with both lengths. Data e787 makes ffff, so the checksum
	// is 0, which is sent as ffff (RFC 768).
	{name: "UDP sum of all ones", link: linktype.IPv4,
		bytes: "4500001e 00010000 4011 0000 0a000001 0a000002 04000050 000affff e787", layer: IDUDP,
		sum: Good, want: 0xffff},
	// 9 bytes: 141d and 0459 are 1876, the last byte counts as 1200: 2a76, complement d589.
	{name: "UDP odd length", link: linktype.IPv4,
		bytes: "4500001d 00010000 4011 0000 0a000001 0a000002 04000050 0009d589 12", layer: IDUDP,
		sum: Good, want: 0xd589},
	// Between :: and :: with next header 17 the pseudo-header is 0011+0008 = 0019, the header 0458:
	// 0471, complement fb8e.
	{name: "UDP over IPv6", link: linktype.IPv6, bytes: "60000000 0008 11 40" +
		strings.Repeat(zeros8, 4) + "04000050 0008fb8e", layer: IDUDP, sum: Good, want: 0xfb8e},
	{name: "UDP over IPv6 without a sum", link: linktype.IPv6, bytes: "60000000 0008 11 40" +
		strings.Repeat(zeros8, 4) + "04000050 00080000", layer: IDUDP, sum: Bad, want: 0xfb8e},
	{name: "UDP over IPv6 without a sum around a tunnel", link: linktype.IPv6,
		bytes: "60000000 003e 11 40" + strings.Repeat(zeros8, 4) +
			"8000 12b5 003e 0000 08000000 00000100" + ethIP + innerUDP, layer: IDUDP, sum: Absent},
	{name: "UDP in the first IPv6 fragment", link: linktype.IPv6, bytes: "60000000 0010 2c 40" +
		strings.Repeat(zeros8, 4) + "11000001 00000001 04000050 0008fb8e", layer: IDUDP,
		sum: Unknowable, why: WhyFragment},
	{name: "UDP in an atomic fragment", link: linktype.IPv6, bytes: "60000000 0010 2c 40" +
		strings.Repeat(zeros8, 4) + "11000000 00000001 04000050 0008fb8e", layer: IDUDP, sum: Good,
		want: 0xfb8e},
	// The route's last address is ::5, so the sum is 5 less.
	{name: "UDP on a route of type 0", link: linktype.IPv6, bytes: "60000000 0020 2b 40" +
		strings.Repeat(zeros8, 4) +
		"11020001 00000000 0000000000000000 0000000000000005 04000050 0008fb89", layer: IDUDP,
		sum: Good, want: 0xfb89},
	{name: "UDP at the end of that route", link: linktype.IPv6, bytes: "60000000 0020 2b 40" +
		strings.Repeat(zeros8, 4) +
		"11020000 00000000 0000000000000000 0000000000000005 04000050 0008fb8e", layer: IDUDP,
		sum: Good, want: 0xfb8e},
	{name: "UDP on a segment route", link: linktype.IPv6, bytes: "60000000 0030 2b 40" +
		strings.Repeat(zeros8, 4) +
		"11040401 01000000 0000000000000000 0000000000000005 0000000000000000 0000000000000007 " +
		"04000050 0008fb89", layer: IDUDP, sum: Good, want: 0xfb89},
	// RFC 6554: 15 bytes are the same as in the destination, the last one is 5. Then seven bytes of
	// padding.
	{name: "UDP on a RPL route", link: linktype.IPv6, bytes: "60000000 0018 2b 40" +
		strings.Repeat(zeros8, 4) + "11010301 ff700000 05 00000000000000 04000050 0008fb89",
		layer: IDUDP, sum: Good, want: 0xfb89},
	{name: "UDP on a route of unknown type", link: linktype.IPv6, bytes: "60000000 0010 2b 40" +
		strings.Repeat(zeros8, 4) + "1100fe01 00000000 04000050 0008fb8e", layer: IDUDP,
		sum: Unknowable, why: WhyRoute},
	{name: "UDP on a route without addresses", link: linktype.IPv6, bytes: "60000000 0010 2b 40" +
		strings.Repeat(zeros8, 4) + "11000001 00000000 04000050 0008fb8e", layer: IDUDP,
		sum: Unknowable, why: WhyRoute},
	{name: "UDP of a mobile host", link: linktype.IPv6, bytes: "60000000 0020 3c 40" +
		strings.Repeat(zeros8, 4) +
		"1102 01020000 c910 0000000000000000 0000000000000005 04000050 0008fb89", layer: IDUDP,
		sum: Good, want: 0xfb89},
	// Pseudo-header 0a00+0001+0a00+0002+0088+000c = 1497; 0400+0050+0008 = 0458: 18ef, complement
	// e710, independent of the data.
	{name: "UDP-Lite covers its header only", link: linktype.IPv4,
		bytes: "45000020 00010000 4088 0000 0a000001 0a000002 04000050 0008e710 12345678",
		layer: IDUDPLite, sum: Good, want: 0xe710},
	{name: "UDP-Lite with uncovered bytes cut", link: linktype.IPv4,
		bytes: "45000020 00010000 4088 0000 0a000001 0a000002 04000050 0008e710 12345678", cut: 4,
		layer: IDUDPLite, sum: Good, want: 0xe710},
	{name: "UDP-Lite covers less than its header", link: linktype.IPv4,
		bytes: "45000020 00010000 4088 0000 0a000001 0a000002 04000050 0007e710 12345678",
		layer: IDUDPLite, sum: Unknowable, why: WhyLength},
	{name: "UDP-Lite may not do without a sum", link: linktype.IPv4,
		bytes: "45000020 00010000 4088 0000 0a000001 0a000002 04000050 00080000 12345678",
		layer: IDUDPLite, sum: Bad, want: 0xe710},
	// 0800+0001+0002 = 0803
	{name: "ICMP echo", link: linktype.IPv4,
		bytes: "4500001c 00010000 4001 0000 0a000001 0a000002 0800f7fc 00010002", layer: IDICMP,
		sum: Good, want: 0xf7fc},
	{name: "ICMP all zero", link: linktype.IPv4,
		bytes: "4500001c 00010000 4001 0000 0a000001 0a000002 00000000 00000000", layer: IDICMP,
		sum: Bad, want: 0xffff},
	{name: "SCTP without a sum", link: linktype.IPv4,
		bytes: "45000020 00010000 4084 0000 0a000001 0a000002 04000050 00000001 00000000",
		layer: IDSCTP, sum: Absent},
	{name: "TCP payload cut by the capture", link: linktype.IPv4,
		bytes: "4500002a 00010000 4006 0000 0a000001 0a000002 " +
			"04000050 00000000 00000000 5002 0000 978e 0000 0000", cut: 1, layer: IDTCP,
		sum: Unknowable, why: WhyCut},
	{name: "TCP in a tunnel's first fragment", link: linktype.IPv4,
		bytes: "4500003c 00012000 4004 0000 0a000001 0a000002 45000030 00010000 4006 0000 " +
			"0a000001 0a000002 " + "04000050 00000000 00000000 5002 0000 9790 0000", layer: IDTCP,
		sum: Unknowable, why: WhyFragment},
	{name: "IPv4 header of impossible length", link: linktype.IPv4,
		bytes: "44000028 00010000 4006 66cd 0a000001 0a000002", layer: IDIPv4, sum: Unknowable,
		why: WhyLength},
	{name: "TCP with a source route too long for the header", link: linktype.IPv4,
		bytes: "47000030 00010000 4006 0000 0a000001 0a000002 8320 04 0a000009 00 " +
			"04000050 00000000 00000000 5002 0000 9790 0000", layer: IDTCP, sum: Good,
		want: 0x9790},
	{name: "UDP cut before its length", link: linktype.IPv4,
		bytes: "4500001c 00010000 4011 0000 0a000001 0a000002 04000050 0008e78b", cut: 3,
		layer: IDUDP, sum: Unknowable, why: WhyCut},
	{name: "UDP in a frame shorter than IP's length", link: linktype.IPv4,
		bytes: "4500002c 00010000 4011 0000 0a000001 0a000002 04000050 0008e78b", layer: IDUDP,
		sum: Good, want: 0xe78b},
	{name: "UDP sum that should be all ones", link: linktype.IPv4,
		bytes: "4500001e 00010000 4011 0000 0a000001 0a000002 04000050 000a1234 e787", layer: IDUDP,
		sum: Bad, want: 0xffff},
	{name: "UDP with a home address too long for the header", link: linktype.IPv6,
		bytes: "60000000 0020 3c 40" + strings.Repeat(zeros8, 4) +
			"1102 01020000 c940 0000000000000000 0000000000000005 04000050 0008fb8e", layer: IDUDP,
		sum: Good, want: 0xfb8e},
	// Pseudo-header 0a00+0001+0a00+0002+0021+0010 = 1434, header 0400+0050+0301+0000+0001 = 0752:
	// 1b86, complement e479. A coverage of 2 adds one to the header and 1234+5678 = 68ac of data:
	// 8433, complement 7bcc.
	{name: "DCCP covers its header only", link: linktype.IPv4,
		bytes: "45000024 00010000 4021 0000 0a000001 0a000002 04000050 0301e479 00000001 12345678",
		layer: IDDCCP, sum: Good, want: 0xe479},
	{name: "DCCP covers four bytes of data", link: linktype.IPv4,
		bytes: "45000024 00010000 4021 0000 0a000001 0a000002 04000050 03027bcc 00000001 12345678",
		layer: IDDCCP, sum: Good, want: 0x7bcc},
	{name: "DCCP covers more than there is", link: linktype.IPv4,
		bytes: "45000024 00010000 4021 0000 0a000001 0a000002 04000050 03037bcc 00000001 12345678",
		layer: IDDCCP, sum: Unknowable, why: WhyLength},
	{name: "no checksum", link: linktype.Ethernet, bytes: ethIP + ipv4TCP, layer: IDEthernet,
		sum: NoSum},
}

func TestChecksumByHand(t *testing.T) {
	for _, c := range sumCases {
		t.Run(c.name, func(t *testing.T) {
			b := frameBytes(t, c.bytes)
			var p Packet
			p.Decode(c.link, b[:len(b)-c.cut], len(b))
			got := p.Check(findLayer(t, &p, c.layer))
			if got.Sum != c.sum || got.Why != c.why || c.want != 0 && got.Want != c.want {
				t.Errorf("%s %s, should be %04x; want %s %s, %04x", got.Sum, got.Why, got.Want,
					c.sum, c.why, c.want)
			}
		})
	}
}

func findLayer(t *testing.T, p *Packet, id ProtocolID) int {
	t.Helper()
	for i, l := range p.Layers {
		if l.ID == id {
			return i
		}
	}
	t.Fatalf("no %s in %+v, stop %v", id, p.Layers, p.Stop)
	return 0
}

// TestChecksumUDPAllOnes checks the correct checksum 0xffff, which gopacket 1.1.19 rejects.
func TestChecksumUDPAllOnes(t *testing.T) {
	b := frameBytes(t, "4500001e 00010000 4011 0000 0a000001 0a000002 04000050 000affff e787")
	var p Packet
	p.Decode(linktype.IPv4, b, len(b))
	if got := p.Checksum(1); got != Good {
		t.Errorf("%s", got)
	}
}

// TestChecksumQuoted checks that a complete quoted packet can be Good. A quoted packet with a wrong
// checksum is Unknowable.
func TestChecksumQuoted(t *testing.T) {
	for quoted, want := range map[string]Check{
		"4500001c 00010000 4011 66ce 0a000001 0a000002 04000050 0008e78b": {Sum: Good, Wire: 0xe78b,
			Want: 0xe78b},
		"4500001c 00010000 4011 66ce 0a000001 0a000002 04000050 0008e78c": {Sum: Unknowable,
			Why: WhyQuoted, Wire: 0xe78c, Want: 0xe78b},
		"45000020 00010000 4011 66ce 0a000001 0a000002 04000050 000ce78b": {Sum: Unknowable,
			Why: WhyQuoted, Wire: 0xe78b},
	} {
		b := frameBytes(t, "45000038 00010000 4001 0000 0a000002 0a000001 03030000 00000000"+quoted)
		var p Packet
		p.Decode(linktype.IPv4, b, len(b))
		if got := p.Check(findLayer(t, &p, IDUDP)); got != want {
			t.Errorf("%s: %+v, want %+v", quoted, got, want)
		}
	}
}

// TestChecksumNoIP checks that a header without an IP header before it has no addresses to sum.
func TestChecksumNoIP(t *testing.T) {
	var p Packet
	p.DecodeAs(IDTCP, frameBytes(t, "04000050 00000000 00000000 5002 0000 9790 0000"), 20)
	if got := p.Check(0); got.Sum != Unknowable || got.Why != WhyNoIP {
		t.Errorf("%s %s", got.Sum, got.Why)
	}
}

// TestChecksumCRC checks CRC32c. RFC 9260 appendix A has no example. The check value of CRC-32C
// over "123456789", e3069283, verifies the polynomial, and recorded packets verify the rest.
func TestChecksumCRC(t *testing.T) {
	c := Check{Wire: 0}
	head := frameBytes(t, "0400 0050 00000001 00000000")
	c.crc(head)
	// The same twelve bytes as one plain CRC32c, computed bit by bit.
	if want := crcByBit(head); c.Want != want || c.Sum != Bad {
		t.Errorf("%08x, want %08x", c.Want, want)
	}
	if got := crcByBit([]byte("123456789")); got != 0x839206e3 {
		t.Errorf("the check value is %08x", got)
	}
}

// crcByBit computes CRC32c by its definition, least significant byte first.
func crcByBit(b []byte) uint32 {
	crc := ^uint32(0)
	for _, v := range b {
		crc ^= uint32(v)
		for range 8 {
			crc = crc>>1 ^ 0x82f63b78*(crc&1)
		}
	}
	crc = ^crc
	return crc<<24 | crc<<8&0xff0000 | crc>>8&0xff00 | crc>>24
}

func TestChecksumAllocatesNothing(t *testing.T) {
	for _, c := range sumCases {
		b := frameBytes(t, c.bytes)
		var p Packet
		p.Decode(c.link, b[:len(b)-c.cut], len(b))
		n := testing.AllocsPerRun(10, func() {
			for i := range p.Layers {
				p.Checksum(i)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}
