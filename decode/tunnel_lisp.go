package decode

// LISP data packets, RFC 9300 section 5.3: an IP packet follows the eight bytes of the header.
const (
	lispLen = 8

	lispN Bits = 0<<8 | 1
	lispV Bits = 3<<8 | 1
)

const lispRef = "RFC 9300 5.3"

var lispProto = Protocol{
	Key: "lisp-data", Name: "Locator/ID Separation Protocol", Ref: "RFC 9300", walk: walkLISP,
	Fields: []Spec{
		{Key: "lisp-data.flags.nonce", Name: "Nonce present", Short: "N", Bits: lispN,
			Show: ShowFlag, Ref: lispRef, Doc: "The next 24 bits are a nonce."},
		{Key: "lisp-data.flags.lsb", Name: "Locator-Status-Bits enabled", Short: "L",
			Bits: 1<<8 | 1, Show: ShowFlag, Ref: lispRef,
			Doc: "The last word shows which locators are reachable."},
		{Key: "lisp-data.flags.enr", Name: "Echo-nonce-request", Short: "E", Bits: 2<<8 | 1,
			Show: ShowFlag, Ref: lispRef, Doc: "Requests that the receiver returns the nonce."},
		{Key: "lisp-data.flags.mv", Name: "Map-Version present", Short: "V", Bits: lispV,
			Show: ShowFlag, Ref: lispRef,
			Doc: "The next 24 bits are the map's versions at both ends."},
		{Key: "lisp-data.flags.iid", Name: "Instance ID", Short: "I", Bits: 4<<8 | 1,
			Show: ShowFlag, Ref: lispRef,
			Doc: "The last word has an instance identifier in its upper 24 bits."},
		{Key: "lisp-data.flags.res", Name: "Reserved and key", Short: "RKK", Bits: 5<<8 | 3,
			Show: ShowRsv, Ref: lispRef,
			Doc: "Reserved, and whether the payload is encrypted (RFC 8061)."},
		{Key: "lisp-data.nonce_or_version", Name: "Nonce/Map-Version", Short: "Nonce",
			Bits: 8<<8 | 24, Show: ShowHex, Ref: lispRef, Doc: "The meaning depends on the flags."},
		{Key: "lisp-data.instance_or_status", Name: "Instance ID/Locator-Status-Bits",
			Short: "Instance/Status", Bits: 32<<8 | 32, Show: ShowHex, Ref: lispRef,
			Doc: "The meaning depends on the flags."},
	},
}

// isLISP requires an IP packet inside. The N and V bits must not both be set (RFC 9300).
func isLISP(h []byte, _ int) bool {
	return len(h) >= lispLen && (lispN.Word(h)&lispV.Word(h)) == 0 && likeIP(h[lispLen:]) != IDNone
}

func walkLISP(w *walker, s step) step {
	if w.header(s, lispLen) == nil {
		return step{}
	}
	return w.userPacket(s.at+lispLen, s.end)
}
