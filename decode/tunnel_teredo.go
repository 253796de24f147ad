package decode

// Teredo, RFC 4380 section 5.1.1: an IPv6 packet after the UDP header. An authentication and an
// origin indication may precede it.
const (
	teredoAuthMin   = 13 // indicator, two lengths, nonce and confirmation
	teredoOriginLen = 8
)

var teredoProto = Protocol{
	Key: "teredo", Name: "Teredo", Ref: "RFC 4380", walk: walkTeredo, more: teredoFields,
}

var (
	teredoAuth = []Spec{
		{Key: "teredo.auth.indicator", Name: "Authentication Indicator", Short: "Auth",
			Bits: 0<<8 | 16, Show: ShowHex, Ref: "RFC 4380 5.1.1",
			Doc: "0x0001: an authentication follows."},
		{Key: "teredo.auth.idlen", Name: "ID-len", Bits: 16<<8 | 8, Ref: "RFC 4380 5.1.1",
			Doc: "Length of the client identifier in bytes."},
		{Key: "teredo.auth.aulen", Name: "AU-len", Bits: 24<<8 | 8, Ref: "RFC 4380 5.1.1",
			Doc: "Length of the authentication value in bytes."},
	}
	teredoID = Spec{Key: "teredo.auth.id", Name: "Client identification", Short: "ID",
		Show: ShowBytes, Ref: "RFC 4380 5.1.1", Doc: "Identifies the client."}
	teredoValue = Spec{Key: "teredo.auth.value", Name: "Authentication value", Short: "Value",
		Show: ShowBytes, Ref: "RFC 4380 5.1.1", Doc: "Proves that the client knows the secret."}
	teredoNonce = Spec{Key: "teredo.auth.nonce", Name: "Nonce value", Short: "Nonce",
		Bits: 0<<8 | 64, Show: ShowHex, Ref: "RFC 4380 5.1.1",
		Doc: "A random number that the answer repeats."}
	teredoConfirm = Spec{Key: "teredo.auth.conf", Name: "Confirmation byte", Short: "Conf",
		Bits: 64<<8 | 8, Show: ShowHex, Ref: "RFC 4380 5.1.1",
		Doc: "0, unless the client needs a new key."}
	teredoOrigin = []Spec{
		{Key: "teredo.orig.indicator", Name: "Origin Indicator", Short: "Origin", Bits: 0<<8 | 16,
			Show: ShowHex, Ref: "RFC 4380 5.1.1", Doc: "0x0000: an origin follows."},
		{Key: "teredo.orig.port", Name: "Obfuscated Origin Port", Short: "Port ^ ffff",
			Bits: 16<<8 | 16, Show: ShowHex, Ref: "RFC 4380 5.1.1",
			Doc: "The UDP port that the server saw, every bit inverted so that no address " +
				"translator changes it."},
		{Key: "teredo.orig.addr", Name: "Obfuscated Origin Address", Short: "Address ^ ffffffff",
			Bits: 32<<8 | 32, Show: ShowHex, Ref: "RFC 4380 5.1.1",
			Doc: "The IPv4 address that the server saw, every bit inverted."},
	}
)

// teredoLayout returns the lengths of the authentication and of the origin indication, 0 for an
// absent one.
func teredoLayout(h []byte) (auth, origin int) {
	if len(h) >= 4 && u16(h) == 1 {
		auth = min(len(h), teredoAuthMin+int(h[2])+int(h[3]))
	}
	if len(h) >= auth+2 && u16(h[auth:]) == 0 {
		origin = teredoOriginLen
	}
	return auth, origin
}

func teredoFields(f *fieldList) {
	h := f.bytes()
	auth, _ := teredoLayout(h)
	if auth > 0 {
		f.group(teredoAuth, 0)
		id, value := int(h[2]), int(h[3])
		f.wide(&teredoID, 32, 8*id)
		f.wide(&teredoValue, 32+8*id, 8*value)
		f.spec(&teredoNonce, 4+id+value)
		f.spec(&teredoConfirm, 4+id+value)
	}
	f.group(teredoOrigin, auth)
}

// isTeredo requires an IPv6 packet after the indications.
func isTeredo(h []byte, _ int) bool {
	auth, origin := teredoLayout(h)
	return len(h) > auth+origin && likeIP(h[auth+origin:]) == IDIPv6
}

func walkTeredo(w *walker, s step) step {
	auth, origin := teredoLayout(w.visible(s))
	if auth+origin > 0 && w.header(s, auth+origin) == nil {
		return step{}
	}
	return step{IDIPv6, s.at + auth + origin, s.end}
}
