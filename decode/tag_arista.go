package decode

// The timestamp tag of Arista's switches, EtherType 0xd28b: a subtype, a version, a time and the
// next EtherType. Versions 0x10 and 0x110 have 32 bits of seconds, 0x20 and 0x120 have 16. All have
// 32 bits of nanoseconds.
const (
	aristaHeadLen   = 4
	aristaTimestamp = 1
)

const aristaRef = "Arista timestamp tag"

var aristaProto = Protocol{
	Key: "avsp", Name: "Arista timestamp tag", Ref: aristaRef, walk: walkArista, none: NotIP,
	more: aristaRest,
	Fields: []Spec{
		{Key: "avsp.sub_type", Name: "Subtype", Bits: 0<<8 | 16, Ref: aristaRef,
			Doc: "1: a timestamp."},
		{Key: "avsp.ver", Name: "Version", Short: "Ver", Bits: 16<<8 | 16, Show: ShowHex,
			Ref: aristaRef,
			Doc: "The form of the timestamp: 0x10 and 0x110 take 8 bytes, 0x20 and 0x120 take 6."},
	},
}

var (
	arista64 = []Spec{
		{Key: "avsp.64sec", Name: "Seconds", Bits: 0<<8 | 32, Ref: aristaRef,
			Doc: "When the switch received the frame, in seconds since 1970."},
		{Key: "avsp.64ns", Name: "Nanoseconds", Bits: 32<<8 | 32, Ref: aristaRef,
			Doc: "The nanoseconds of that time."},
		typeAt("avsp.etype", 64<<8|16, aristaRef),
	}
	arista48 = []Spec{
		{Key: "avsp.48sec", Name: "Seconds", Bits: 0<<8 | 16, Ref: aristaRef,
			Doc: "When the switch received the frame: the low 16 bits of the seconds since 1970."},
		{Key: "avsp.48ns", Name: "Nanoseconds", Bits: 16<<8 | 32, Ref: aristaRef,
			Doc: "The nanoseconds of that time."},
		typeAt("avsp.etype", 48<<8|16, aristaRef),
	}
)

// aristaTail returns the fields after the version, or nil for an unknown subtype or version.
func aristaTail(h []byte) []Spec {
	if u16(h) != aristaTimestamp {
		return nil
	}
	switch u16(h[2:]) {
	case 0x10, 0x110:
		return arista64
	case 0x20, 0x120:
		return arista48
	}
	return nil
}

func aristaRest(f *fieldList) {
	if h := f.bytes(); len(h) >= aristaHeadLen {
		f.group(aristaTail(h), aristaHeadLen)
	}
}

func walkArista(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < aristaHeadLen {
		return w.truncated(s, aristaHeadLen)
	}
	tail := aristaTail(h)
	if tail == nil {
		w.add(s, aristaHeadLen, s.end)
		return w.notIP()
	}
	n := aristaHeadLen + 8
	if last := tail[len(tail)-1]; last.First() == 64 {
		n = aristaHeadLen + 10
	}
	if h = w.header(s, n); h == nil {
		return step{}
	}
	return w.byEtherType(u16(h[n-2:]), s.at+n, s.end)
}
