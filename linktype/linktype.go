// Package linktype defines the link type of a captured frame, for the packages capture, decode and
// filter.
package linktype

import (
	"strconv"

	"github.com/google/gopacket/layers"
)

// A Type is a LINKTYPE_ value of the tcpdump group's registry, as capture files store it.
type Type uint32

// The link types that the code uses by name. names contains all of them.
const (
	Null      Type = 0 // BSD loopback: the address family in the byte order of the capturing host
	Ethernet  Type = 1
	PPP       Type = 9
	PPPSerial Type = 50  // PPP in HDLC-like framing
	Raw       Type = 101 // IPv4 or IPv6, by the version field
	CiscoHDLC Type = 104
	IEEE80211 Type = 105
	Loop      Type = 108 // OpenBSD loopback: the address family in network byte order
	SLL       Type = 113 // Linux cooked capture
	Prism     Type = 119 // IEEE 802.11 after a Prism header
	Radiotap  Type = 127 // IEEE 802.11 after a radiotap header
	IPv4      Type = 228
	IPv6      Type = 229
	SLL2      Type = 276 // Linux cooked capture version 2
)

// String returns the registry's name without the prefix LINKTYPE_. For a type that is not in names,
// it returns LINKTYPE_ and the number.
func (t Type) String() string {
	if uint64(t) < uint64(len(names)) && names[t] != "" {
		return names[t]
	}
	return "LINKTYPE_" + strconv.FormatUint(uint64(t), 10)
}

// FromLayers converts from gopacket's link type, which has the same numbers up to 255.
func FromLayers(t layers.LinkType) Type { return Type(t) }

// Layers converts to gopacket's link type. It reports false for types above 255: gopacket's type
// has eight bits, which would turn SLL2 (276) into 20.
func (t Type) Layers() (layers.LinkType, bool) {
	if t > 255 {
		return 0, false
	}
	return layers.LinkType(t), true
}
