package decode

// Cisco ISL: a header of 26 bytes before the whole frame, and a check sequence after it. Its
// destination address identifies it.
const (
	islLen     = 26
	islRingLen = 31 // before a Token Ring frame
	islFCSLen  = 4
	islRef     = "Cisco ISL"

	islTokenRing = 1 // type; 0 is Ethernet
)

var islProto = Protocol{
	Key: "isl", Name: "Cisco Inter-Switch Link", Ref: islRef, walk: walkISL, none: NotIP,
	Fields: []Spec{
		{Key: "isl.dst_prefix", Name: "Destination Address", Short: "Destination", Bits: 0<<8 | 40,
			Show: ShowHex, Ref: islRef,
			Doc: "01:00:0c:00:00 or 03:00:0c:00:00, which identify ISL."},
		{Key: "isl.type", Name: "Type", Bits: 40<<8 | 4, Ref: islRef,
			Doc: "The frame inside: 0 is Ethernet, 1 Token Ring, 2 FDDI."},
		{Key: "isl.user_bits", Name: "User", Bits: 44<<8 | 4, Ref: islRef,
			Doc: "The frame's priority."},
		{Key: "isl.src", Name: "Source Address", Short: "Source", Bits: 48<<8 | 48, Show: ShowMAC,
			Ref: islRef, Doc: "The switch that sent it."},
		{Key: "isl.len", Name: "Length", Bits: 96<<8 | 16, Ref: islRef,
			Doc: "Bytes from the LLC header on, without the check sequence."},
		{Key: "isl.snap", Name: "LLC and SNAP", Short: "AAAA03", Bits: 112<<8 | 24, Show: ShowHex,
			Ref: islRef, Doc: "0xaaaa03."},
		{Key: "isl.hsa", Name: "HSA", Bits: 136<<8 | 24, Show: ShowHex, Ref: islRef,
			Doc: "The upper half of the source address: 0x00000c."},
		{Key: "isl.vlan_id", Name: "VLAN ID", Short: "VLAN", Bits: 160<<8 | 15, Ref: islRef,
			Doc: "The virtual LAN that the frame belongs to."},
		{Key: "isl.bpdu", Name: "BPDU", Short: "B", Bits: 175<<8 | 1, Show: ShowFlag, Ref: islRef,
			Doc: "The frame is a message between switches."},
		{Key: "isl.index", Name: "Index", Bits: 176<<8 | 16, Ref: islRef,
			Doc: "The switch's interface."},
		{Key: "isl.reserved", Name: "Reserved", Bits: 192<<8 | 16, Show: ShowRsv, Ref: islRef,
			Doc: "Zero, except for Token Ring and FDDI."},
	},
	more: func(f *fieldList) { f.rest(&islRing, islLen) },
}

var islRing = Spec{
	Key: "isl.ring", Name: "Token Ring", Show: ShowBytes, Ref: islRef,
	Doc: "Route descriptors and the size of the explorer, before a Token Ring frame.",
}

// isISL requires ISL's destination addresses and its fixed LLC header. An 802.3 frame to a
// multicast group does not have that LLC header.
func isISL(h []byte) bool {
	return (h[0] == 0x01 || h[0] == 0x03) && h[1] == 0 && h[2] == 0x0c && h[3] == 0 && h[4] == 0 &&
		len(h) >= islLen && h[14] == llcSNAP && h[15] == llcSNAP && h[16] == llcUI
}

// walkISL continues inside Ethernet and Token Ring frames. It does not decode FDDI, because
// descriptions disagree on where the FDDI frame begins.
func walkISL(w *walker, s step) step {
	n, inner := islLen, IDEthernet
	if h := w.visible(s); len(h) > 5 && h[5]>>4 == islTokenRing {
		n, inner = islRingLen, IDTokenRing
	}
	h := w.header(s, n)
	if h == nil {
		return step{}
	}
	if h[5]>>4 > islTokenRing {
		return w.notIP()
	}
	return step{inner, s.at + n, max(s.at+n, s.end-islFCSLen)}
}
