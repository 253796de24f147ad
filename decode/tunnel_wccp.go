package decode

// The redirect header of WCCP version 2 (draft-wilson-wrec-wccp-v2 section 4.12) between GRE and an
// IPv4 packet. Version 1 has none.
const (
	wccpLen = 4
	wccpRef = "draft-wilson-wrec-wccp-v2 4.12"
)

var wccpProto = Protocol{
	Key: "wccp", Name: "WCCP redirect header", Ref: wccpRef, walk: walkWCCP, none: NoTransport,
	Fields: []Spec{
		{Key: "gre.wccp.reserved", Name: "Reserved", Bits: 0<<8 | 5, Show: ShowRsv, Ref: wccpRef,
			Doc: "Sent as zero."},
		{Key: "gre.wccp.redirect_header_valid", Name: "Unused", Short: "U", Bits: 5<<8 | 1,
			Show: ShowFlag, Ref: wccpRef,
			Doc: "The rest of the header is present but not valid."},
		{Key: "gre.wccp.alternative_bucket_used", Name: "Alternative bucket used", Short: "A",
			Bits: 6<<8 | 1, Show: ShowFlag, Ref: wccpRef, Doc: "The alternative bucket is valid."},
		{Key: "gre.wccp.dynamic_service", Name: "Dynamic Service", Short: "D", Bits: 7<<8 | 1,
			Show: ShowFlag, Ref: wccpRef, Doc: "The service's number was negotiated."},
		{Key: "gre.wccp.service_id", Name: "Service ID", Short: "Service", Bits: 8<<8 | 8,
			Role: NotAPort, Ref: wccpRef,
			Doc: "The redirected service: 0 is the web's; it is not a port."},
		{Key: "gre.wccp.alternative_bucket", Name: "Alternative Bucket", Short: "Alternative",
			Bits: 16<<8 | 8, Ref: wccpRef, Doc: "How the packet was assigned to a cache."},
		{Key: "gre.wccp.primary_bucket", Name: "Primary Bucket", Short: "Primary", Bits: 24<<8 | 8,
			Ref: wccpRef, Doc: "How the packet was assigned to a cache."},
	},
}

// walkWCCP skips the header if there is one. Its first four bits are normally not IPv4's version,
// which distinguishes it from an IPv4 packet. A service number could imitate the version only on
// purpose.
func walkWCCP(w *walker, s step) step {
	h := w.visible(s)
	if len(h) > 0 && h[0]>>4 == 4 {
		return step{IDIPv4, s.at, s.end}
	}
	if w.header(s, wccpLen) == nil {
		return step{}
	}
	return step{IDIPv4, s.at + wccpLen, s.end}
}
