package filter

import "github.com/portsniff/portsniff/linktype"

// place is where something in a frame begins: k bytes after a computed place, or after the start
// of the frame.
type place struct {
	base *value
	k    uint32
}

// link is what the generator knows about the headers so far: vlan, mpls, pppoes and geneve move it
// for all that follows.
type link struct {
	typ     linktype.Type
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
var rawLinks = map[linktype.Type]bool{linktype.Raw: true, 12: true, 14: true}

// newLink describes a frame from its start, and reports whether that link type can be filtered.
// Live, a cooked frame gets its header only when it is handed out: a filter in the kernel sees the
// packet alone, and asks the kernel what the header would say.
func newLink(t linktype.Type, live bool) (link, bool) {
	if rawLinks[t] {
		t = linktype.Raw
	}
	l, ok := linkTable[t]
	l.typ = t
	if live && t == linktype.SLL2 {
		l.proto, l.payload, l.cooked = place{k: ancProtocol}, place{}, true
	}
	return l, ok
}

// linkTable has a row for each link type: places are bytes from the start of the frame.
var linkTable = map[linktype.Type]link{
	linktype.Ethernet: {name: "Ethernet", proto: place{k: 12}, payload: place{k: 14}, noSNAP: 3},
	linktype.Null:     {name: "BSD loopback", payload: place{k: 4}},
	linktype.Loop:     {name: "OpenBSD loopback", payload: place{k: 4}},
	linktype.Raw:      {name: "raw IP"},
	linktype.IPv4:     {name: "raw IPv4"},
	linktype.IPv6:     {name: "raw IPv6"},
	linktype.PPP:      {name: "PPP", proto: place{k: 2}, payload: place{k: 4}},
	linktype.PPPSerial: {name: "PPP in HDLC-like framing", proto: place{k: 2},
		payload: place{k: 4}},
	linktype.CiscoHDLC: {name: "Cisco HDLC", proto: place{k: 2}, payload: place{k: 4}},
	linktype.SLL:       {name: "Linux cooked capture", proto: place{k: 14}, payload: place{k: 16}},
	linktype.SLL2:      {name: "Linux cooked capture 2", proto: place{k: 0}, payload: place{k: 20}},
}

// LinkTypes returns the link types that can be filtered, in the order of their numbers, without the
// other numbers of raw IP.
func LinkTypes() []linktype.Type {
	return []linktype.Type{linktype.Null, linktype.Ethernet, linktype.PPP, linktype.PPPSerial,
		linktype.Raw, linktype.CiscoHDLC, linktype.Loop, linktype.SLL, linktype.IPv4, linktype.IPv6,
		linktype.SLL2}
}
