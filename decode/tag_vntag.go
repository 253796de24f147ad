package decode

// Cisco VN-Tag.
const (
	vntagLen = 6
	vntagRef = "Cisco VN-Tag"
)

var vntagProto = Protocol{
	Key: "vntag", Name: "VN-Tag", Ref: vntagRef, walk: walkTag, none: NotIP,
	Fields: []Spec{
		{Key: "vntag.dir", Name: "Direction", Short: "D", Bits: 0<<8 | 1, Ref: vntagRef,
			Doc: "0: to the bridge; 1: from the bridge."},
		{Key: "vntag.ptr", Name: "Pointer", Short: "P", Bits: 1<<8 | 1, Ref: vntagRef,
			Doc: "1: the destination is a list of interfaces."},
		{Key: "vntag.dst", Name: "Destination interface", Short: "Destination", Bits: 2<<8 | 14,
			Ref: vntagRef, Doc: "The virtual interface that the frame is for."},
		{Key: "vntag.looped", Name: "Looped", Short: "L", Bits: 16<<8 | 1, Show: ShowFlag,
			Ref: vntagRef, Doc: "The frame goes back where it came from."},
		{Key: "vntag.r", Name: "Reserved", Short: "R", Bits: 17<<8 | 1, Show: ShowRsv,
			Ref: vntagRef, Doc: "Sent as zero."},
		{Key: "vntag.version", Name: "Version", Short: "Ver", Bits: 18<<8 | 2, Ref: vntagRef,
			Doc: "Zero."},
		{Key: "vntag.src", Name: "Source interface", Short: "Source", Bits: 20<<8 | 12,
			Ref: vntagRef, Doc: "The virtual interface that the frame came from."},
		typeAt("vntag.etype", 32<<8|16, vntagRef),
	},
}
