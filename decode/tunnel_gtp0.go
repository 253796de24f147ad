package decode

// gtp0Len is the length of the header of GTP version 0, 3GPP TS 09.60 section 6, in bytes.
const gtp0Len = 20

var gtp0Proto = Protocol{
	Key: "gtp", Name: "GPRS Tunnelling Protocol, version 0", Ref: "3GPP TS 09.60", walk: walkGTP0,
	Fields: []Spec{
		{Key: "gtp.flags.version", Name: "Version", Short: "Ver", Bits: gtpVersion,
			Ref: "TS 09.60 6", Doc: "0."},
		{Key: "gtp.flags.payload", Name: "Protocol Type", Short: "PT", Bits: gtpPT,
			Ref: "TS 09.60 6", Doc: "1 is GTP, 0 is GTP' for charging."},
		{Key: "gtp.flags.reserved", Name: "Spare", Bits: 4<<8 | 3, Show: ShowRsv, Ref: "TS 09.60 6",
			Doc: "Sent as ones."},
		{Key: "gtp.flags.snn", Name: "SNDCP N-PDU Number Flag", Short: "N", Bits: 7<<8 | 1,
			Show: ShowFlag, Ref: "TS 09.60 6", Doc: "The SNDCP number counts."},
		{Key: "gtp.message", Name: "Message Type", Short: "Type", Bits: gtpType, Show: ShowHex,
			Ref: "TS 09.60 6", Doc: "255 carries a user's packet.", Mean: gtpTypeName},
		{Key: "gtp.length", Name: "Length", Bits: gtpLength, Ref: "TS 09.60 6",
			Doc: "Bytes after this header."},
		{Key: "gtp.seq_number", Name: "Sequence Number", Short: "Sequence", Bits: 32<<8 | 16,
			Ref: "TS 09.60 6", Doc: "Counts the tunnel's packets."},
		{Key: "gtp.flow_label", Name: "Flow Label", Bits: 48<<8 | 16, Show: ShowHex, Role: NotAPort,
			Ref: "TS 09.60 6", Doc: "Identifies the flow; it is not a port."},
		{Key: "gtp.sndcp_number", Name: "SNDCP N-PDU LLC Number", Short: "SNDCP", Bits: 64<<8 | 8,
			Ref: "TS 09.60 6", Doc: "For the handover between nodes."},
		{Key: "gtp.reserved", Name: "Spare", Bits: 72<<8 | 24, Show: ShowRsv, Ref: "TS 09.60 6",
			Doc: "Sent as ones."},
		{Key: "gtp.tid", Name: "Tunnel Identifier", Short: "TID", Bits: 96<<8 | 64, Show: ShowHex,
			Ref: "TS 09.60 6", Doc: "The numbers of the subscriber and of the subscriber's " +
				"tunnel."},
	},
}

// isGTP0 requires version 0, a correct length and a user's packet, because GTP' uses the same port.
func isGTP0(h []byte, n int) bool {
	return len(h) >= gtp0Len && gtpVersion.Word(h) == 0 && gtpPT.Word(h) == 1 && gtp0Len+
		int(gtpLength.U16(h)) <= n
}

func walkGTP0(w *walker, s step) step {
	h := w.header(s, gtp0Len)
	if h == nil || gtpType.U8(h) != gtpGPDU {
		return step{}
	}
	return w.userPacket(s.at+gtp0Len, min(s.end, s.at+gtp0Len+int(gtpLength.U16(h))))
}
