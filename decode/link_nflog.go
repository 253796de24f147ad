package decode

import "encoding/binary"

// Linux's netfilter log, LINKTYPE_NFLOG: a family, then fields of type, length and data. Type and length are in the byte order of
// the machine that captured; the field of type 9 is the packet.
const (
	nflogLen     = 4
	nflogTLV     = 4
	nflogPayload = 9
)

var nflogProto = Protocol{
	Key: "nflog", Name: "Linux netfilter log", Ref: "LINKTYPE_NFLOG", walk: walkNFLOG, none: NotIP,
	Fields: []Spec{
		{Key: "nflog.family", Name: "Family", Bits: 0<<8 | 8, Ref: "LINKTYPE_NFLOG", Doc: "The family of the packet: 2 is IPv4, 10 is IPv6."},
		{Key: "nflog.version", Name: "Version", Short: "Ver", Bits: 8<<8 | 8, Ref: "LINKTYPE_NFLOG", Doc: "Zero."},
		{Key: "nflog.res_id", Name: "Resource ID", Bits: 16<<8 | 16, Ref: "LINKTYPE_NFLOG", Doc: "The log's group."},
	},
	more: func(f *fieldList) { f.rest(&nflogTLVs, nflogLen) },
}

var nflogTLVs = Spec{Key: "nflog.tlvs", Name: "Fields", Show: ShowBytes, Ref: "LINKTYPE_NFLOG", Doc: "What the filter knew: interfaces, prefix, user, time; the packet comes last."}

// nflogOrder guesses the byte order: the first field's length fits in one of them only, unless it is a palindrome.
func nflogOrder(b []byte) binary.ByteOrder {
	if len(b) >= 2 && binary.LittleEndian.Uint16(b) > binary.BigEndian.Uint16(b) {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func walkNFLOG(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < nflogLen {
		return w.short(s, nflogLen)
	}
	order := nflogOrder(h[nflogLen:])
	at := nflogLen
	for at+nflogTLV <= len(h) {
		n := int(order.Uint16(h[at:]))
		if n < nflogTLV {
			return w.bad(s, at+nflogTLV, ErrLength)
		}
		if order.Uint16(h[at+2:]) == nflogPayload {
			end := min(s.end, s.at+at+n)
			w.add(s, at+nflogTLV, end)
			return w.byFamily(uint32(h[0]), s.at+at+nflogTLV, end)
		}
		at += (n + 3) &^ 3
	}
	if s.at+at < s.end {
		return w.short(s, at+nflogTLV)
	}
	w.add(s, len(h), s.end)
	w.because(NotIP)
	return step{}
}
