package decode

import "encoding/binary"

func u16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }

// etherTypeName returns the name of an EtherType (IANA, IEEE 802 Numbers), or "".
func etherTypeName(v uint64) string { return etherTypeNames[uint16(v)] }

// EtherTypeName returns the name of an EtherType (IANA, IEEE 802 Numbers), or "" if it is unknown.
func EtherTypeName(t uint16) string { return etherTypeNames[t] }

var etherTypeNames = map[uint16]string{
	0x0200: "PUP", 0x0600: "XNS IDP", 0x0800: "IPv4", 0x0805: "X.25", 0x0806: "ARP",
	0x0842: "Wake-on-LAN", 0x0bad: "VINES",
	0x22ea: "SRP", 0x22f0: "AVTP", 0x22f3: "TRILL", 0x22f4: "IS-IS over L2", 0x22eb: "ERSPAN III",
	0x6001: "DEC MOP Dump", 0x6002: "DEC MOP Remote Console", 0x6003: "DECnet",
	0x6004: "DEC LAT", 0x6558: "Transparent Ethernet", 0x6559: "Frame Relay", 0x8035: "RARP",
	0x809b: "AppleTalk", 0x80f3: "AARP", 0x8100: "802.1Q VLAN",
	0x8137: "IPX", 0x8138: "IPX", 0x8204: "QNX Qnet", 0x86dd: "IPv6", 0x8808: "MAC Control",
	0x8809: "Slow Protocols (LACP)", 0x880b: "PPP", 0x8819: "CobraNet",
	0x883e: "WCCP", 0x8847: "MPLS", 0x8848: "MPLS upstream", 0x8863: "PPPoE Discovery",
	0x8864: "PPPoE Session", 0x886d: "Intel ANS", 0x8870: "Jumbo LLC",
	0x887b: "HomePlug", 0x888e: "EAPOL", 0x8892: "PROFINET", 0x889a: "SCSI over Ethernet",
	0x88a2: "ATA over Ethernet", 0x88a4: "EtherCAT", 0x88a8: "802.1ad S-VLAN",
	0x88ab: "POWERLINK", 0x88b5: "Local Experimental 1", 0x88b6: "Local Experimental 2",
	0x88b7: "OUI Extended", 0x88b8: "GOOSE", 0x88b9: "GSE", 0x88ba: "Sampled Values",
	0x88be: "ERSPAN II",
	0x88c7: "802.11 Pre-Authentication", 0x88cc: "LLDP", 0x88cd: "SERCOS III", 0x88dc: "WSMP",
	0x88e1: "HomePlug AV", 0x88e3: "MRP", 0x88e5: "MACsec", 0x88e7: "802.1ah I-Tag", 0x88f5: "MVRP",
	0x88f6: "MMRP", 0x88f7: "PTP",
	0x88f8: "NC-SI", 0x88fb: "PRP", 0x8902: "CFM", 0x8903: "FabricPath", 0x8906: "FCoE",
	0x8909: "Cisco MetaData", 0x8914: "FCoE Initialization", 0x8915: "RoCE", 0x8917: "MIS",
	0x891d: "TTEthernet", 0x8926: "VN-Tag", 0x892f: "HSR", 0x893f: "802.1BR E-Tag", 0x894f: "NSH",
	0x9000: "Loopback Test", 0x9100: "Q-in-Q VLAN", 0x9200: "Q-in-Q VLAN",
	0xdada: "DSA", 0x4305: "B.A.T.M.A.N.", 0xcafe: "Veritas LLT", 0x8874: "Broadcom tag",
	0x88d9: "LLTD", 0x88de: "VMware Lab Manager", 0x88ca: "TIPC",
	0xa0ed: "6LoWPAN", 0xf1c1: "802.1CB R-Tag",
}

// ipProtoName returns the name of a protocol number (IANA, Protocol Numbers), or "".
func ipProtoName(v uint64) string { return IPProtoName(uint8(v)) }

// IPProtoName returns the name of an IPv4 Protocol or IPv6 Next Header number (IANA, Protocol
// Numbers), or "" if it is unassigned or unknown.
func IPProtoName(n uint8) string { return ipProtoNames[n] }

var ipProtoNames = [256]string{
	0: "Hop-by-Hop Options", 1: "ICMP", 2: "IGMP", 3: "GGP", 4: "IPv4", 5: "ST", 6: "TCP", 7: "CBT",
	8: "EGP", 9: "IGP", 11: "NVP-II", 12: "PUP", 16: "CHAOS", 17: "UDP",
	20: "HMP", 22: "XNS-IDP", 27: "RDP", 28: "IRTP", 29: "ISO-TP4", 33: "DCCP", 35: "IDPR",
	36: "XTP", 37: "DDP", 40: "IL", 41: "IPv6", 43: "Routing", 44: "Fragment", 45: "IDRP",
	46: "RSVP", 47: "GRE",
	48: "DSR", 50: "ESP", 51: "AH", 53: "SWIPE", 54: "NARP", 55: "MOBILE", 56: "TLSP", 57: "SKIP",
	58: "ICMPv6", 59: "No Next Header", 60: "Destination Options",
	77: "SUN-ND", 80: "ISO-IP", 81: "VMTP", 83: "VINES", 88: "EIGRP", 89: "OSPF", 94: "IPIP",
	97: "EtherIP", 98: "ENCAP", 103: "PIM", 105: "SCPS", 108: "IPComp", 112: "VRRP",
	113: "PGM", 115: "L2TPv3", 121: "SMP", 123: "PTP", 124: "IS-IS over IPv4", 128: "SSCOPMCE",
	132: "SCTP", 133: "FC", 134: "RSVP-E2E-IGNORE", 135: "Mobility Header", 136: "UDPLite",
	137: "MPLS-in-IP", 138: "manet", 139: "HIP",
	140: "Shim6", 141: "WESP", 142: "ROHC", 143: "Ethernet", 144: "AGGFRAG", 145: "NSH",
	253: "Experimental 1", 254: "Experimental 2", 255: "Reserved",
}
