package decode_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// Parts of the frames below. Addresses are locally administered or for documentation. Checksums are
// zero if a receiver does not require them.
const (
	tEth4 = "020000000002 020000000001 0800 "
	tEth6 = "020000000002 020000000001 86dd "
	// tshark looks for known organizations after an MPLS stack
	tEthIANA = "00005e005302 00005e005301 0800 "
	tMACs    = "020000000002 020000000001 "

	// 53124 to 9 (discard), 12 bytes
	tUDP = "cf84 0009 000c 0000 01020304 "
	// 32 bytes
	tIn4 = "45000020 00010000 4011 66ca 0a000001 0a000002 " + tUDP
	// 52 bytes
	tIn6 = "60000000 000c 11 40 20010db8000000000000000000000001 " +
		"20010db8000000000000000000000002 " + tUDP
	tNetlink = "0004 0338 0000 0000000000000000"
	tMesh    = "8803 0000 020000000001 020000000002 020000000003 1000 020000000004"

	tAddr = "20010db8000000000000000000000001 20010db8000000000000000000000002 "
)

// over4 returns Ethernet and IPv4 headers with the given protocol number, and a payload.
func over4(proto int, payload string) string { return over4From(1, proto, payload) }

func over4From(host, proto int, payload string) string {
	n := 20 + len(strings.ReplaceAll(payload, " ", ""))/2
	return tEth4 + fmt.Sprintf("4500%04x 00010000 40%02x 0000 c00002%02x c6336401 ", n, proto,
		host) + payload
}

// over6 returns Ethernet and IPv6 headers with the given next header, and a payload.
func over6(next int, payload string) string {
	n := len(strings.ReplaceAll(payload, " ", "")) / 2
	return tEth6 + fmt.Sprintf("60000000 %04x %02x 40 ", n, next) + tAddr + payload
}

// overUDP returns Ethernet, IPv4 and UDP headers to the given port, and a payload. Each port uses
// another host, because tshark decodes a conversation like its first packet.
func overUDP(port int, payload string) string {
	n := 8 + len(strings.ReplaceAll(payload, " ", ""))/2
	return over4From(2+port%251, 17, fmt.Sprintf("d000 %04x %04x 0000 ", port, n)+payload)
}

// inEth returns an Ethernet header with the given EtherType, and a payload.
func inEth(etherType, payload string) string { return tMACs + etherType + " " + payload }

