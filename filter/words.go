package filter

// marks maps operators that are also words to their usual spelling.
var marks = map[string]string{"&&": "and", "||": "or", "!": "not", "==": "="}

// words maps the words of the language to their usual spelling. Five of them mean the link layer of
// any link type.
var words = map[string]string{
	"ether": "ether", "link": "ether", "ppp": "ether", "slip": "ether", "fddi": "ether",
	"tr": "ether", "wlan": "ether",
	"arp": "arp", "rarp": "rarp", "ip": "ip", "ip6": "ip6", "sctp": "sctp", "tcp": "tcp",
	"udp": "udp", "icmp": "icmp", "icmp6": "icmp6",
	"igmp": "igmp", "igrp": "igrp", "pim": "pim", "vrrp": "vrrp", "carp": "carp", "ah": "ah",
	"esp": "esp", "radio": "radio",
	"atalk": "atalk", "aarp": "aarp", "decnet": "decnet", "lat": "lat", "sca": "sca",
	"moprc": "moprc", "mopdl": "mopdl",
	"iso": "iso", "esis": "esis", "es-is": "esis", "isis": "isis", "is-is": "isis", "clnp": "clnp",
	"l1": "l1", "l2": "l2", "iih": "iih", "lsp": "lsp", "snp": "snp", "csnp": "csnp",
	"psnp": "psnp",
	"stp":  "stp", "ipx": "ipx", "netbeui": "netbeui",
	"src": "src", "dst": "dst", "host": "host", "net": "net", "mask": "mask", "port": "port",
	"portrange": "portrange",
	"proto":     "proto", "protochain": "protochain", "gateway": "gateway",
	"and": "and", "or": "or", "not": "not", "len": "len", "length": "len", "less": "less",
	"greater": "greater", "byte": "byte",
	"broadcast": "broadcast", "multicast": "multicast", "inbound": "inbound",
	"outbound": "outbound", "ifindex": "ifindex",
	"vlan": "vlan", "mpls": "mpls", "pppoed": "pppoed", "pppoes": "pppoes", "geneve": "geneve",
	"llc": "llc",
	"ra":  "ra", "ta": "ta", "addr1": "addr1", "address1": "addr1", "addr2": "addr2",
	"address2": "addr2",
	"addr3":    "addr3", "address3": "addr3", "addr4": "addr4", "address4": "addr4",
	"type": "type", "subtype": "subtype", "dir": "dir", "direction": "dir",
	"ifname": "ifname", "on": "ifname", "rset": "ruleset", "ruleset": "ruleset", "rnr": "rnr",
	"rulenum": "rnr",
	"srnr":    "srnr", "subrulenum": "srnr", "reason": "reason", "action": "action",
	"vpi": "vpi", "vci": "vci", "lane": "lane", "metac": "metac", "bcc": "bcc", "oam": "oam",
	"oamf4": "oamf4", "oamf4ec": "oamf4ec",
	"oamf4sc": "oamf4sc", "sc": "sc", "ilmic": "ilmic", "connectmsg": "connectmsg",
	"metaconnect": "metaconnect",
	"fisu":        "fisu", "lssu": "lssu", "lsu": "lssu", "msu": "msu", "hfisu": "hfisu",
	"hlssu": "hlssu",
	"hmsu":  "hmsu",
	"sio":   "sio", "opc": "opc", "dpc": "dpc", "sls": "sls", "hsio": "hsio", "hopc": "hopc",
	"hdpc": "hdpc", "hsls": "hsls",
}

// elsewhere maps words that apply only to unsupported link types to the kind of capture that they
// need.
var elsewhere = map[string]string{
	"type": "802.11", "subtype": "802.11", "dir": "802.11",
	"ifname": "a log of OpenBSD's pf", "ruleset": "a log of OpenBSD's pf",
	"rnr":  "a log of OpenBSD's pf",
	"srnr": "a log of OpenBSD's pf", "reason": "a log of OpenBSD's pf",
	"action": "a log of OpenBSD's pf",
	"vpi":    "ATM", "vci": "ATM", "lane": "ATM", "metac": "ATM", "bcc": "ATM", "oam": "ATM",
	"oamf4": "ATM", "oamf4ec": "ATM",
	"oamf4sc": "ATM", "sc": "ATM", "ilmic": "ATM", "connectmsg": "ATM", "metaconnect": "ATM",
	"fisu": "SS7", "lssu": "SS7", "msu": "SS7", "hfisu": "SS7", "hlssu": "SS7", "hmsu": "SS7",
	"sio": "SS7", "opc": "SS7", "dpc": "SS7", "sls": "SS7", "hsio": "SS7", "hopc": "SS7",
	"hdpc": "SS7", "hsls": "SS7",
}

