package decode

// The tag that a switch chip adds to Ethernet frames for the processor, if the capture's link type
// announces it. Marvell's DSA tag has four bytes after the addresses. Marvell's EDSA tag has eight
// and begins with an EtherType.
const (
	dsaAddrs = 12
	dsaLen   = dsaAddrs + 4 + 2
	edsaLen  = dsaAddrs + 8 + 2
)

// dsaAddresses are the first fields of all but one of these headers.
var dsaAddresses = []Spec{
	{Key: "eth.dst", Name: "Destination Address", Short: "Destination", Bits: ethDst, Show: ShowMAC,
		Ref: "IEEE 802.3 3.2.4", Doc: "The station on this link that the frame is for."},
	{Key: "eth.src", Name: "Source Address", Short: "Source", Bits: ethSrc, Show: ShowMAC,
		Ref: "IEEE 802.3 3.2.5", Doc: "The station on this link that sent the frame."},
}

var (
	dsaProto = Protocol{Key: "dsa", Name: "Ethernet with DSA tag", Ref: "LINKTYPE_DSA_TAG_DSA",
		walk: walkDSA, none: NotIP, Fields: dsaAddresses, more: dsaFields}
	edsaProto = Protocol{Key: "edsa", Name: "Ethernet with EDSA tag",
		Ref: "LINKTYPE_DSA_TAG_EDSA", walk: walkDSA, none: NotIP, Fields: dsaAddresses,
		more: dsaFields}
)

var (
	edsaType = Spec{Key: "edsa.etype", Name: "EDSA EtherType and reserved", Short: "EDSA",
		Bits: 0<<8 | 32, Show: ShowHex, Ref: "LINKTYPE_DSA_TAG_EDSA",
		Doc: "0xdada, by default, and two bytes of zero."}
	dsaTag = []Spec{
		{Key: "dsa.mode", Name: "Mode", Bits: 0<<8 | 2, Ref: "LINKTYPE_DSA_TAG_DSA",
			Doc: "0 is to the processor, 1 from the processor, 3 forwarded between chips."},
		{Key: "dsa.tag", Name: "Tag", Bits: 2<<8 | 30, Show: ShowHex, Ref: "LINKTYPE_DSA_TAG_DSA",
			Doc: "The chip, its interface and the VLAN."},
	}
	dsaType = typeAt("eth.type", 0<<8|16, "IEEE 802.3 3.2.6")
)

func dsaFields(f *fieldList) {
	at := dsaAddrs
	switch f.layer.ID {
	case IDEDSA:
		f.spec(&edsaType, at)
		at += 4
		f.group(dsaTag, at)
	case IDDSA:
		f.group(dsaTag, at)
	default:
		f.spec(&brcmFrontSpec, at)
	}
	f.spec(&dsaType, at+4)
}

func walkDSA(w *walker, s step) step {
	n := dsaLen
	if s.id == IDEDSA {
		n = edsaLen
	}
	h := w.header(s, n)
	if h == nil {
		return step{}
	}
	return w.byEtherType(u16(h[n-2:]), s.at+n, s.end)
}
