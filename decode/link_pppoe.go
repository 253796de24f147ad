package decode

// PPP over Ethernet, RFC 2516 section 4.
const (
	pppoeLen = 6

	pppoeVer     Bits = 0<<8 | 4
	pppoeType    Bits = 4<<8 | 4
	pppoeCode    Bits = 8<<8 | 8
	pppoeSession Bits = 16<<8 | 16
	pppoeLength  Bits = 32<<8 | 16
)

var pppoeProto = Protocol{
	Key: "pppoes", Name: "PPP over Ethernet session", Ref: "RFC 2516", walk: walkPPPoE, none: NotIP,
	Fields: []Spec{
		{Key: "pppoe.version", Name: "Version", Short: "Ver", Bits: pppoeVer, Ref: "RFC 2516 4",
			Doc: "1."},
		{Key: "pppoe.type", Name: "Type", Bits: pppoeType, Ref: "RFC 2516 4", Doc: "1."},
		{Key: "pppoe.code", Name: "Code", Bits: pppoeCode, Show: ShowHex, Ref: "RFC 2516 4",
			Doc: "0 in a session."},
		{Key: "pppoe.session_id", Name: "Session ID", Bits: pppoeSession, Show: ShowHex,
			Ref: "RFC 2516 4", Doc: "Identifies the session between the two stations."},
		{Key: "pppoe.payload_length", Name: "Length", Bits: pppoeLength, Ref: "RFC 2516 4",
			Doc: "Bytes of PPP that follow."},
	},
}

func walkPPPoE(w *walker, s step) step {
	h := w.header(s, pppoeLen)
	if h == nil {
		return step{}
	}
	at, end := s.at+pppoeLen, s.end
	if n := int(pppoeLength.U16(h)); at+n < end {
		end = at + n
		w.claim = ClaimHeader
	}
	return step{IDPPP, at, end}
}