// tunnelCases are frames built by hand. The ports and their positions are tshark's for the same
// bytes. If alone contains a reason why tshark cannot be used, they were counted by hand.
var tunnelCases = []struct {
	name   string
	link   linktype.Type // Ethernet if 0
	frame  string
	ports  string // protocol, source port and byte offset of each transport header
	layers string
	reason decode.Reason
	alone  string
}{
	// Over UDP: Ethernet 14, IPv4 20, UDP 8: payload at 42.
	{name: "VXLAN", frame: overUDP(4789, "0800000000002a00"+tEth4+tIn4),
		ports: "udp/53248@34 udp/53124@84", layers: "eth ip udp vxlan eth ip udp"},
	{name: "VXLAN with group policy", frame: overUDP(4789, "8808002a00002a00"+tEth4+tIn4),
		ports: "udp/53248@34 udp/53124@84", layers: "eth ip udp vxlan eth ip udp"},
	{name: "VXLAN on Linux's first port", frame: overUDP(8472, "0800000000002a00"+tEth4+tIn4),
		ports: "udp/53248@34 udp/53124@84", layers: "eth ip udp vxlan eth ip udp",
		alone: "tshark takes 4789 only"},
	{name: "VXLAN without its flag", frame: overUDP(4789, "0000000000002a00"+tEth4+tIn4),
		ports: "udp/53248@34 udp/53124@84", layers: "eth ip udp vxlan eth ip udp"},
	{name: "VXLAN without its flag, unknown inside",
		frame: overUDP(4789, "0000000000002a00"+tMACs+"fffe"+tIn4), ports: "udp/53248@34",
		layers: "eth ip udp"},
	{name: "VXLAN port, DNS inside", frame: overUDP(4789,
		"1234 0100 0001 0000 0000 0000 0161 00 0001 0001"), ports: "udp/53248@34",
		layers: "eth ip udp", alone: "tshark believes the port"},
	{name: "VXLAN-GPE IPv4", frame: overUDP(4790, "0c00000100002a00"+tIn4),
		ports: "udp/53248@34 udp/53124@70", layers: "eth ip udp vxlan_gpe ip udp"},
	{name: "VXLAN-GPE IPv6", frame: overUDP(4790, "0c00000200002a00"+tIn6),
		ports: "udp/53248@34 udp/53124@90", layers: "eth ip udp vxlan_gpe ipv6 udp"},
	{name: "VXLAN-GPE Ethernet", frame: overUDP(4790, "0c00000300002a00"+tEth4+tIn4),
		ports: "udp/53248@34 udp/53124@84", layers: "eth ip udp vxlan_gpe eth ip udp"},
	// without the P flag it is plain VXLAN, RFC 7348 (draft-ietf-nvo3-vxlan-gpe section 3.2)
	{name: "VXLAN-GPE without a next protocol", frame: overUDP(4790, "0800000000002a00"+tEth4+tIn4),
		ports: "udp/53248@34 udp/53124@84", layers: "eth ip udp vxlan_gpe eth ip udp",
		alone: "tshark 4.0.17 leaves the frame as data"},
	{name: "VXLAN-GPE NSH", frame: overUDP(4790, "0c00000400002a00"+"0fc60201 00000aff"+
		strings.Repeat("00", 16)+tIn6), ports: "udp/53248@34 udp/53124@114",
		layers: "eth ip udp vxlan_gpe nsh ipv6 udp"},
	{name: "Geneve", frame: overUDP(6081, "0000655800002a00"+tEth4+tIn4),
		ports: "udp/53248@34 udp/53124@84", layers: "eth ip udp geneve eth ip udp"},
	{name: "Geneve with options", frame: overUDP(6081, "0340655800002a00"+
		"01020301 01020304 0102 04 00"+tEth4+tIn4), ports: "udp/53248@34 udp/53124@96",
		layers: "eth ip udp geneve eth ip udp"},
	{name: "Geneve IPv4", frame: overUDP(6081, "0000080000002a00"+tIn4),
		ports: "udp/53248@34 udp/53124@70", layers: "eth ip udp geneve ip udp"},
	{name: "GTP-U", frame: overUDP(2152, "30ff002000000001"+tIn4),
		ports: "udp/53248@34 udp/53124@70", layers: "eth ip udp gtp ip udp"},
	{name: "GTP-U with sequence number", frame: overUDP(2152, "32ff002400000001 00010000"+tIn4),
		ports: "udp/53248@34 udp/53124@74", layers: "eth ip udp gtp ip udp"},
	{name: "GTP-U with two extension headers",
		frame: overUDP(2152, "34ff004400000001 00000085 01100985 0200000000000000"+tIn6),
		ports: "udp/53248@34 udp/53124@106", layers: "eth ip udp gtp ipv6 udp"},
	{name: "GTP-U echo", frame: overUDP(2152, "3201000400000000 00010000"), ports: "udp/53248@34",
		layers: "eth ip udp gtp"},
	{name: "GTP version 0", frame: overUDP(3386, "1eff0020 00010000 ffffffff 2143658709214365"+
		tIn4), ports: "udp/53248@34 udp/53124@82", layers: "eth ip udp gtp ip udp"},
	{name: "Teredo", frame: overUDP(3544, tIn6), ports: "udp/53248@34 udp/53124@82",
		layers: "eth ip udp ipv6 udp"},
	{name: "Teredo with authentication and origin",
		frame: overUDP(3544, "0001 00 00 0102030405060708 00 0000 1234 3ffffdfe"+tIn6),
		ports: "udp/53248@34 udp/53124@103", layers: "eth ip udp teredo ipv6 udp"},
	{name: "Teredo with identifier and value",
		frame: overUDP(3544, "0001 02 03 aabb ccddee 0102030405060708 00"+tIn6),
		ports: "udp/53248@34 udp/53124@100", layers: "eth ip udp teredo ipv6 udp"},
	{name: "L2TP", frame: overUDP(1701, "0002 0001 0002 ff03 0021"+tIn4),
		ports: "udp/53248@34 udp/53124@72", layers: "eth ip udp l2tp ppp ip udp"},
	{name: "L2TP with length, sequence and offset",
		frame: overUDP(1701, "4a02 0032 0001 0002 0003 0004 0002 0000 0021"+tIn4),
		ports: "udp/53248@34 udp/53124@80", layers: "eth ip udp l2tp ppp ip udp"},
	{name: "L2TP control", frame: overUDP(1701, "c802 000c 0001 0000 0001 0001"),
		ports: "udp/53248@34", layers: "eth ip udp l2tp"},
	{name: "LISP", frame: overUDP(4341, "8012345600000001"+tIn4),
		ports: "udp/53248@34 udp/53124@70", layers: "eth ip udp lisp-data ip udp"},
	{name: "LISP encapsulated control", frame: overUDP(4342, "80000000"+tIn4),
		ports: "udp/53248@34 udp/53124@66", layers: "eth ip udp lisp ip udp"},
	{name: "ESP in UDP", frame: overUDP(4500, "00001234 00000001"+strings.Repeat("a5", 24)),
		ports: "udp/53248@34", layers: "eth ip udp esp"},
	{name: "IKE on ESP's port", frame: overUDP(4500, "00000000"+
		"0102030405060708 0000000000000000 21202208 00000000 0000001c"), ports: "udp/53248@34",
		layers: "eth ip udp"},
	{name: "GRE in UDP", frame: overUDP(4754, "0000 0800"+tIn4), ports: "udp/53248@34 udp/53124@66",
		layers: "eth ip udp gre ip udp"},
	{name: "AYIYA", frame: overUDP(5072, "41 52 11 29 00000001"+strings.Repeat("aa", 16)+
		strings.Repeat("bb", 20)+tIn6), ports: "udp/53248@34 udp/53124@126",
		layers: "eth ip udp ayiya ipv6 udp"},
	{name: "CAPWAP 802.3", frame: overUDP(5247, "00 10 02 00 00000000"+tEth4+tIn4),
		ports: "udp/53248@34 udp/53124@84", layers: "eth ip udp capwap.data eth ip udp",
		alone: "tshark 4.0.17 leaves the frame as data"},
	{name: "CAPWAP 802.11, swapped", frame: overUDP(5247, "00 10 03 00 00000000"+
		"0108 0000 020000000001 020000000002 020000000003 7630 aaaa03000000 0800"+tIn4),
		ports: "udp/53248@34 udp/53124@102", layers: "eth ip udp capwap.data wlan llc snap ip udp"},
	{name: "CAPWAP later piece", frame: overUDP(5247, "00 10 03 80 00010008"+tEth4+tIn4),
		ports: "udp/53248@34", layers: "eth ip udp capwap.data"},
	{name: "MPLS in UDP", frame: overUDP(6635, "00010040 00011140"+tIn4),
		ports: "udp/53248@34 udp/53124@70", layers: "eth ip udp mpls mpls ip udp"},
	{name: "SCTP in UDP, two chunks", frame: overUDP(9899, "1388 1389 00000001 00000000 0b000004 "+
		"00030014 00000001 0000 0000 00000000 01020304"),
		ports: "udp/53248@34 sctp/5000@42", layers: "eth ip udp sctp sctp.chunk sctp.chunk"},
	{name: "SCTP in UDP", frame: overUDP(9899, "1388 1389 00000001 00000000 0b000004"),
		ports: "udp/53248@34 sctp/5000@42", layers: "eth ip udp sctp sctp.chunk"},
	{name: "TZSP Ethernet", frame: overUDP(37008, "01 00 0001 0a 01 d8 00 01"+tEth4+tIn4),
		ports: "udp/53248@34 udp/53124@85", layers: "eth ip udp tzsp eth ip udp"},
	{name: "sFlow of two samples", frame: overUDP(6343,
		"00000005 00000001 c0000201 00000000 00000001 00000001 00000002"+
			sflowSample(1,
				"00000001 00000001 00000100 00000200 00000000 00000001 00000002 00000001",
				tEth4+tIn4)+
			sflowSample(3,
				"00000001 00000000 00000001 00000100 00000200 00000000 00000000 00000001 "+
					"00000000 00000002 00000001", tEth4+tIn4)),
		ports: "udp/53248@34 udp/53124@168 udp/53124@292",
		layers: "eth ip udp sflow sflow.sample sflow.record eth ip udp sflow.sample " +
			"sflow.record eth ip udp"},

	// Over IP: payload at 34, over IPv6 at 54.
	{name: "EtherIP", frame: over4(97, "3000"+tEth4+tIn4), ports: "udp/53124@70",
		layers: "eth ip etherip eth ip udp"},
	{name: "IPIP by its old number", frame: over4(94, tIn4), ports: "udp/53124@54",
		layers: "eth ip ip udp", alone: "tshark does not know number 94"},
	{name: "PIM Register", frame: over4(103, "2100 0000 00000000"+tIn4), ports: "udp/53124@62",
		layers: "eth ip pim ip udp"},
	{name: "PIM Null-Register", frame: over4(103, "2100 0000 40000000"+
		"45000014 00000000 4067 0000 0a000001 e0010101"), layers: "eth ip pim ip",
		reason: decode.NoTransport},
	{name: "PIM Hello", frame: over4(103, "2000 0000 0001 0002 0069"), layers: "eth ip pim",
		reason: decode.NoTransport},
	{name: "Mobility header", frame: over6(135, "3b 00 05 00 0000 0001"), layers: "eth ipv6 mipv6",
		reason: decode.NoTransport},
	{name: "HIP", frame: over6(139, "3b 04 01 11 0000 0000"+
		strings.Repeat("20010010000000000000000000000001", 2)), layers: "eth ipv6 hip",
		reason: decode.NoTransport},
	{name: "Shim6 payload", frame: over6(140, "11 00 8000 00000001"+tUDP), ports: "udp/53124@62",
		layers: "eth ipv6 shim6 udp"},
	{name: "IPComp", frame: over4(108, "11 00 0002 01020304"), layers: "eth ip ipcomp",
		reason: decode.NoTransport},
	{name: "L2TPv3", frame: over4(115, "00000001 01020304"), layers: "eth ip l2tp",
		reason: decode.NoTransport},
	{name: "MPLS in IP", frame: over4(137, "00011140"+tIn4), ports: "udp/53124@58",
		layers: "eth ip mpls ip udp"},
	{name: "NSH in IP", frame: over4(145, "0fc20201 00000aff"+tIn6), ports: "udp/53124@82",
		layers: "eth ip nsh ipv6 udp", alone: "tshark does not know number 145"},
	{name: "IPv6 announced as IPv4", frame: inEth("0800", tIn6), ports: "udp/53124@54",
		layers: "eth ipv6 udp"},
	{name: "unknown protocol", frame: over4(200, "01020304"), layers: "eth ip",
		reason: decode.NoTransport},
	{name: "ICMPv6 redirect", frame: over6(58, "8900 0000 00000000"+tAddr+"0409 000000000000"+tIn6),
		layers: "eth ipv6 icmpv6 ipv6 udp", ports: "udp/53124@142", reason: decode.NoTransport},

	// Inside GRE: payload at 38.
	{name: "GRE", frame: over4(47, "0000 0800"+tIn4), ports: "udp/53124@58",
		layers: "eth ip gre ip udp"},
	{name: "GRE with checksum, key and sequence",
		frame: over4(47, "b000 0800 0000 0000 00000001 00000002"+tIn4), ports: "udp/53124@70",
		layers: "eth ip gre ip udp"},
	{name: "PPTP", frame: over4(47, "3081 880b 0024 0001 00000001 00000001 ff03 0021"+tIn4),
		ports: "udp/53124@74", layers: "eth ip gre ppp ip udp"},
	{name: "GRE WCCP", frame: over4(47, "0000 883e 80 5a 00 01"+tIn4), ports: "udp/53124@62",
		layers: "eth ip gre wccp ip udp"},
	{name: "GRE WCCP version 1", frame: over4(47, "0000 883e"+tIn4), ports: "udp/53124@58",
		layers: "eth ip gre ip udp"},
	{name: "ERSPAN I", frame: over4(47, "0000 88be"+tEth4+tIn4), ports: "udp/53124@72",
		layers: "eth ip gre eth ip udp"},
	{name: "ERSPAN II", frame: over4(47, "1000 88be 00000001 1001 0802 00000003"+tEth4+tIn4),
		ports: "udp/53124@84", layers: "eth ip gre erspan eth ip udp"},
	{name: "ERSPAN III", frame: over4(47, "1000 22eb 00000001 2001 0002 00000003 0000 0000"+tEth4+
		tIn4), ports: "udp/53124@88", layers: "eth ip gre erspan eth ip udp"},
	{name: "ERSPAN III with subheader", frame: over4(47,
		"1000 22eb 00000001 2001 0002 00000003 0000 0001 1000000000000000"+tEth4+tIn4),
		ports: "udp/53124@96", layers: "eth ip gre erspan eth ip udp"},
	{name: "GRE Aruba 802.11", frame: over4(47, "0000 8210"+
		"0801 0000 020000000001 020000000002 020000000003 1000 aaaa03000000 0800"+tIn4),
		ports: "udp/53124@90", layers: "eth ip gre wlan llc snap ip udp"},
	{name: "GRE Frame Relay", frame: over4(47, "0000 6559 1841 03 cc"+tIn4), ports: "udp/53124@62",
		layers: "eth ip gre fr ip udp"},
	{name: "GRE NSH", frame: over4(47, "0000 894f 0fc20201 00000aff"+tIn6), ports: "udp/53124@86",
		layers: "eth ip gre nsh ipv6 udp"},
	{name: "GRE of unknown type", frame: over4(47, "0000 fffe 01020304"), layers: "eth ip gre",
		reason: decode.NoTransport},

	// Tags: after the EtherType at 14.
	{name: "E-Tag", frame: inEth("893f", "2001 0002 00 00 0800"+tIn4), ports: "udp/53124@42",
		layers: "eth etag ip udp"},
	{name: "VN-Tag", frame: inEth("8926", "0001 0002 0800"+tIn4), ports: "udp/53124@40",
		layers: "eth vntag ip udp"},
	{name: "Cisco MetaData", frame: inEth("8909", "01 01 0001 0005 0800"+tIn4),
		ports: "udp/53124@42", layers: "eth cmd ip udp"},
	{name: "802.1ah", frame: inEth("88e7", "00000001"+tEth4+tIn4), ports: "udp/53124@52",
		layers: "eth ieee8021ah eth ip udp"},
	{name: "HSR", frame: inEth("892f", "002e 0001 0800"+tIn4), ports: "udp/53124@40",
		layers: "eth hsr ip udp"},
	{name: "802.1CB", frame: inEth("f1c1", "0000 0001 0800"+tIn4), ports: "udp/53124@40",
		layers: "eth ieee8021cb ip udp"},
	{name: "FabricPath", frame: inEth("8903", "0041"+tEth4+tIn4), ports: "udp/53124@50",
		layers: "eth cfp eth ip udp"},
	{name: "TRILL", frame: inEth("22f3", "003f 0001 0002"+tEth4+tIn4), ports: "udp/53124@54",
		layers: "eth trill eth ip udp"},
	{name: "TRILL with options", frame: inEth("22f3", "007f 0001 0002 01020304"+tEth4+tIn4),
		ports: "udp/53124@58", layers: "eth trill eth ip udp"},
	{name: "NSH", frame: inEth("894f", "0fc60101 00000aff"+strings.Repeat("00", 16)+tIn4),
		ports: "udp/53124@58", layers: "eth nsh ip udp"},
	{name: "NSH of variable length", frame: inEth("894f", "0fc30203 00000aff 01020304"+tEth4+tIn4),
		ports: "udp/53124@60", layers: "eth nsh eth ip udp"},
	{name: "MACsec in the clear", frame: inEth("88e5", "00 22 00000001 0800"+tIn4+
		strings.Repeat("cc", 16)), ports: "udp/53124@42", layers: "eth macsec ip udp"},
	{name: "MACsec in the clear with identifier",
		frame: inEth("88e5", "20 22 00000001 020000000001 0001 0800"+tIn4+
			strings.Repeat("cc", 16)), ports: "udp/53124@50", layers: "eth macsec ip udp"},
	{name: "MACsec encrypted", frame: inEth("88e5", "2c 00 00000001 020000000001 0001"+
		strings.Repeat("cc", 64)), layers: "eth macsec", reason: decode.Encrypted},
	{name: "batman-adv unicast", frame: inEth("4305", "40 0f 32 01 020000000003"+tEth4+tIn4),
		ports: "udp/53124@58", layers: "eth batadv eth ip udp"},
	{name: "batman-adv unicast with source", frame: inEth("4305",
		"42 0f 32 01 020000000003 020000000004 01 00"+tEth4+tIn4), ports: "udp/53124@66",
		layers: "eth batadv eth ip udp"},
	{name: "batman-adv broadcast", frame: inEth("4305", "01 0f 32 00 00000001 020000000003"+tEth4+
		tIn4), ports: "udp/53124@62", layers: "eth batadv eth ip udp"},
	{name: "batman-adv 14 unicast", frame: inEth("4305", "03 0e 32 01 020000000003"+tEth4+tIn4),
		ports: "udp/53124@58", layers: "eth batadv eth ip udp"},
	{name: "batman-adv ICMP", frame: inEth("4305", "02 0f 32 00"+strings.Repeat("00", 16)),
		layers: "eth batadv", reason: decode.NotIP},
	{name: "ISL", frame: "01000c0000 00 020000000001 003a aaaa03 00000c 0014 0001 0000" + tEth4 +
		tIn4 + "00000000", ports: "udp/53124@60", layers: "isl eth ip udp"},
	{name: "MPLS Ethernet pseudowire", frame: inEth("8847", "00010140 00000000"+tEthIANA+tIn4),
		ports: "udp/53124@56", layers: "eth mpls pwethcw eth ip udp"},
	{name: "MPLS Ethernet without control word", frame: inEth("8847", "00010140"+tEthIANA+tIn4),
		ports: "udp/53124@52", layers: "eth mpls eth ip udp"},
	{name: "MPLS associated channel", frame: inEth("8847", "00010140 10000021"+tIn4),
		ports: "udp/53124@42", layers: "eth mpls pwach ip udp"},
	{name: "MPLS IPv6", frame: inEth("8847", "00010140"+tIn6), ports: "udp/53124@58",
		layers: "eth mpls ipv6 udp"},
	{name: "jumbo LLC", frame: inEth("8870", "aaaa03 000000 0800"+tIn4), ports: "udp/53124@42",
		layers: "eth llc snap ip udp"},

	{name: "ICMP quoting VXLAN", frame: over4(1,
		"0303 0000 00000000 45000052 00010000 4011 0000 c0000201 c6336401 d000 12b5 003e 0000 "+
			"0800000000002a00"+tEth4+tIn4),
		ports: "udp/53248@62 udp/53124@112", layers: "eth ip icmp ip udp vxlan eth ip udp",
		reason: decode.NoTransport},
	{name: "neither length nor type", frame: inEth("0000", tIn4), layers: "eth",
		reason: decode.NotIP},
	{name: "LLC test", frame: inEth("0008", "aaaa e3 000000 0800"), layers: "eth llc",
		reason: decode.NotIP},
	{name: "ICMPv6 redirect with an option of length 0",
		frame: over6(58, "8900 0000 00000000"+tAddr+"0200 000000000000"), layers: "eth ipv6 icmpv6",
		reason: decode.NoTransport},
	{name: "GTP-U longer than UDP", frame: overUDP(2152, "30ff010000000001"+tIn4),
		ports: "udp/53248@34", layers: "eth ip udp", alone: "tshark believes the port"},
	{name: "SCTP in UDP, chunk too long", frame: overUDP(9899,
		"1388 1389 00000001 00000000 0b000104"), ports: "udp/53248@34", layers: "eth ip udp",
		alone: "tshark believes the port"},

	// Headers that public bug reports describe as missing.
	{name: "Cisco MetaData inside GRE", frame: over4(47, "0000 8909 0800 01 01 0001 0005"+tIn4),
		ports:  "udp/53124@66",
		layers: "eth ip gre cmd ip udp"},
	{name: "MikroTik EoIP", frame: over4(47, "2001 6400 002e 1900"+tEth4+tIn4),
		ports:  "udp/53124@76",
		layers: "eth ip gre eth ip udp"},
	{name: "GTP-U with an Ethernet frame", frame: overUDP(2152, "30ff002e00000001"+tEth4+tIn4),
		ports: "udp/53248@34 udp/53124@84", layers: "eth ip udp gtp eth ip udp",
		alone: "tshark 4.0.17 reads IP only"},
	{name: "GTP-U with an Ethernet frame whose address begins like IPv6",
		frame: overUDP(2152, "30ff002e00000001 620000000002 020000000001 0800"+tIn4),
		ports: "udp/53248@34 udp/53124@84", layers: "eth ip udp gtp eth ip udp",
		alone: "tshark 4.0.17 reads IP only"},
	{name: "Arista timestamp of 64 bits", frame: inEth("d28b", "0001 0010 5ceeed57 384f59c8 0800"+
		tIn4),
		ports: "udp/53124@48", layers: "eth avsp ip udp"},
	{name: "Arista timestamp of 48 bits", frame: inEth("d28b", "0001 0120 ed57 384f59c8 0800"+
		tIn4),
		ports: "udp/53124@46", layers: "eth avsp ip udp"},
	{name: "Arista tag of another version", frame: inEth("d28b",
		"0001 0030 5ceeed57 384f59c8 0800"+tIn4),
		layers: "eth avsp", reason: decode.NotIP},
	{name: "IPv4 header alone with protocol 0", frame: over4(0, ""), layers: "eth ip",
		reason: decode.NoTransport},
	{name: "MPLS Generic Associated Channel Label",
		frame: inEth("8847", "00010040 0000d140 10000021"+tIn4),
		ports: "udp/53124@46", layers: "eth mpls mpls pwach ip udp"},
	{name: "MPLS OAM Alert Label", frame: inEth("8847", "00010040 0000e140 45000020"+
		strings.Repeat("00", 40)),
		layers: "eth mpls mpls", reason: decode.NotIP},
	{name: "IPv6 jumbogram without UDP length",
		frame: inEth("86dd", "60000000 0000 00 40"+tAddr+"11 00 c204 00010018"+
			"cf84 0009 0000 0000"+strings.Repeat("00", 65536)), ports: "udp/53124@62",
		layers: "eth ipv6 ipv6.hopopts udp"},

	// Link types.
	{name: "cooked capture on a GRE device", link: 113,
		frame: "0000 030a 0000 0000000000000000 0800" + tIn4,
		ports: "udp/53124@36", layers: "sll ip udp"},
	{name: "cooked capture v2 on a GRE device", link: 276,
		frame: "6558 0000 00000002 030a 00 00 0000000000000000" + tEth4 + tIn4,
		ports: "udp/53124@54", layers: "sll2 eth ip udp"},
	{name: "cooked capture on a radiotap device", link: 113,
		frame: "0000 0323 0000 0000000000000000 0000 0000 0800 00000000 0801 0000 020000000001 " +
			"020000000002" +
			"020000000003 1000 aaaa03 000000 0800" + tIn4,
		ports: "udp/53124@76", layers: "sll radiotap wlan llc snap ip udp",
		alone: "tshark 4.0.17 does not read this device type"},
	{name: "cooked capture on a Frame Relay device", link: 113,
		frame: "0000 0302 0000 0000000000000000 0000 1841 03 cc" + tIn4,
		ports: "udp/53124@40", layers: "sll fr ip udp",
		alone: "tshark 4.0.17 does not read this device type"},
	{name: "NFQUEUE packet", link: 253, frame: tNetlink +
		"000c 44000000 0003 0000 00000000 00000000 02 00 002c" +
		"0b00 0100 00000001 0800 03 00 2400 0a00" + tIn4, ports: "udp/53124@72",
		layers: "sll netlink ip udp",
		alone:  "tshark shows the packet as a part of the attribute"},
	{name: "NFLOG packet of a bridge in netlink", link: 253, frame: tNetlink +
		"000c 44000000 0004 0000 00000000 00000000 07 00 002c" +
		"0800 0100 0800 03 00 2400 0900" + tIn4 + "00000000", ports: "udp/53124@68",
		layers: "sll netlink ip udp",
		alone:  "tshark 4.0.17 takes the family alone"},
	{name: "netlink without a packet", link: 253, frame: tNetlink +
		"0000 14000000 1200 0000 00000000 00000000 00 00 0000",
		layers: "sll", reason: decode.NotIP},
	{name: "NFLOG of a bridge", link: 239, frame: "07 00 0000 0800 0100 0800 03 00 2400 0900" +
		tIn4, ports: "udp/53124@36",
		layers: "nflog ip udp"},
	{name: "802.11 mesh without addresses", link: 105, frame: tMesh +
		"0001 00 20 00000000 aaaa03 000000 0800" + tIn4,
		ports: "udp/53124@66", layers: "wlan wlan_mesh llc snap ip udp"},
	{name: "802.11 mesh with two addresses", link: 105,
		frame: tMesh + "0001 02 20 00000000" + tMACs + "aaaa03 000000 0800" + tIn4,
		ports: "udp/53124@78", layers: "wlan wlan_mesh llc snap ip udp"},
	{name: "802.11 four addresses, the mesh bit for something else", link: 105, frame: tMesh +
		"0001 aaaa03 000000 0800" + tIn4,
		ports: "udp/53124@60", layers: "wlan llc snap ip udp"},
	{name: "PPP bridged frame", link: 9, frame: "ff03 0031 00 01" + tEth4 + tIn4,
		ports: "udp/53124@40", layers: "ppp bcp_bpdu eth ip udp"},
	{name: "PPP multilink", link: 9, frame: "ff03 003d c0000001 0021" + tIn4, ports: "udp/53124@30",
		layers: "ppp mp ppp ip udp", alone: "tshark counts after the multilink header"},
	{name: "PPP multilink, later piece", link: 9, frame: "ff03 003d 40000002" + tUDP,
		layers: "ppp mp", reason: decode.LaterFragment},
	{name: "DSA", link: 284, frame: tMACs + "c0000001 0800" + tIn4, ports: "udp/53124@38",
		layers: "dsa ip udp", alone: "tshark does not read this link type"},
	{name: "EDSA", link: 285, frame: tMACs + "dada 0000 c0000001 0800" + tIn4,
		ports: "udp/53124@42", layers: "edsa ip udp", alone: "tshark does not read this link type"},
	{name: "Broadcom tag inside", link: 281, frame: tMACs + "20000001 0800" + tIn4,
		ports: "udp/53124@38", layers: "brcm ip udp", alone: "tshark does not read this link type"},
	{name: "Broadcom tag in front", link: 282, frame: "20000001" + tEth4 + tIn4,
		ports: "udp/53124@38", layers: "brcm_prepend eth ip udp",
		alone: "tshark does not read this link type"},
	{name: "Juniper PPP", link: 179, frame: "4d4743 01 ff03 0021" + tIn4, ports: "udp/53124@28",
		layers: "juniper ppp ip udp", alone: "tshark skips address and control and shows neither"},
	{name: "Juniper Frame Relay", link: 180, frame: "4d4743 01 1841 03 cc" + tIn4,
		ports: "udp/53124@28", layers: "juniper fr ip udp"},
	{name: "Juniper Cisco HDLC", link: 181, frame: "4d4743 01 0f00 0800" + tIn4,
		ports: "udp/53124@28", layers: "juniper chdlc ip udp"},
}

