package decode

// VXLAN, RFC 7348 section 5, with the group policy of draft-smith-vxlan-group-policy in the bits
// that the RFC reserves.
const (
	vxlanLen = 8

	vxlanI   Bits = 4<<8 | 1
	vxlanVNI Bits = 32<<8 | 24
)

const (
	vxlanRef = "RFC 7348 5"
	gbpRef   = "draft-smith-vxlan-group-policy"
)

var vxlanProto = Protocol{
	Key: "vxlan", Name: "Virtual eXtensible Local Area Network", Ref: "RFC 7348", walk: walkVXLAN,
	Fields: []Spec{
		{Key: "vxlan.flag_g", Name: "GBP Extension", Short: "G", Bits: 0<<8 | 1, Show: ShowFlag,
			Ref: gbpRef, Doc: "Set: the group policy fields are valid."},
		{Key: "vxlan.flags.reserved", Name: "Reserved", Short: "R", Bits: 1<<8 | 3, Show: ShowRsv,
			Ref: vxlanRef, Doc: "Sent as zero."},
		{Key: "vxlan.flag_i", Name: "VXLAN Network ID", Short: "I", Bits: vxlanI, Show: ShowFlag,
			Ref: vxlanRef, Doc: "The network identifier is valid; always set."},
		{Key: "vxlan.flags.reserved", Name: "Reserved", Short: "R", Bits: 5<<8 | 4, Show: ShowRsv,
			Ref: vxlanRef, Doc: "Sent as zero."},
		{Key: "vxlan.flag_d", Name: "Don't Learn", Short: "D", Bits: 9<<8 | 1, Show: ShowFlag,
			Ref: gbpRef, Doc: "The receiver must not learn the inner sender's address."},
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

// isVXLAN requires the flag of RFC 7348 and an Ethernet header after it. A receiver drops a packet
// without the flag; then the Ethernet header must announce a known protocol.
func isVXLAN(h []byte, n int) bool {
	if len(h) < vxlanLen {
		return false
	}
	inner := h[vxlanLen:]
	return vxlanI.Word(h) == 1 && likeEthernet(inner, n-vxlanLen) || likeKnownEthernet(inner)
}

func walkVXLAN(w *walker, s step) step {
	if w.header(s, vxlanLen) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + vxlanLen, s.end}
}
