package decode

// BSD's packet filter log, LINKTYPE_PFLOG.
const pflogMin = 48

var pflogProto = Protocol{
	Key: "pflog", Name: "OpenBSD packet filter log", Ref: "LINKTYPE_PFLOG", walk: walkPFLOG,
	none: NotIP,
	Fields: []Spec{
		{Key: "pflog.length", Name: "Length", Bits: 0<<8 | 8, Ref: "pflog(4)",
			Doc: "Bytes of this header without its padding to a multiple of four."},
		{Key: "pflog.af", Name: "Address Family", Short: "Family", Bits: 8<<8 | 8, Ref: "pflog(4)",
			Doc: "The family of the packet: 2 is IPv4."},
		{Key: "pflog.action", Name: "Action", Bits: 16<<8 | 8, Ref: "pflog(4)",
			Doc: "What the filter did: 0 passed, 1 dropped the packet."},
		{Key: "pflog.reason", Name: "Reason", Bits: 24<<8 | 8, Ref: "pflog(4)",
			Doc: "Why the filter did so."},
		{Key: "pflog.ifname", Name: "Interface", Bits: 32<<8 | 128, Show: ShowText, Ref: "pflog(4)",
			Doc: "The interface that the packet passed."},
		{Key: "pflog.ruleset", Name: "Ruleset", Bits: 160<<8 | 128, Show: ShowText, Ref: "pflog(4)",
			Doc: "The set of rules that decided."},
		{Key: "pflog.rulenr", Name: "Rule Number", Bits: 288<<8 | 32, Ref: "pflog(4)",
			Doc: "The rule that decided."},
		{Key: "pflog.subrulenr", Name: "Sub Rule Number", Bits: 320<<8 | 32, Ref: "pflog(4)",
			Doc: "The rule within its set."},
		{Key: "pflog.uid", Name: "UID", Bits: 352<<8 | 32, Ref: "pflog(4)",
			Doc: "The user that the packet belongs to."},
	},
	more: func(f *fieldList) { f.rest(&pflogMore, pflogMin) },
}

var pflogMore = Spec{Key: "pflog.more", Name: "Process, rule owner, direction", Show: ShowBytes,
	Ref: "pflog(4)", Doc: "Process, rule's owner, direction and padding."}

func walkPFLOG(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < pflogMin {
		return w.truncated(s, pflogMin)
	}
	n := (int(h[0]) + 3) &^ 3
	if n < pflogMin {
		return w.malformedWith(s, pflogMin, ErrLength)
	}
	if h = w.header(s, n); h == nil {
		return step{}
	}
	return w.byFamily(uint32(h[1]), s.at+n, s.end)
}
