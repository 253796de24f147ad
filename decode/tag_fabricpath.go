package decode

// Cisco FabricPath.
const (
	cfpLen = 2
	cfpRef = "Cisco FabricPath"
)

var cfpProto = Protocol{
	Key: "cfp", Name: "Cisco FabricPath", Ref: cfpRef, walk: walkCFP, none: NotIP,
	Fields: []Spec{
		{Key: "cfp.ftag", Name: "FTAG", Bits: 0<<8 | 10, Ref: cfpRef,
			Doc: "The tree that the frame takes through the fabric."},
		{Key: "cfp.ttl", Name: "TTL", Bits: 10<<8 | 6, Ref: cfpRef,
			Doc: "How many more switches may forward the frame."},
	},
}

// walkCFP continues inside the frame that FabricPath carries. The addresses before the tag belong
// to the fabric.
func walkCFP(w *walker, s step) step {
	if w.header(s, cfpLen) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + cfpLen, s.end}
}
