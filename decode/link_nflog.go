package decode

// Linux's netfilter log, LINKTYPE_NFLOG: a family, then fields of type, length and data. Type and
// length are in the byte order of the capturing machine. The field of type 9 is the packet.
const (
	nflogLen     = 4
	nflogPayload = 9
)

var nflogProto = Protocol{
	Key: "nflog", Name: "Linux netfilter log", Ref: "LINKTYPE_NFLOG", walk: walkNFLOG, none: NotIP,
	Fields: []Spec{
		{Key: "nflog.family", Name: "Family", Bits: 0<<8 | 8, Ref: "LINKTYPE_NFLOG",
			Doc: "The family of the packet: 2 is IPv4, 7 is a bridge, 10 is IPv6."},
		{Key: "nflog.version", Name: "Version", Short: "Ver", Bits: 8<<8 | 8, Ref: "LINKTYPE_NFLOG",
			Doc: "Zero."},
		{Key: "nflog.res_id", Name: "Resource ID", Bits: 16<<8 | 16, Ref: "LINKTYPE_NFLOG",
			Doc: "The log's group."},
	},
	more: func(f *fieldList) { f.rest(&nflogTLVs, nflogLen) },
}

var nflogTLVs = Spec{Key: "nflog.tlvs", Name: "Fields", Show: ShowBytes, Ref: "LINKTYPE_NFLOG",
	Doc: "Data of the filter: interfaces, prefix, user, time; the packet comes last."}

func walkNFLOG(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < nflogLen {
		return w.truncated(s, nflogLen)
	}
	order := shorterOrder(h[nflogLen:])
	return w.byNetfilter(s, nfMessage{family: h[0], order: order, at: nflogLen,
		payload: nflogPayload, packetType: 0})
}
