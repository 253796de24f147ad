package decode

// VXLAN's Generic Protocol Extension, draft-ietf-nvo3-vxlan-gpe section 3, which announces the next
// protocol.
const (
	gpeVersion Bits = 2<<8 | 2
	gpeI       Bits = 4<<8 | 1
	gpeP       Bits = 5<<8 | 1
	gpeNext    Bits = 24<<8 | 8

	gpeRef = "draft-ietf-nvo3-vxlan-gpe 3"
)

var vxlanGPEProto = Protocol{
	Key: "vxlan_gpe", Name: "VXLAN Generic Protocol Extension", Ref: "draft-ietf-nvo3-vxlan-gpe",
	walk: walkVXLANGPE,
	Fields: []Spec{
		{Key: "vxlan.flags.reserved", Name: "Reserved", Short: "R", Bits: 0<<8 | 2, Show: ShowRsv,
			Ref: gpeRef, Doc: "Sent as zero."},
		{Key: "vxlan.ver", Name: "Version", Short: "Ver", Bits: gpeVersion, Ref: gpeRef,
			Doc: "Zero."},
		{Key: "vxlan.i_bit", Name: "Instance", Short: "I", Bits: gpeI, Show: ShowFlag, Ref: gpeRef,
			Doc: "Set: the network identifier is valid."},
		{Key: "vxlan.p_bit", Name: "Next Protocol", Short: "P", Bits: gpeP, Show: ShowFlag,
			Ref: gpeRef, Doc: "Set: the next protocol field is valid; else Ethernet follows."},
		{Key: "vxlan.b_bit", Name: "BUM Traffic", Short: "B", Bits: 6<<8 | 1, Show: ShowFlag,
			Ref: gpeRef, Doc: "Broadcast, multicast or unknown unicast, copied at the sender."},
		{Key: "vxlan.o_bit", Name: "OAM", Short: "O", Bits: 7<<8 | 1, Show: ShowFlag, Ref: gpeRef,
			Doc: "A message of the tunnel's own maintenance."},
		{Key: "vxlan.reserved", Name: "Reserved", Bits: 8<<8 | 16, Show: ShowRsv, Ref: gpeRef,
			Doc: "Sent as zero."},
		{Key: "vxlan.next_proto", Name: "Next Protocol", Short: "Next", Bits: gpeNext,
			Role: NextProtocol, Ref: gpeRef,
			Doc:  "The type of packet inside: 1 is IPv4, 2 IPv6, 3 Ethernet, 4 NSH, 5 MPLS.",
			Mean: nextProtocolName},
		{Key: "vxlan.vni", Name: "VXLAN Network Identifier", Short: "VNI", Bits: vxlanVNI,
			Ref: gpeRef, Doc: "The virtual network that the inner packet belongs to."},
		{Key: "vxlan.reserved8", Name: "Reserved", Bits: 56<<8 | 8, Show: ShowRsv, Ref: gpeRef,
			Doc: "Sent as zero."},
	},
}

func gpeInner(h []byte) ProtocolID {
	if gpeP.Word(h) == 0 && gpeNext.U8(h) == 0 {
		return IDEthernet
	}
	return nextProtocol(gpeNext.U8(h))
}

// isVXLANGPE requires version 0 and a payload that matches the next protocol field.
func isVXLANGPE(h []byte, n int) bool {
	return len(h) >= vxlanLen && gpeVersion.Word(h) == 0 &&
		likeInner(gpeInner(h), h[vxlanLen:], n-vxlanLen)
}

func walkVXLANGPE(w *walker, s step) step {
	h := w.header(s, vxlanLen)
	if h == nil {
		return step{}
	}
	return step{gpeInner(h), s.at + vxlanLen, s.end}
}

// nextProtocol returns the header for a next protocol number of VXLAN-GPE and NSH (RFC 8300 section
// 2.2).
func nextProtocol(n uint8) ProtocolID {
	switch n {
	case 1:
		return IDIPv4
	case 2:
		return IDIPv6
	case 3:
		return IDEthernet
	case 4:
		return IDNSH
	case 5:
		return IDMPLS
	}
	return IDNone
}

func nextProtocolName(v uint64) string {
	names := [...]string{"", "IPv4", "IPv6", "Ethernet", "NSH", "MPLS"}
	if v < uint64(len(names)) {
		return names[v]
	}
	return ""
}