// sflowSample returns a flow sample of the given format with one raw packet header.
func sflowSample(format int, head, packet string) string {
	n := len(strings.ReplaceAll(packet, " ", "")) / 2
	pad := (4 - n%4) % 4
	record := fmt.Sprintf("00000001 %08x 00000001 %08x 00000004 %08x", 16+n+pad, n+4, n) + packet +
		strings.Repeat("00", pad)
	body := head + record
	return fmt.Sprintf("%08x %08x", format, len(strings.ReplaceAll(body, " ", ""))/2) + body
}

func tunnelFrame(t testing.TB, i int) corpustest.Frame {
	t.Helper()
	c := tunnelCases[i]
	b, err := hex.DecodeString(strings.ReplaceAll(c.frame, " ", ""))
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	link := c.link
	if link == 0 {
		link = linktype.Ethernet
	}
	return corpustest.Frame{File: c.name, N: int64(i + 1), Link: link, Data: b, Wire: len(b)}
}

// portsText formats transport headers as in tunnelCases.
func portsText(p *decode.Packet) string {
	var list []string
	for _, q := range p.Ports {
		list = append(list, fmt.Sprintf("%s/%d@%d", q.Proto, q.Src, q.At))
	}
	return strings.Join(list, " ")
}

func TestTunnels(t *testing.T) {
	for i, c := range tunnelCases {
		t.Run(c.name, func(t *testing.T) {
			var p decode.Packet
			f := tunnelFrame(t, i)
			p.Decode(f.Link, f.Data, f.Wire)
			var layers []string
			for _, l := range p.Layers {
				layers = append(layers, l.ID.String())
			}
			if got := strings.Join(layers, " "); got != c.layers {
				t.Errorf("layers %s, want %s", got, c.layers)
			}
			if got := portsText(&p); got != c.ports || p.NoPorts != c.reason {
				t.Errorf("ports %q and reason %q, want %q and %q (stop: %v)", got, p.NoPorts,
					c.ports, c.reason, p.Stop)
			}
			if p.Stop.Err != nil {
				t.Errorf("stopped: %v", p.Stop)
			}
		})
	}
}

