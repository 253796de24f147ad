package decode

// pptpProto is GRE version 1 as PPTP uses it, RFC 2637 section 4.1. Its A flag announces an
// acknowledgment number.
var pptpProto = Protocol{
	Key: "gre", Name: "Generic Routing Encapsulation, version 1", Ref: "RFC 2637 4.1",
	walk: walkGRE, none: NotIP, more: greOptional,
	Fields: []Spec{
		{Key: "gre.flags.checksum", Name: "Checksum Present", Short: "C", Bits: greC,
			Show: ShowFlag, Ref: "RFC 2784 2.2", Doc: "A checksum follows the fixed part."},
		{Key: "gre.flags.routing", Name: "Routing Present", Short: "R", Bits: greR, Show: ShowFlag,
			Ref: "RFC 1701", Doc: "Source routes follow; no longer used."},
		{Key: "gre.flags.key", Name: "Key Present", Short: "K", Bits: greK, Show: ShowFlag,
			Ref: "RFC 2890 2", Doc: "A key follows."},
		{Key: "gre.flags.sequence_number", Name: "Sequence Number Present", Short: "S", Bits: greS,
			Show: ShowFlag, Ref: "RFC 2890 2", Doc: "A sequence number follows."},
		{Key: "gre.flags.strict_source_route", Name: "Strict Source Route", Short: "s",
			Bits: greStrict, Show: ShowFlag, Ref: "RFC 1701", Doc: "No longer used."},
		{Key: "gre.flags.recursion_control", Name: "Recursion Control", Short: "Recur",
			Bits: greRecur, Ref: "RFC 1701", Doc: "No longer used."},
		{Key: "gre.flags.ack", Name: "Acknowledgment Present", Short: "A", Bits: greA,
			Show: ShowFlag, Ref: "RFC 2637 4.1",
			Doc: "In version 1: an acknowledgment number follows."},
		{Key: "gre.flags.reserved", Name: "Flags", Bits: greFlags, Show: ShowRsv,
			Ref: "RFC 2784 2.3", Doc: "Sent as zero."},
		{Key: "gre.flags.version", Name: "Version", Short: "Ver", Bits: greVersion,
			Ref: "RFC 2784 2.3", Doc: "0 for GRE, 1 for PPTP's variant."},
		{Key: "gre.proto", Name: "Protocol Type", Bits: greProtocol, Show: ShowHex,
			Role: NextEtherType, Ref: "RFC 2784 2.4", Doc: "The EtherType of what is inside.",
			Mean: etherTypeName},
	},
}
