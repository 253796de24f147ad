package filter

import "github.com/portsniff/portsniff/linktype"

// place is a position in a frame: k bytes after a computed base, or after the start of the frame.
type place struct {
	base *value
	k    uint32
}

// link describes the headers so far. vlan, mpls, pppoes and geneve change it for the rest of the
// expression.
type link struct {
	typ     linktype.Type
	name    string
	header  place  // the link header
	proto   place  // the field with the next protocol
	payload place  // the first byte after the link header
	nl      uint32 // offset from there to the network header: MPLS labels
	noSNAP  uint32 // offset from there to an ISO network header in an LLC frame without SNAP
	labels  int    // MPLS labels so far
	geneve  bool   // inside Geneve, where the Ethernet header may be missing
	cooked  bool   // live without a link header
	tagged  bool   // live, and the kernel's copy of the first VLAN tag was tested
}

// rawLinks are the numbers of bare IP in files and systems.
var rawLinks = map[linktype.Type]bool{linktype.Raw: true, 12: true, 14: true}

// newLink describes a frame from its start, and reports whether the link type can be filtered. In a
// live capture, a cooked header is added after the filter has run. So the filter sees only the
// packet, and uses the kernel's data instead of the header.
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

// linkTable has an entry for each link type: places are bytes from the start of the frame.
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