// TestTunnelsNets checks that the outermost IP header is the first in the list. The innermost is
// the last before an ICMP error.
func TestTunnelsNets(t *testing.T) {
	for i, c := range tunnelCases {
		var p decode.Packet
		f := tunnelFrame(t, i)
		p.Decode(f.Link, f.Data, f.Wire)
		first, last := -1, -1
		for j, name := range strings.Fields(c.layers) {
			if strings.HasPrefix(name, "icmp") {
				break // the rest is quoted
			}
			if name == "ip" || name == "ipv6" {
				last = j
				if first < 0 {
					first = j
				}
			}
		}
		if p.NetLayer() != first || p.LastNet() != last {
			t.Errorf("%s: IP headers %d to %d, want %d to %d", c.name, p.NetLayer(), p.LastNet(),
				first, last)
		}
	}
}

// tsharkNames maps fields to tshark's different names for them in these frames.
var tsharkNames = map[string]string{
	"MikroTik EoIP\tgre.flags.ack":                 "gre.flags.reserved",
	"MikroTik EoIP\tgre.key.payload_length":        "gre.key",
	"cooked capture on a GRE device\tsll.etype":    "sll.gretype",
	"cooked capture v2 on a GRE device\tsll.etype": "sll.gretype",
}

// TestTunnelsTshark compares the frames with tshark: the number of transport headers, their ports
// and positions, and the value of every field that both programs have.
func TestTunnelsTshark(t *testing.T) {
	var frames []corpustest.Frame
	for i, c := range tunnelCases {
		if c.alone == "" {
			frames = append(frames, tunnelFrame(t, i))
		}
	}
	check := newPDMLCheck(t)
	dissect(t, frames, func(f corpustest.Frame, fields []corpustest.Element) {
		check.frame(f, fields)
		var theirs []string
		for _, q := range fields {
			if proto, ok := strings.CutSuffix(q.Name, ".srcport"); ok {
				theirs = append(theirs, fmt.Sprintf("%s/%s@%d", proto, q.Show, q.Pos))
			}
		}
		if want := tunnelCases[f.N-1].ports; strings.Join(theirs, " ") != want {
			t.Errorf("%s: tshark's ports are %q, listed are %q", f.File, theirs, want)
		}
	})
	for _, key := range slices.Sorted(maps.Keys(check.found)) {
		if tsharkNames[strings.TrimSuffix(key, "\tnot shown")] != "" {
			continue
		}
		t.Errorf("%s\t%s", key, check.found[key].first)
	}
	if len(frames) < 70 || check.fields < 2000 {
		t.Errorf("%d frames and %d fields were compared", len(frames), check.fields)
	}
}

