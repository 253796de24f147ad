package decode

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/linktype"
)

// innerUDP is the payload of most frames below: an IPv4 header, then UDP from 53124 to 9 (discard)
// with four bytes of data.
const innerUDP = "45000020 00010000 4011 0000 0a000001 0a000002" + // version to destination address
	"cf84 0009 000c 0000 01020304" // ports, length, no checksum, data

const (
	snapIP = "aaaa03 000000 0800 " // LLC and SNAP with the EtherType of IPv4
	ethIP  = "020000000002 020000000001 0800 "
	macs3  = "020000000001 020000000002 020000000003 " // addresses 1 to 3
	zeros8 = "0000000000000000 "
)

// linkCases are frames built by hand. Ports and their offsets are those of tshark 4.0.17 for the
// same bytes, unless alone contains the reason why tshark cannot be used.
var linkCases = []struct {
	name   string
	link   linktype.Type
	frame  string
	at     []int // byte offset of each source port
	reason Reason
	alone  string
}{
	{name: "802.11 data to the access point", link: 105, frame: "0801 0000 " + macs3 + "1000 " +
		snapIP + innerUDP, at: []int{52}},
	{name: "802.11 four addresses", link: 105, frame: "0803 0000 " + macs3 + "1000 020000000004 " +
		snapIP + innerUDP, at: []int{58}},
	{name: "802.11 QoS", link: 105, frame: "8801 0000 " + macs3 + "1000 0000 " + snapIP + innerUDP,
		at: []int{54}},
	{name: "802.11 QoS with HT control", link: 105, frame: "8881 0000 " + macs3 +
		"1000 0000 00000000 " + snapIP + innerUDP, at: []int{58}},
	{name: "802.11 protected", link: 105, frame: "8841 0000 " + macs3 +
		"1000 0000 0000002000000000 " + innerUDP, reason: Encrypted},
	{name: "802.11 null function", link: 105, frame: "4801 0000 " + macs3 + "1000", reason: NotIP},
	{name: "802.11 acknowledgment", link: 105, frame: "d400 0000 020000000001", reason: NotIP},
	{name: "802.11 beacon", link: 105, frame: "8000 0000 " + macs3 +
		"1000 0000000000000000 6400 0100", reason: NotIP},
	{name: "802.11 A-MSDU of two", link: 105, frame: "8801 0000 " + macs3 + "1000 8000 " +
		// 14 + 40 bytes, two of padding
		"020000000002 020000000001 0028 " + snapIP + innerUDP + " 0000 " +
		"020000000002 020000000001 0028 " + snapIP + innerUDP, at: []int{68, 124}},
	{name: "radiotap", link: 127, frame: "00 00 0800 00000000 " + "0801 0000 " + macs3 + "1000 " +
		snapIP + innerUDP, at: []int{60}},
	// the timestamp is at byte 16
	{name: "radiotap with two present words, pad and check sequence", link: 127,
		frame: "00 00 1900 030000a0 00000000 00000000 0000000000000000 30 " +
			"8801 0000 " + macs3 + "1000 0000 0000 " + snapIP + innerUDP + " 00000000",
		at: []int{81}},
	{name: "radiotap with pad", link: 127, frame: "00 00 0900 02000000 20 " + "8801 0000 " + macs3 +
		"1000 0000 0000 " + snapIP + innerUDP, at: []int{65}},
	{name: "PPI", link: 192, frame: "00 00 0800 69000000 " + "0801 0000 " + macs3 + "1000 " +
		snapIP + innerUDP, at: []int{60}},
	{name: "AVS", link: 163, frame: "80211001 00000040 " + zeros8 + zeros8 + zeros8 + zeros8 +
		zeros8 + zeros8 + zeros8 + "0801 0000 " + macs3 + "1000 " + snapIP + innerUDP,
		at: []int{116}},
	{name: "Prism", link: 119, frame: "44000000 90000000 " + strings.Repeat(zeros8, 17) +
		"0801 0000 " + macs3 + "1000 " + snapIP + innerUDP, at: []int{196}},
	{name: "FDDI", link: 10, frame: "50 020000000002 020000000001 " + snapIP + innerUDP,
		at: []int{41}},
	{name: "FDDI station management", link: 10, frame: "41 020000000002 020000000001 " + innerUDP,
		reason: NotIP},
	{name: "Token Ring", link: 6, frame: "10 40 020000000002 020000000001 " + snapIP + innerUDP,
		at: []int{42}},
	{name: "Token Ring with a route", link: 6,
		frame: "10 40 020000000002 820000000001 0670 0011 0020 " + snapIP + innerUDP,
		at:    []int{48}},
	{name: "ARCnet BSD RFC 1201", link: 7, frame: "01 02 d4 00 0001 " + innerUDP, at: []int{26}},
	{name: "ARCnet BSD RFC 1051", link: 7, frame: "01 02 f0 " + innerUDP, at: []int{23}},
	{name: "ARCnet Linux RFC 1201", link: 129, frame: "01 02 0000 d4 00 0001 " + innerUDP,
		at: []int{28}},
	{name: "IP over Fibre Channel", link: 122, frame: zeros8 + zeros8 + snapIP + innerUDP,
		at: []int{44}},
	{name: "IP over IEEE 1394", link: 138, frame: zeros8 + zeros8 + "0800 " + innerUDP,
		at: []int{38}},
	{name: "Frame Relay IPv4", link: 107, frame: "1841 03 cc " + innerUDP, at: []int{24}},
	{name: "Frame Relay SNAP", link: 107, frame: "1841 03 00 80 000000 0800 " + innerUDP,
		at: []int{30}},
	{name: "Frame Relay Cisco", link: 107, frame: "1841 0800 " + innerUDP, at: []int{24}},
	{name: "Frame Relay with direction", link: 206, frame: "00 1841 03 cc " + innerUDP,
		at: []int{25}, alone: "tshark 4.0.17 does not read this link type"},
	{name: "PPP with direction", link: 204, frame: "01 ff03 0021 " + innerUDP, at: []int{25},
		alone: "tshark counts after the direction byte"},
	{name: "Cisco HDLC as PPP", link: 9, frame: "0f00 0800 " + innerUDP, at: []int{24}},
	{name: "Cisco HDLC with direction", link: 205, frame: "01 0f00 0800 " + innerUDP, at: []int{25},
		alone: "tshark 4.0.17 does not read this link type"},
	{name: "IPoIB", link: 242, frame: strings.Repeat(zeros8, 5) + "0800 0000 " + innerUDP,
		at: []int{64}},
	{name: "enc", link: 109, frame: "02000000 00001234 00000000 " + innerUDP, at: []int{32}},
	{name: "pflog", link: 117, frame: "3d 02 00 00 " + strings.Repeat("00000000 ", 15) + innerUDP,
		at: []int{84}},
	{name: "IPNET", link: 226, frame: "01 02 0000 00000020 " + zeros8 + zeros8 + innerUDP,
		at: []int{44}},
	{name: "NFLOG", link: 239, frame: "02 00 0000 0800 0100 08000100 2400 0900 " + innerUDP,
		at: []int{36}},
	{name: "NFLOG most significant byte first", link: 239,
		frame: "02 00 0000 0008 0001 08000100 0024 0009 " + innerUDP, at: []int{36},
		alone: "tshark expects its own byte order"},
	{name: "NFLOG field of length 0", link: 239, frame: "02 00 0000 0000 0100 " + innerUDP,
		reason: Malformed},
	{name: "PKTAP of length 8", link: 258,
		frame: "08000000 01000000 01000000 0000 000000000000 0800 " + innerUDP +
			strings.Repeat(zeros8, 8), reason: Malformed},
	{name: "PKTAP", link: 258, frame: "6c000000 01000000 01000000 " +
		strings.Repeat("00000000 ", 24) + ethIP + innerUDP, at: []int{142}},
	{name: "USER2 of another kind", link: 149, frame: innerUDP, reason: UnsupportedLink,
		alone: "user-defined"},
	{name: "Juniper Ethernet", link: 178, frame: "4d4743 81 0004 01020304 " + ethIP + innerUDP,
		at: []int{44}},
	{name: "SunATM LLC", link: 123, frame: "02 00 0064 " + snapIP + innerUDP, at: []int{32},
		alone: "tshark counts after the four bytes"},
	{name: "NULL with an EtherType", link: 0, frame: "0f000800 " + innerUDP, at: []int{24}},
	{name: "Cisco HDLC keep-alive", link: 104, frame: "8f00 8035 00000002 00000001 00000000 ffff",
		reason: NotIP},
	{name: "ARCnet BACnet", link: 129, frame: "01 02 0000 cd 828203 0120ffff00ff1008",
		reason: NotIP},
	{name: "classical IP over ATM", link: 106, frame: innerUDP, at: []int{20}},
	{name: "netANALYZER", link: 240, frame: "32040400 " + ethIP + innerUDP + " 00000000",
		at: []int{38}},
	{name: "netANALYZER transparent", link: 241, frame: "3a044400 55555555555555d5 " + ethIP +
		innerUDP + " 00000000", at: []int{46}, alone: "tshark shows no frame after this header"},
	{name: "mPacket", link: 274, frame: "55555555555555d5 " + ethIP + innerUDP + " a30a1cee",
		at: []int{42}},
	{name: "Endace Ethernet", link: 197, frame: zeros8 + "02 04 0040 0000 002e 0000 " + ethIP +
		innerUDP, at: []int{52}, alone: "tshark counts after the record's header"},
	{name: "SLIP", link: 8, frame: "00 45 " + strings.Repeat("00", 14) + innerUDP, at: []int{36},
		alone: "tcpdump reads it, tshark does not"},
}

