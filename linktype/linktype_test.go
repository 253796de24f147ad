package linktype_test

import (
	"testing"

	"github.com/google/gopacket/layers"

	"github.com/portsniff/portsniff/linktype"
)

// TestString checks names against https://www.tcpdump.org/linktypes.html.
func TestString(t *testing.T) {
	for typ, want := range map[linktype.Type]string{
		linktype.Null:      "NULL",
		linktype.Ethernet:  "EN10MB", // libpcap's name; the registry has LINKTYPE_ETHERNET
		linktype.Raw:       "RAW",
		12:                 "RAW",
		linktype.SLL:       "LINUX_SLL",
		linktype.SLL2:      "LINUX_SLL2",
		linktype.IEEE80211: "IEEE802_11",
		linktype.CiscoHDLC: "C_HDLC",
		11:                 "LINKTYPE_11",
		1<<32 - 1:          "LINKTYPE_4294967295",
	} {
		if got := typ.String(); got != want {
			t.Errorf("%d: %s, want %s", uint32(typ), got, want)
		}
	}
}

// TestLayers checks gopacket's type, which has the same numbers in eight bits.
func TestLayers(t *testing.T) {
	for typ, want := range map[linktype.Type]layers.LinkType{
		linktype.Null:      layers.LinkTypeNull,
		linktype.Ethernet:  layers.LinkTypeEthernet,
		linktype.PPP:       layers.LinkTypePPP,
		linktype.PPPSerial: layers.LinkTypePPP_HDLC,
		linktype.Raw:       layers.LinkTypeRaw,
		linktype.CiscoHDLC: layers.LinkTypeC_HDLC,
		linktype.IEEE80211: layers.LinkTypeIEEE802_11,
		linktype.Loop:      layers.LinkTypeLoop,
		linktype.SLL:       layers.LinkTypeLinuxSLL,
		linktype.Prism:     layers.LinkTypePrismHeader,
		linktype.Radiotap:  layers.LinkTypeIEEE80211Radio,
		linktype.IPv4:      layers.LinkTypeIPv4,
		linktype.IPv6:      layers.LinkTypeIPv6,
	} {
		if got, ok := typ.Layers(); !ok || got != want {
			t.Errorf("%s: %v %v, want %v", typ, got, ok, want)
		}
		if got := linktype.FromLayers(want); got != typ {
			t.Errorf("%v: %s, want %s", want, got, typ)
		}
	}
	if got, ok := linktype.SLL2.Layers(); ok {
		t.Errorf("SLL2: %v, want none", got)
	}
}
