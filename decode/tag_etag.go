package decode

// IEEE 802.1BR E-Tag.
const (
	etagLen = 8
	etagRef = "IEEE 802.1BR 7.5"
)

var etagProto = Protocol{
	Key: "etag", Name: "IEEE 802.1BR E-Tag", Ref: "IEEE 802.1BR", walk: walkTag, none: NotIP,
	Fields: []Spec{
		{Key: "etag.pcp", Name: "E-PCP", Bits: 0<<8 | 3, Ref: etagRef,
			Doc: "The frame's priority."},
		{Key: "etag.dei", Name: "E-DEI", Short: "D", Bits: 3<<8 | 1, Show: ShowFlag, Ref: etagRef,
			Doc: "The frame may be dropped first when a queue is full."},
		{Key: "etag.iecid_base", Name: "Ingress E-CID base", Short: "Ingress", Bits: 4<<8 | 12,
			Ref: etagRef, Doc: "The channel that the frame came from."},
		{Key: "etag.resv", Name: "Reserved", Short: "R", Bits: 16<<8 | 2, Show: ShowRsv,
			Ref: etagRef, Doc: "Sent as zero."},
		{Key: "etag.group", Name: "GRP", Bits: 18<<8 | 2, Ref: etagRef,
			Doc: "The kind of channel; values other than 0 are groups."},
		{Key: "etag.ecid_base", Name: "E-CID base", Short: "E-CID", Bits: 20<<8 | 12, Ref: etagRef,
			Doc: "The channel that the frame is for."},
		{Key: "etag.iecid_ext", Name: "Ingress E-CID ext", Short: "Ingress ext", Bits: 32<<8 | 8,
			Ref: etagRef, Doc: "The upper part of the ingress channel."},
		{Key: "etag.ecid_ext", Name: "E-CID ext", Bits: 40<<8 | 8, Ref: etagRef,
			Doc: "The upper part of the channel."},
		typeAt("etag.etype", 48<<8|16, etagRef),
	},
}
