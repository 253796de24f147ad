package decode

// IP Authentication Header, RFC 4302 section 2: it signs the payload and does not encrypt it.
const (
	ahMinLen = 12

	ahNext Bits = 0<<8 | 8
	ahLen  Bits = 8<<8 | 8
	ahRes  Bits = 16<<8 | 16
	ahSPI  Bits = 32<<8 | 32
	ahSeq  Bits = 64<<8 | 32
)

var ahProto = Protocol{
	Key: "ah", Name: "Authentication Header", Ref: "RFC 4302", walk: walkAH, none: NoTransport,
	Fields: []Spec{
		{Key: "ah.next_header", Name: "Next Header", Bits: ahNext, Role: NextIPProtocol,
			Ref: "RFC 4302 2.1", Doc: extNextDoc, Mean: ipProtoName},
		{Key: "ah.length", Name: "Payload Len", Bits: ahLen, Role: ScaledLength,
			Ref: "RFC 4302 2.2", Doc: "The header's length in 32-bit words, minus two.",
			Mean: func(v uint64) string { return words(v + 2) }},
		{Key: "ah.reserved", Name: "Reserved", Bits: ahRes, Show: ShowRsv, Ref: "RFC 4302 2.3",
			Doc: "Sent as zero."},
		{Key: "ah.spi", Name: "Security Parameters Index", Short: "SPI", Bits: ahSPI, Show: ShowHex,
			Role: NotAPort, Ref: "RFC 4302 2.4", Doc: "Identifies the keys; it is not a port."},
		{Key: "ah.sequence", Name: "Sequence Number", Bits: ahSeq, Ref: "RFC 4302 2.5",
			Doc: "Increases with each packet, so that replays are detected."},
	},
	more: func(f *fieldList) { f.rest(&ahICV, ahMinLen) },
}

var ahICV = Spec{Key: "ah.icv", Name: "Integrity Check Value", Short: "ICV", Show: ShowBytes,
	Ref: "RFC 4302 2.6", Doc: "Authenticates the packet."}

func walkAH(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < ahMinLen {
		return w.truncated(s, ahMinLen)
	}
	n := 4 * (int(ahLen.U8(h)) + 2)
	if n < ahMinLen {
		return w.malformedWith(s, ahMinLen, ErrLength)
	}
	if len(h) < n {
		return w.truncated(s, n)
	}
	w.add(s, n, s.end)
	return w.byIPProto(ahNext.U8(h), s.at+n, s.end)
}
