package decode

// IEEE 802.1CB R-Tag.
const rtagRef = "IEEE 802.1CB 7.8"

var rtagProto = Protocol{
	Key: "ieee8021cb", Name: "IEEE 802.1CB R-Tag", Ref: "IEEE 802.1CB", walk: walkTag, none: NotIP,
	Fields: []Spec{
		{Key: "ieee8021cb.res", Name: "Reserved", Bits: 0<<8 | 16, Show: ShowRsv, Ref: rtagRef,
			Doc: "Sent as zero."},
		{Key: "ieee8021cb.seq", Name: "Sequence number", Short: "Sequence", Bits: 16<<8 | 16,
			Ref: rtagRef, Doc: "The same in all copies of a frame."},
		typeAt("ieee8021cb.etype", 32<<8|16, rtagRef),
	},
}
