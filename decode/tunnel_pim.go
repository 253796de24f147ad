package decode

// PIM, RFC 7761 section 4.9. A Register message (section 4.9.3) contains a multicast packet after
// eight bytes.
const (
	pimLen     = 4
	pimRegLen  = 8
	pimVersion = 2

	pimVer  Bits = 0<<8 | 4
	pimType Bits = 4<<8 | 4

	pimRegister = 1
)

var pimProto = Protocol{
	Key: "pim", Name: "Protocol Independent Multicast", Ref: "RFC 7761 4.9", walk: walkPIM,
	none: NoTransport,
	Fields: []Spec{
		{Key: "pim.version", Name: "PIM Ver", Short: "Ver", Bits: pimVer, Ref: "RFC 7761 4.9",
			Doc: "2."},
		{Key: "pim.type", Name: "Type", Bits: pimType, Ref: "RFC 7761 4.9",
			Doc: "The message type.", Mean: pimTypeName},
		{Key: "pim.reserved", Name: "Reserved", Bits: 8<<8 | 8, Show: ShowRsv, Ref: "RFC 7761 4.9",
			Doc: "Sent as zero."},
		{Key: "pim.cksum", Name: "Checksum", Bits: 16<<8 | 16, Show: ShowSum, Ref: "RFC 7761 4.9",
			Doc: "One's complement sum over the message; in a Register over the first eight " +
				"bytes only."},
	},
	more: func(f *fieldList) { f.group(pimRegisterFields, 0) },
}

var pimRegisterFields = []Spec{
	{Key: "pim.register_flag.border", Name: "Border", Short: "B", Bits: 32<<8 | 1, Show: ShowFlag,
		Ref: "RFC 7761 4.9.3", Doc: "The sender is at another domain's border; no longer used."},
	{Key: "pim.register_flag.null_register", Name: "Null-Register", Short: "N", Bits: 33<<8 | 1,
		Show: ShowFlag, Ref: "RFC 7761 4.9.3",
		Doc: "A probe: the packet inside is a header without payload."},
	{Key: "pim.register_flag.reserved", Name: "Reserved2", Bits: 34<<8 | 30, Show: ShowRsv,
		Ref: "RFC 7761 4.9.3", Doc: "Sent as zero."},
}

func pimTypeName(v uint64) string {
	names := [...]string{"Hello", "Register", "Register-Stop", "Join/Prune", "Bootstrap", "Assert",
		"Graft", "Graft-Ack", "Candidate-RP-Advertisement"}
	if v < uint64(len(names)) {
		return names[v]
	}
	return ""
}

func walkPIM(w *walker, s step) step {
	h := w.visible(s)
	if s.at >= s.end { // the packet in a Null-Register ends with its IP header
		w.setNoPorts(NoTransport)
		return step{}
	}
	if len(h) < pimLen {
		return w.truncated(s, pimLen)
	}
	if pimVer.Word(h) != pimVersion || pimType.Word(h) != pimRegister || s.end-s.at <= pimRegLen {
		w.add(s, pimLen, s.end)
		return step{}
	}
	if w.header(s, pimRegLen) == nil {
		return step{}
	}
	return w.userPacket(s.at+pimRegLen, s.end)
}
