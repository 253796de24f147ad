package decode

// Encapsulating Security Payload, RFC 4303 section 2: it encrypts the payload.
const (
	espLen = 8

	espSPI Bits = 0<<8 | 32
	espSeq Bits = 32<<8 | 32
)

var espProto = Protocol{
	Key: "esp", Name: "Encapsulating Security Payload", Ref: "RFC 4303", walk: walkESP,
	none: Encrypted,
	Fields: []Spec{
		{Key: "esp.spi", Name: "Security Parameters Index", Short: "SPI", Bits: espSPI,
			Show: ShowHex, Role: NotAPort, Ref: "RFC 4303 2.1",
			Doc: "Identifies the keys; it is not a port."},
		{Key: "esp.sequence", Name: "Sequence Number", Bits: espSeq, Ref: "RFC 4303 2.2",
			Doc: "Increases with each packet, so that replays are detected."},
	},
}

// isESP distinguishes ESP inside UDP from a keep-alive of one byte and from IKE, which begins with
// four bytes of zero (RFC 3948 section 2).
func isESP(h []byte, n int) bool { return n > espLen && len(h) >= espLen && espSPI.U32(h) != 0 }

func walkESP(w *walker, s step) step {
	if w.header(s, espLen) != nil {
		w.setNoPorts(Encrypted)
	}
	return step{}
}
