package decode

// AYIYA, draft-massar-v6ops-ayiya-02 section 3: an IPv6 packet after an identity and a signature.
const (
	ayiyaMinLen = 8

	ayiyaIDLen  Bits = 0<<8 | 4
	ayiyaSigLen Bits = 8<<8 | 4
	ayiyaOp     Bits = 20<<8 | 4
	ayiyaNext   Bits = 24<<8 | 8

	ayiyaForward = 1
)

const ayiyaRef = "draft-massar-v6ops-ayiya 3"

var ayiyaProto = Protocol{
	Key: "ayiya", Name: "Anything In Anything", Ref: "draft-massar-v6ops-ayiya", walk: walkAYIYA,
	more: ayiyaRest,
	Fields: []Spec{
		{Key: "ayiya.idlen", Name: "Identity length", Short: "IDLen", Bits: ayiyaIDLen,
			Ref: ayiyaRef, Doc: "The identity's length in bytes as a power of two."},
		{Key: "ayiya.idtype", Name: "Identity type", Short: "IDType", Bits: 4<<8 | 4, Ref: ayiyaRef,
			Doc: "What kind of identity it is."},
		{Key: "ayiya.siglen", Name: "Signature length", Short: "SigLen", Bits: ayiyaSigLen,
			Role: ScaledLength, Ref: ayiyaRef, Doc: "The signature's length in 32-bit words.",
			Mean: words},
		{Key: "ayiya.hashmethod", Name: "Hash method", Short: "Hash", Bits: 12<<8 | 4,
			Ref: ayiyaRef, Doc: "How the signature was made."},
		{Key: "ayiya.authmethod", Name: "Authentication method", Short: "Auth", Bits: 16<<8 | 4,
			Ref: ayiyaRef, Doc: "The kind of key that signed."},
		{Key: "ayiya.opcode", Name: "Operation Code", Short: "Op", Bits: ayiyaOp, Ref: ayiyaRef,
			Doc: "1 requests that the packet inside is forwarded."},
		{Key: "ayiya.nextheader", Name: "Next Header", Bits: ayiyaNext, Role: NextIPProtocol,
			Ref: ayiyaRef, Doc: "The protocol number of what is inside.", Mean: ipProtoName},
		{Key: "ayiya.epoch", Name: "Epoch Time", Short: "Epoch", Bits: 32<<8 | 32, Ref: ayiyaRef,
			Doc: "When it was sent, in seconds since 1970."},
	},
}

var (
	ayiyaIdentity = Spec{Key: "ayiya.identity", Name: "Identity", Show: ShowBytes, Ref: ayiyaRef,
		Doc: "The tunnel's user."}
	ayiyaSignature = Spec{Key: "ayiya.signature", Name: "Signature", Show: ShowBytes, Ref: ayiyaRef,
		Doc: "Proves the identity."}
)

func ayiyaRest(f *fieldList) {
	h := f.bytes()
	if len(h) < ayiyaMinLen {
		return
	}
	n := 8 << ayiyaIDLen.Word(h)
	f.wide(&ayiyaIdentity, 8*ayiyaMinLen, n)
	f.rest(&ayiyaSignature, ayiyaMinLen+n/8)
}

func ayiyaHeaderLen(h []byte) int {
	return ayiyaMinLen + 1<<ayiyaIDLen.Word(h) + 4*int(ayiyaSigLen.Word(h))
}

// isAYIYA requires the operation "forward" and a complete packet of a known kind.
func isAYIYA(h []byte, n int) bool {
	if len(h) < ayiyaMinLen || ayiyaOp.Word(h) != ayiyaForward {
		return false
	}
	id, size := ipProtos[ayiyaNext.U8(h)], ayiyaHeaderLen(h)
	return id != IDNone && len(h) > size && likeInner(id, h[size:], n-size)
}

func walkAYIYA(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < ayiyaMinLen {
		return w.truncated(s, ayiyaMinLen)
	}
	n := ayiyaHeaderLen(h)
	if w.header(s, n) == nil {
		return step{}
	}
	return w.byIPProto(ayiyaNext.U8(h), s.at+n, s.end)
}