// constants are the names of numbers in byte accesses: offsets of fields, TCP's flags (RFC 9293
// section 3.1), types of ICMP (RFC 792 and IANA's registry) and of ICMPv6 (RFC 4443 and IANA's
// registry).
var constants = map[string]uint32{
	"icmptype": 0, "icmpcode": 1, "icmp6type": 0, "icmp6code": 1, "tcpflags": 13,

	"tcp-fin": 1, "tcp-syn": 2, "tcp-rst": 4, "tcp-push": 8, "tcp-ack": 16, "tcp-urg": 32,
	"tcp-ece": 64, "tcp-cwr": 128,

	"icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5,
	"icmp-echo": 8, "icmp-routeradvert": 9,
	"icmp-routersolicit": 10, "icmp-timxceed": 11, "icmp-paramprob": 12, "icmp-tstamp": 13,
	"icmp-tstampreply": 14, "icmp-ireq": 15,
	"icmp-ireqreply": 16, "icmp-maskreq": 17, "icmp-maskreply": 18,

	"icmp6-destinationunreach": 1, "icmp6-packettoobig": 2, "icmp6-timeexceeded": 3,
	"icmp6-parameterproblem": 4,
	"icmp6-echo":             128, "icmp6-echoreply": 129, "icmp6-multicastlistenerquery": 130,
	"icmp6-multicastlistenerreportv1": 131,
	"icmp6-multicastlistenerdone":     132, "icmp6-routersolicit": 133, "icmp6-routeradvert": 134,
	"icmp6-neighborsolicit": 135,
	"icmp6-neighboradvert":  136, "icmp6-redirect": 137, "icmp6-routerrenum": 138,
	"icmp6-nodeinformationquery":    139,
	"icmp6-nodeinformationresponse": 140, "icmp6-ineighbordiscoverysolicit": 141,
	"icmp6-ineighbordiscoveryadvert":  142,
	"icmp6-multicastlistenerreportv2": 143, "icmp6-homeagentdiscoveryrequest": 144,
	"icmp6-homeagentdiscoveryreply": 145,
	"icmp6-mobileprefixsolicit":     146, "icmp6-mobileprefixadvert": 147,
	"icmp6-certpathsolicit":       148,
	"icmp6-certpathadvert":        149,
	"icmp6-multicastrouteradvert": 151, "icmp6-multicastroutersolicit": 152,
	"icmp6-multicastrouterterm": 153,
}

// etherTypes are the names after "ether proto": EtherTypes, and below them the LLC service access
// points of three protocols.
var etherTypes = map[string]uint32{
	"ip": etherIPv4, "ip6": etherIPv6, "arp": etherARP, "rarp": etherRARP, "atalk": etherAppleTalk,
	"aarp": etherAARP, "decnet": etherDECnet,
	"lat": 0x6004, "sca": 0x6007, "mopdl": 0x6001, "moprc": 0x6002, "loopback": 0x9000,
	"iso": sapISO, "stp": sapSTP, "ipx": sapIPX, "netbeui": sapNetBEUI,
}

// ipProtocols are the names after "proto", as in IANA's registry of protocol numbers and in common
// /etc/protocols files.
var ipProtocols = map[string]uint32{
	"ip": 0, "hopopt": 0, "icmp": 1, "igmp": 2, "ggp": 3, "ipencap": 4, "st": 5, "tcp": 6, "egp": 8,
	"igp": 9, "pup": 12, "udp": 17,
	"hmp": 20, "xns-idp": 22, "rdp": 27, "iso-tp4": 29, "dccp": 33, "xtp": 36, "ddp": 37,
	"idpr-cmtp": 38, "ipv6": 41, "ipv6-route": 43,
	"ipv6-frag": 44, "idrp": 45, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51, "skip": 57,
	"ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60,
	"rspf": 73, "vmtp": 81, "eigrp": 88, "ospf": 89, "ax.25": 93, "ipip": 94, "etherip": 97,
	"encap": 98, "pim": 103, "ipcomp": 108,
	"vrrp": 112, "l2tp": 115, "isis": 124, "sctp": 132, "fc": 133, "mobility-header": 135,
	"udplite": 136, "mpls-in-ip": 137,
	"manet": 138, "hip": 139, "shim6": 140, "wesp": 141, "rohc": 142, "ethernet": 143,
}

// isoProtocols are the network layer protocol identifiers of ISO/IEC TR 9577.
var isoProtocols = map[string]uint32{"clnp": 0x81, "esis": 0x82, "isis": 0x83}

// Values of the EtherType field, IANA's registry, and of LLC's service access points, IEEE 802.2.
const (
	etherIPv4        = 0x0800
	etherARP         = 0x0806
	etherRARP        = 0x8035
	etherDECnet      = 0x6003
	etherAppleTalk   = 0x809b
	etherAARP        = 0x80f3
	etherVLAN        = 0x8100
	etherIPX         = 0x8137
	etherIPv6        = 0x86dd
	etherMPLS        = 0x8847
	etherPPPoED      = 0x8863
	etherPPPoES      = 0x8864
	etherQinQ        = 0x88a8
	etherOldQinQ     = 0x9100
	etherBridge      = 0x6558 // transparent Ethernet bridging: a whole Ethernet frame follows
	maxLength802_3   = 1500   // a type field of this or less is a length, IEEE 802.3
	sapIP            = 0x06
	sapSTP           = 0x42
	sapIPX           = 0xe0
	sapNetBEUI       = 0xf0
	sapISO           = 0xfe
	ipFragmentHeader = 44
)
