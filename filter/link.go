package filter

// LinkType is a LINKTYPE_ value as capture files have it: what a frame begins with.
type LinkType uint32

// The link types that can be filtered.
const (
	LinkNull      LinkType = 0 // the address family in the capturing host's byte order
	LinkEthernet  LinkType = 1
	LinkPPP       LinkType = 9
	LinkRaw       LinkType = 101 // IPv4 or IPv6, told by the version
	LinkPPPSerial LinkType = 50  // PPP in HDLC-like framing
	LinkCiscoHDLC LinkType = 104
	LinkLoop      LinkType = 108 // the address family in network byte order
	LinkSLL       LinkType = 113 // Linux cooked capture
	LinkIPv4      LinkType = 228
	LinkIPv6      LinkType = 229
	LinkSLL2      LinkType = 276 // Linux cooked capture version 2
)

// place is where something in a frame begins: k bytes behind a computed place, or behind the start of the frame.
type place struct {
	base *value
	k    uint32
}

// link is what the generator knows about the headers so far: vlan, mpls, pppoes and geneve move it for all that follows.
type link struct {
	typ     LinkType
	name    string
	header  place  // the link header
	proto   place  // the field that says what follows
	payload place  // what follows the link header
	nl      uint32 // from there to the network header: MPLS labels
	noSNAP  uint32 // from there to an ISO network header in an LLC frame without SNAP
	labels  int    // MPLS labels so far
	geneve  bool   // inside Geneve, where the Ethernet header may be missing
	cooked  bool   // live: there is no link header
	tagged  bool   // live: the first VLAN tag was looked for where the kernel puts it
}

// rawLinks are the values that files and systems use for bare IP.
var rawLinks = map[LinkType]bool{LinkRaw: true, 12: true, 14: true}

// newLink describes a frame from its start, and tells whether that link type can be filtered. Live, a cooked frame gets its header only when it is
// handed out: a filter in the kernel sees the packet alone, and asks the kernel what the header would say.
func newLink(t LinkType, live bool) (link, bool) {
	if rawLinks[t] {
		t = LinkRaw
	}
	l, ok := linkTable[t]
	l.typ = t
	if live && t == LinkSLL2 {
		l.proto, l.payload, l.cooked = place{k: ancProtocol}, place{}, true
	}
	return l, ok
}

// linkTable has a row for each link type: places are bytes from the start of the frame.
var linkTable = map[LinkType]link{
	LinkEthernet:  {name: "Ethernet", proto: place{k: 12}, payload: place{k: 14}, noSNAP: 3},
	LinkNull:      {name: "BSD loopback", payload: place{k: 4}},
	LinkLoop:      {name: "OpenBSD loopback", payload: place{k: 4}},
	LinkRaw:       {name: "raw IP"},
	LinkIPv4:      {name: "raw IPv4"},
	LinkIPv6:      {name: "raw IPv6"},
	LinkPPP:       {name: "PPP", proto: place{k: 2}, payload: place{k: 4}},
	LinkPPPSerial: {name: "PPP in HDLC-like framing", proto: place{k: 2}, payload: place{k: 4}},
	LinkCiscoHDLC: {name: "Cisco HDLC", proto: place{k: 2}, payload: place{k: 4}},
	LinkSLL:       {name: "Linux cooked capture", proto: place{k: 14}, payload: place{k: 16}},
	LinkSLL2:      {name: "Linux cooked capture 2", proto: place{k: 0}, payload: place{k: 20}},
}

// LinkTypes are the link types that can be filtered, in the order of their numbers, without the other numbers of raw IP.
func LinkTypes() []LinkType {
	return []LinkType{LinkNull, LinkEthernet, LinkPPP, LinkPPPSerial, LinkRaw, LinkCiscoHDLC, LinkLoop, LinkSLL, LinkIPv4, LinkIPv6, LinkSLL2}
}