func frameBytes(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLinks(t *testing.T) {
	for _, c := range linkCases {
		t.Run(c.name, func(t *testing.T) {
			var p Packet
			b := frameBytes(t, c.frame)
			p.Decode(c.link, b, len(b))
			if p.NoPorts != c.reason || len(p.Ports) != len(c.at) {
				t.Fatalf("reason %q, ports %+v, stop %v; want %q and %d ports", p.NoPorts, p.Ports,
					p.Stop, c.reason, len(c.at))
			}
			for i, q := range p.Ports {
				if q.At != c.at[i] || q.Src != 53124 || q.Dst != 9 || q.Proto != ProtoUDP {
					t.Errorf("ports %d: %+v; want 53124 to 9 at %d", i, q, c.at[i])
				}
			}
		})
	}
}

// TestLinkProtocolBeyondTable checks that a number without a row has no protocol.
func TestLinkProtocolBeyondTable(t *testing.T) {
	for _, l := range []linktype.Type{2, 11, linktype.Type(len(linkProtocols)), 1 << 31,
		1<<32 - 1} {
		if id := LinkProtocol(l); id != IDNone {
			t.Errorf("%d: %s, want none", uint32(l), id)
		}
	}
}

// TestLinksTile checks that the fields of every header cover it without gaps or overlap.
func TestLinksTile(t *testing.T) {
	for _, c := range linkCases {
		var p Packet
		b := frameBytes(t, c.frame)
		p.Decode(c.link, b, len(b))
		for i, l := range p.Layers {
			bit := 8 * l.At
			for _, f := range p.Fields(i) {
				if f.At != bit {
					t.Errorf("%s: %s begins at bit %d, the field before it ends at %d", c.name,
						f.Key, f.At, bit)
				}
				bit = f.At + f.Width
				if f.Key == "data" && p.Stop.Err == nil {
					t.Errorf("%s: no field of %s has its bytes from bit %d on", c.name, l.ID, f.At)
				}
			}
			if l.ID < IDWLAN {
				continue // another file's headers
			}
			if want := 8 * (l.At + l.Len); bit != want {
				t.Errorf("%s: the fields of %s end at bit %d of %d", c.name, l.ID, bit, want)
			}
		}
	}
}

// TestLinksCut decodes every prefix of every frame, once as cut by a snapshot length and once as a
// frame of that length.
func TestLinksCut(t *testing.T) {
	for _, c := range linkCases {
		b := frameBytes(t, c.frame)
		for n := range len(b) {
			for _, wire := range []int{n, len(b)} {
				var p Packet
				p.Decode(c.link, b[:n:n], wire)
				for _, q := range p.Ports {
					if q.At+4 > n {
						t.Errorf("%s cut to %d of %d: ports at %d", c.name, n, wire, q.At)
					}
				}
				for i := range p.Layers {
					p.Fields(i)
				}
				if len(p.Ports) == 0 && p.NoPorts == HasPorts {
					t.Errorf("%s cut to %d of %d: neither ports nor a reason", c.name, n, wire)
				}
			}
		}
	}
}

func TestLinksAllocateNothing(t *testing.T) {
	var p Packet
	for _, c := range linkCases {
		b := frameBytes(t, c.frame)
		p.Decode(c.link, b, len(b))
		if n := testing.AllocsPerRun(10, func() { p.Decode(c.link, b, len(b)) }); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}
