package decode

// IEEE 802.1ah I-Tag: an Ethernet frame of a customer follows.
const (
	itagLen = 4

	itagISID Bits = 8<<8 | 24

	itagRef = "IEEE 802.1Q 9.7"
)

var itagProto = Protocol{
	Key: "ieee8021ah", Name: "IEEE 802.1ah I-Tag", Ref: "IEEE 802.1Q", walk: walkItag, none: NotIP,
	Fields: []Spec{
		{Key: "ieee8021ah.priority", Name: "I-PCP", Bits: 0<<8 | 3, Ref: itagRef,
			Doc: "The frame's priority."},
		{Key: "ieee8021ah.drop", Name: "I-DEI", Short: "D", Bits: 3<<8 | 1, Show: ShowFlag,
			Ref: itagRef, Doc: "The frame may be dropped first when a queue is full."},
		{Key: "ieee8021ah.nca", Name: "UCA", Short: "U", Bits: 4<<8 | 1, Show: ShowFlag,
			Ref: itagRef, Doc: "The customer's addresses are used as they are."},
		{Key: "ieee8021ah.res1", Name: "Reserved", Short: "Res", Bits: 5<<8 | 3, Show: ShowRsv,
			Ref: itagRef, Doc: "Sent as zero."},
		{Key: "ieee8021ah.isid", Name: "I-SID", Bits: itagISID, Ref: itagRef,
			Doc: "The customer's service; the customer's frame follows."},
	},
}

func walkItag(w *walker, s step) step {
	if w.header(s, itagLen) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + itagLen, s.end}
}
