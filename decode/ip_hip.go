package decode

// Host Identity Protocol, RFC 7401 section 5.1.
const hipMinLen = 40

var (
	hipProto = Protocol{Key: "hip", Name: "Host Identity Protocol", Ref: "RFC 7401 5.1",
		walk: walkLastHeader, none: NoTransport, Fields: extensionStart("hip", "RFC 7401 5.1"),
		more: hipRest}
	hipFields = []Spec{
		{Key: "hip.fixed_bit", Name: "Fixed bit", Short: "0", Bits: 16<<8 | 1, Show: ShowRsv,
			Ref: "RFC 7401 5.1", Doc: "Zero, which distinguishes HIP from Shim6."},
		{Key: "hip.packet_type", Name: "Packet Type", Short: "Type", Bits: 17<<8 | 7,
			Ref: "RFC 7401 5.1", Doc: "The message type: 1 is I1, the first message of an " +
				"exchange."},
		{Key: "hip.version", Name: "Version", Short: "Ver", Bits: 24<<8 | 4, Ref: "RFC 7401 5.1",
			Doc: "1 or 2."},
		{Key: "hip.res", Name: "Reserved", Bits: 28<<8 | 4, Show: ShowRsv, Ref: "RFC 7401 5.1",
			Doc: "Three bits of zero and one of one."},
		{Key: "hip.checksum", Name: "Checksum", Bits: 32<<8 | 16, Show: ShowSum,
			Ref: "RFC 7401 5.1.1",
			Doc: "One's complement sum over a pseudo-header and this header."},
		{Key: "hip.controls", Name: "Controls", Bits: 48<<8 | 16, Show: ShowHex,
			Ref: "RFC 7401 5.1.2", Doc: "The sender's capabilities."},
		{Key: "hip.hit_sndr", Name: "Sender's Host Identity Tag", Short: "Sender's HIT",
			Bits: 64<<8 | 128, Show: ShowHex, Ref: "RFC 7401 5.1", Doc: "The sender's identity."},
		{Key: "hip.hit_rcvr", Name: "Receiver's Host Identity Tag", Short: "Receiver's HIT",
			Bits: 192<<8 | 128, Show: ShowHex, Ref: "RFC 7401 5.1",
			Doc: "The receiver's identity."},
	}
	hipParameters = Spec{Key: "hip.tlv", Name: "HIP Parameters", Short: "Parameters",
		Show: ShowBytes, Ref: "RFC 7401 5.2", Doc: "The message's data."}
)

func hipRest(f *fieldList) {
	f.group(hipFields, 0)
	f.rest(&hipParameters, hipMinLen)
}
