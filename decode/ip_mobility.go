package decode

// Mobility Header, RFC 6275 section 6.1.
var (
	mobilityProto = Protocol{Key: "mipv6", Name: "Mobility Header", Ref: "RFC 6275 6.1",
		walk: walkLastHeader, none: NoTransport, Fields: extensionStart("mip6", "RFC 6275 6.1.1"),
		more: mobilityRest}
	mobilityFields = []Spec{
		{Key: "mip6.mhtype", Name: "MH Type", Bits: 16<<8 | 8, Ref: "RFC 6275 6.1.1",
			Doc: "The message type: 5 is a binding update."},
		{Key: "mip6.reserved", Name: "Reserved", Bits: 24<<8 | 8, Show: ShowRsv,
			Ref: "RFC 6275 6.1.1", Doc: "Sent as zero."},
		{Key: "mip6.csum", Name: "Checksum", Bits: 32<<8 | 16, Show: ShowSum, Ref: "RFC 6275 6.1.1",
			Doc: "One's complement sum over a pseudo-header and this header."},
	}
	mobilityData = Spec{Key: "mip6.data", Name: "Message Data", Short: "Data", Show: ShowBytes,
		Ref: "RFC 6275 6.1.1", Doc: "The message's data and options."}
)

func mobilityRest(f *fieldList) {
	f.group(mobilityFields, 0)
	f.rest(&mobilityData, 6)
}
