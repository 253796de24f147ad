package decode

// VXLAN (RFC 7348 section 5), with the group policy of draft-smith-vxlan-group-policy in the bits
// that the RFC reserves, and its Generic Protocol Extension (draft-ietf-nvo3-vxlan-gpe section 3),
// which says what is inside.
const (
	vxlanLen = 8

	vxlanI   Bits = 4<<8 | 1
	vxlanVNI Bits = 32<<8 | 24

	gpeVersion Bits = 2<<8 | 2
	gpeI       Bits = 4<<8 | 1
	gpeP       Bits = 5<<8 | 1
	gpeNext    Bits = 24<<8 | 8
)

const (
	vxlanRef = "RFC 7348 5"
	gbpRef   = "draft-smith-vxlan-group-policy"
	gpeRef   = "draft-ietf-nvo3-vxlan-gpe 3"
)

var vxlanProto = Protocol{
	Key: "vxlan", Name: "Virtual eXtensible Local Area Network", Ref: "RFC 7348", walk: walkVXLAN,
	Fields: []Spec{
		{Key: "vxlan.flag_g", Name: "GBP Extension", Short: "G", Bits: 0<<8 | 1, Show: ShowFlag,
			Ref: gbpRef, Doc: "Set: the group policy fields count."},
		{Key: "vxlan.flags.reserved", Name: "Reserved", Short: "R", Bits: 1<<8 | 3, Show: ShowRsv,
			Ref: vxlanRef, Doc: "Sent as zero."},
		{Key: "vxlan.flag_i", Name: "VXLAN Network ID", Short: "I", Bits: vxlanI, Show: ShowFlag,
			Ref: vxlanRef, Doc: "Set in every valid header: the network identifier counts."},
		{Key: "vxlan.flags.reserved", Name: "Reserved", Short: "R", Bits: 5<<8 | 4, Show: ShowRsv,
			Ref: vxlanRef, Doc: "Sent as zero."},
		{Key: "vxlan.flag_d", Name: "Don't Learn", Short: "D", Bits: 9<<8 | 1, Show: ShowFlag,
			Ref: gbpRef, Doc: "The receiver shall not learn the inner sender's address."},
		{Key: "vxlan.flags.reserved", Name: "Reserved", Short: "R", Bits: 10<<8 | 2, Show: ShowRsv,
			Ref: vxlanRef, Doc: "Sent as zero."},
		{Key: "vxlan.flag_a", Name: "Policy Applied", Short: "A", Bits: 12<<8 | 1, Show: ShowFlag,
			Ref: gbpRef, Doc: "The group's policy was applied already."},
		{Key: "vxlan.flags.reserved", Name: "Reserved", Short: "R", Bits: 13<<8 | 3, Show: ShowRsv,
			Ref: vxlanRef, Doc: "Sent as zero."},
		{Key: "vxlan.gbp", Name: "Group Policy ID", Short: "Group", Bits: 16<<8 | 16, Ref: gbpRef,
			Doc: "The sender's group, if the G bit is set; else reserved."},
		{Key: "vxlan.vni", Name: "VXLAN Network Identifier", Short: "VNI", Bits: vxlanVNI,
			Ref: vxlanRef, Doc: "The virtual network that the inner frame belongs to."},
		{Key: "vxlan.reserved8", Name: "Reserved", Bits: 56<<8 | 8, Show: ShowRsv, Ref: vxlanRef,
			Doc: "Sent as zero."},
	},
}

var vxlanGPEProto = Protocol{
	Key: "vxlan_gpe", Name: "VXLAN Generic Protocol Extension", Ref: "draft-ietf-nvo3-vxlan-gpe",
	walk: walkVXLANGPE,
	Fields: []Spec{
		{Key: "vxlan.flags.reserved", Name: "Reserved", Short: "R", Bits: 0<<8 | 2, Show: ShowRsv,
			Ref: gpeRef, Doc: "Sent as zero."},
		{Key: "vxlan.ver", Name: "Version", Short: "Ver", Bits: gpeVersion, Ref: gpeRef,
			Doc: "Zero."},
		{Key: "vxlan.i_bit", Name: "Instance", Short: "I", Bits: gpeI, Show: ShowFlag, Ref: gpeRef,
			Doc: "Set: the network identifier counts."},
		{Key: "vxlan.p_bit", Name: "Next Protocol", Short: "P", Bits: gpeP, Show: ShowFlag,
			Ref: gpeRef, Doc: "Set: the next protocol field counts; else Ethernet follows."},
		{Key: "vxlan.b_bit", Name: "BUM Traffic", Short: "B", Bits: 6<<8 | 1, Show: ShowFlag,
			Ref: gpeRef, Doc: "Broadcast, multicast or unknown unicast, copied at the sender."},
		{Key: "vxlan.o_bit", Name: "OAM", Short: "O", Bits: 7<<8 | 1, Show: ShowFlag, Ref: gpeRef,
			Doc: "A message of the tunnel's own maintenance."},
		{Key: "vxlan.reserved", Name: "Reserved", Bits: 8<<8 | 16, Show: ShowRsv, Ref: gpeRef,
			Doc: "Sent as zero."},
		{Key: "vxlan.next_proto", Name: "Next Protocol", Short: "Next", Bits: gpeNext,
			Role: NextProtocol, Ref: gpeRef,
			Doc:  "Says what is inside: 1 is IPv4, 2 IPv6, 3 Ethernet, 4 NSH, 5 MPLS.",
			Mean: nextProtocolName},
		{Key: "vxlan.vni", Name: "VXLAN Network Identifier", Short: "VNI", Bits: vxlanVNI,
			Ref: gpeRef, Doc: "The virtual network that the inner packet belongs to."},
		{Key: "vxlan.reserved8", Name: "Reserved", Bits: 56<<8 | 8, Show: ShowRsv, Ref: gpeRef,
			Doc: "Sent as zero."},
	},
}

// isVXLAN asks for the flag that RFC 7348 requires and for an Ethernet header behind. Without the
// flag, with which a receiver drops the packet, that header must be one that leads on.
func isVXLAN(h []byte, n int) bool {
	if len(h) < vxlanLen {
		return false
	}
	inner := h[vxlanLen:]
	return vxlanI.Word(h) == 1 && likeEthernet(inner, n-vxlanLen) || likeKnownEthernet(inner)
}

func walkVXLAN(w *walker, s step) step {
	if w.whole(s, vxlanLen) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + vxlanLen, s.end}
}

func gpeInner(h []byte) ID {
	if gpeP.Word(h) == 0 && gpeNext.U8(h) == 0 {
		return IDEthernet
	}
	return nextProtocol(gpeNext.U8(h))
}

// isVXLANGPE asks for version 0 and for what the next protocol field promises.
func isVXLANGPE(h []byte, n int) bool {
	return len(h) >= vxlanLen && gpeVersion.Word(h) == 0 &&
		likeInner(gpeInner(h), h[vxlanLen:], n-vxlanLen)
}

func walkVXLANGPE(w *walker, s step) step {
	h := w.whole(s, vxlanLen)
	if h == nil {
		return step{}
	}
	return step{gpeInner(h), s.at + vxlanLen, s.end}
}

// nextProtocol is what a next protocol number of VXLAN-GPE and NSH (RFC 8300 section 2.2)
// announces.
func nextProtocol(n uint8) ID {
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
