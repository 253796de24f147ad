package decode

// The IEEE 802.1Q tag after its own EtherType: control information, then the next EtherType.
const (
	vlanLen = 4

	vlanPCP  Bits = 0<<8 | 3
	vlanDEI  Bits = 3<<8 | 1
	vlanID   Bits = 4<<8 | 12
	vlanType Bits = 16<<8 | 16
)

var vlanProto = Protocol{
	Key: "vlan", Name: "IEEE 802.1Q VLAN tag", Ref: "IEEE 802.1Q", walk: walkVLAN, none: NotIP,
	Fields: []Spec{
		{Key: "vlan.priority", Name: "Priority Code Point", Short: "PCP", Bits: vlanPCP,
			Ref: "IEEE 802.1Q 9.6", Doc: "The frame's priority in a switch's queues."},
		{Key: "vlan.dei", Name: "Drop Eligible Indicator", Short: "D", Bits: vlanDEI,
			Show: ShowFlag, Ref: "IEEE 802.1Q 9.6",
			Doc: "Set: the frame may go first when a queue is full."},
		{Key: "vlan.id", Name: "VLAN Identifier", Short: "VLAN", Bits: vlanID,
			Ref: "IEEE 802.1Q 9.6",
			Doc: "The virtual LAN that the frame belongs to; 0 means priority only."},
		{Key: "vlan.etype", Name: "EtherType", Short: "Type", Bits: vlanType, Show: ShowHex,
			Role: NextEtherType, Ref: "IEEE 802.1Q 9.4",
			Doc: "The protocol that follows the tag.", Mean: etherTypeOrLength},
	},
}

func walkVLAN(w *walker, s step) step {
	h := w.header(s, vlanLen)
	if h == nil {
		return step{}
	}
	return w.byEtherType(vlanType.U16(h), s.at+vlanLen, s.end)
}

const typeDoc = "The protocol that follows the tag."

// typeAt returns the row of the EtherType that ends a tag, for VLANs and other tags.
func typeAt(key string, b Bits, ref string) Spec {
	return Spec{Key: key, Name: "EtherType", Short: "Type", Bits: b, Show: ShowHex,
		Role: NextEtherType, Ref: ref, Doc: typeDoc, Mean: etherTypeOrLength}
}

// tagLen returns the length of a tag that ends with an EtherType, in bytes.
func tagLen(id ProtocolID) int {
	if id == IDETag {
		return etagLen
	}
	return vntagLen // the tags of HSR and 802.1CB have the same length
}

func walkTag(w *walker, s step) step {
	n := tagLen(s.id)
	h := w.header(s, n)
	if h == nil {
		return step{}
	}
	return w.byEtherType(u16(h[n-2:]), s.at+n, s.end)
}
