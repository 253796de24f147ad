package decode

// IPv6 Routing header, RFC 8200 section 4.4.
const (
	routingType Bits = 16<<8 | 8
	routingLeft Bits = 24<<8 | 8
)

var routingProto = Protocol{
	Key: "ipv6.routing", Name: "IPv6 Routing Header", Ref: "RFC 8200 4.4", walk: walkExtension,
	none: NoTransport,
	Fields: []Spec{
		{Key: "ipv6.routing.nxt", Name: "Next Header", Bits: extNextHeader, Role: NextIPProtocol,
			Ref: "RFC 8200 4.4", Doc: extNextDoc, Mean: ipProtoName},
		{Key: "ipv6.routing.len", Name: "Hdr Ext Len", Bits: extLen, Role: ScaledLength,
			Ref:  "RFC 8200 4.4",
			Doc:  "The header's length beyond its first eight bytes, in units of eight.",
			Mean: extension},
		{Key: "ipv6.routing.type", Name: "Routing Type", Short: "Type", Bits: routingType,
			Ref:  "RFC 8200 4.4",
			Doc:  "The kind of route: 2 is Mobile IPv6, 3 RPL, 4 segment routing.",
			Mean: routingName},
		{Key: "ipv6.routing.segleft", Name: "Segments Left", Short: "Left", Bits: routingLeft,
			Ref: "RFC 8200 4.4", Doc: "Nodes of the list that are still to be visited."},
	},
	more: func(f *fieldList) { f.rest(&routingData, 4) },
}

var routingData = Spec{Key: "ipv6.routing.data", Name: "Type-specific Data", Short: "Data",
	Show: ShowBytes, Ref: "RFC 8200 4.4", Doc: "The addresses of the route, and data that " +
		"depends on the type."}

func routingName(v uint64) string {
	switch v {
	case 0:
		return "Source Route (deprecated)"
	case 2:
		return "Mobile IPv6"
	case 3:
		return "RPL Source Route"
	case 4:
		return "Segment Routing"
	}
	return ""
}
