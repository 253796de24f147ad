package decode

// High-availability Seamless Redundancy, IEC 62439-3.
const hsrRef = "IEC 62439-3 5.7"

var hsrProto = Protocol{
	Key: "hsr", Name: "High-availability Seamless Redundancy", Ref: "IEC 62439-3", walk: walkTag,
	none: NotIP,
	Fields: []Spec{
		{Key: "hsr.path", Name: "Path", Bits: 0<<8 | 4, Ref: hsrRef,
			Doc: "The direction of the frame around the ring."},
		{Key: "hsr.lsdu_size", Name: "LSDU size", Bits: 4<<8 | 12, Ref: hsrRef,
			Doc: "Bytes from this tag on."},
		{Key: "hsr.sequence_nr", Name: "Sequence number", Short: "Sequence", Bits: 16<<8 | 16,
			Ref: hsrRef, Doc: "The same in both copies of a frame."},
		typeAt("hsr.type", 32<<8|16, hsrRef),
	},
}
