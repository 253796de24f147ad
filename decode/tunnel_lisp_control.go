package decode

// LISP's encapsulated control message, RFC 9301 section 5.8: another control message, with its IP
// and UDP headers, follows the four bytes of the header.
const (
	lispECM   = 4
	lispIsECM = 8 // the message's type

	lispType     Bits = 0<<8 | 4
	lispSecurity Bits = 4<<8 | 1
)

var lispControlProto = Protocol{
	Key: "lisp", Name: "LISP Encapsulated Control Message", Ref: "RFC 9301 5.8",
	walk: walkLISPControl,
	Fields: []Spec{
		{Key: "lisp.type", Name: "Type", Bits: lispType, Ref: "RFC 9301 5.1",
			Doc: "8: the message has another one inside."},
		{Key: "lisp.ecm.flags.sec", Name: "Security", Short: "S", Bits: lispSecurity,
			Show: ShowFlag, Ref: "RFC 9301 5.8", Doc: "Authentication data follow."},
		{Key: "lisp.ecm.flags", Name: "Flags", Bits: 5<<8 | 3, Show: ShowHex, Ref: "RFC 9301 5.8",
			Doc: "D: answer to the sender's delegation; E and M: for the map server."},
		{Key: "lisp.ecm.res", Name: "Reserved", Bits: 8<<8 | 24, Show: ShowRsv, Ref: "RFC 9301 5.8",
			Doc: "Sent as zero."},
	},
}

// isLISPControl requires the type and an IP packet inside.
func isLISPControl(h []byte, _ int) bool {
	return len(h) >= lispECM && lispType.Word(h) == lispIsECM && lispSecurity.Word(h) == 0 &&
		likeIP(h[lispECM:]) != IDNone
}

func walkLISPControl(w *walker, s step) step {
	if w.header(s, lispECM) == nil {
		return step{}
	}
	return w.userPacket(s.at+lispECM, s.end)
}