// TestTunnelsVia checks that only the header inside UDP has Via set to the port that selected it.
func TestTunnelsVia(t *testing.T) {
	for i, c := range tunnelCases {
		var p decode.Packet
		f := tunnelFrame(t, i)
		p.Decode(f.Link, f.Data, f.Wire)
		for j, l := range p.Layers {
			var want uint16
			if j > 0 && p.Layers[j-1].ID == decode.IDUDP && l.At == p.Layers[j-1].At+8 {
				want = binary.BigEndian.Uint16(f.Data[p.Layers[j-1].At+2:])
			}
			if l.Via != want {
				t.Errorf("%s: %s at %d is there because of port %d, want %d", c.name, l.ID, l.At,
					l.Via, want)
			}
		}
	}
}

// TestTunnelsTile checks that the fields of every header cover it without gaps or overlap, at every
// captured length.
func TestTunnelsTile(t *testing.T) {
	for i := range tunnelCases {
		f := tunnelFrame(t, i)
		var p decode.Packet
		p.Decode(f.Link, f.Data, f.Wire)
		for j := range p.Layers {
			tiles(t, &p, j)
		}
		for n := range f.Data {
			for _, wire := range []int{n, f.Wire} {
				p.Decode(f.Link, f.Data[:n:n], wire)
				portsHold(t, &p)
				for j := range p.Layers {
					tiles(t, &p, j)
				}
			}
		}
	}
}

func TestTunnelsAllocateNothing(t *testing.T) {
	var p decode.Packet
	for i, c := range tunnelCases {
		f := tunnelFrame(t, i)
		p.Decode(f.Link, f.Data, f.Wire)
		if n := testing.AllocsPerRun(10, func() { p.Decode(f.Link, f.Data, f.Wire) }); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}
