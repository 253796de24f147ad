package decode

// GTP-U, 3GPP TS 29.281 section 5.1: eight bytes, four more if any of the flags E, S and PN is set,
// then extension headers (section 5.2.1). Only a message of type 255, G-PDU, carries a user's
// packet.
const (
	gtpMinLen = 8
	gtpOptLen = 12

	gtpVersion Bits = 0<<8 | 3
	gtpPT      Bits = 3<<8 | 1
	gtpE       Bits = 5<<8 | 1
	gtpS       Bits = 6<<8 | 1
	gtpPN      Bits = 7<<8 | 1
	gtpAny     Bits = 5<<8 | 3 // E, S and PN
	gtpType    Bits = 8<<8 | 8
	gtpLength  Bits = 16<<8 | 16
	gtpTEID    Bits = 32<<8 | 32
	gtpNext    Bits = 88<<8 | 8

	gtpGPDU = 255
)

const gtpRef = "TS 29.281 5.1"

var gtpProto = Protocol{
	Key: "gtp", Name: "GPRS Tunnelling Protocol, user plane", Ref: "3GPP TS 29.281", walk: walkGTP,
	more: gtpOptional,
	Fields: []Spec{
		{Key: "gtp.flags.version", Name: "Version", Short: "Ver", Bits: gtpVersion, Ref: gtpRef,
			Doc: "1."},
		{Key: "gtp.flags.payload", Name: "Protocol Type", Short: "PT", Bits: gtpPT, Ref: gtpRef,
			Doc: "1 is GTP, 0 is GTP' for charging."},
		{Key: "gtp.flags.reserved", Name: "Spare", Short: "*", Bits: 4<<8 | 1, Show: ShowRsv,
			Ref: gtpRef, Doc: "Sent as zero."},
		{Key: "gtp.flags.e", Name: "Extension Header Flag", Short: "E", Bits: gtpE, Show: ShowFlag,
			Ref: gtpRef, Doc: "Extension headers follow."},
		{Key: "gtp.flags.s", Name: "Sequence Number Flag", Short: "S", Bits: gtpS, Show: ShowFlag,
			Ref: gtpRef, Doc: "The sequence number is valid."},
		{Key: "gtp.flags.pn", Name: "N-PDU Number Flag", Short: "N", Bits: gtpPN, Show: ShowFlag,
			Ref: gtpRef, Doc: "The N-PDU number counts."},
		{Key: "gtp.message", Name: "Message Type", Short: "Type", Bits: gtpType, Show: ShowHex,
			Ref: gtpRef, Doc: "255 carries a user's packet.", Mean: gtpTypeName},
		{Key: "gtp.length", Name: "Length", Bits: gtpLength, Ref: gtpRef,
			Doc: "Bytes after the first eight."},
		{Key: "gtp.teid", Name: "Tunnel Endpoint Identifier", Short: "TEID", Bits: gtpTEID,
			Show: ShowHex, Role: NotAPort, Ref: gtpRef,
			Doc: "Identifies the tunnel at its receiver; it is not a port."},
	},
}

var (
	gtpNoSeq = Spec{Key: "gtp.unused.seq_number", Name: "Sequence Number", Short: "unused",
		Bits: 64<<8 | 16, Show: ShowRsv, Ref: gtpRef, Doc: "Not used: the S flag is clear."}
	gtpNoNPDU = Spec{Key: "gtp.unused.npdu_number", Name: "N-PDU Number", Short: "unused",
		Bits: 80<<8 | 8, Show: ShowRsv, Ref: gtpRef, Doc: "Not used: the PN flag is clear."}
	gtpOptions = [...]Spec{
		{Key: "gtp.seq_number", Name: "Sequence Number", Short: "Sequence", Bits: 64<<8 | 16,
			Ref: gtpRef, Doc: "Counts the tunnel's packets, if the S flag is set."},
		{Key: "gtp.npdu_number", Name: "N-PDU Number", Short: "N-PDU", Bits: 80<<8 | 8, Ref: gtpRef,
			Doc: "For the handover between nodes, if the PN flag is set."},
		{Key: "gtp.next", Name: "Next Extension Header Type", Short: "Next", Bits: gtpNext,
			Show: ShowHex, Ref: "TS 29.281 5.2.1",
			Doc: "The type of the extension header that follows, 0 for none; valid if the E " +
				"flag is set."},
	}
	gtpExtLen = Spec{Key: "gtp.ext_hdr.length", Name: "Extension Header Length", Short: "Length",
		Bits: 0<<8 | 8, Role: ScaledLength, Ref: "TS 29.281 5.2.1",
		Doc: "Length of the extension header in units of four bytes.", Mean: words}
	gtpExtData = Spec{Key: "gtp.ext_hdr.content", Name: "Extension Header Content",
		Short: "Content", Show: ShowBytes, Ref: "TS 29.281 5.2.2", Doc: "The extension's data."}
	gtpExtNext = Spec{Key: "gtp.ext_hdr.next", Name: "Next Extension Header Type", Short: "Next",
		Bits: 0<<8 | 8, Show: ShowHex, Ref: "TS 29.281 5.2.1",
		Doc: "The type of the next extension header, 0 for none."}
)

func gtpTypeName(v uint64) string {
	switch v {
	case 1:
		return "Echo Request"
	case 2:
		return "Echo Response"
	case 26:
		return "Error Indication"
	case 31:
		return "Supported Extension Headers Notification"
	case 254:
		return "End Marker"
	case gtpGPDU:
		return "G-PDU"
	}
	return ""
}

func gtpOptional(f *fieldList) {
	h := f.bytes()
	if len(h) < gtpMinLen || gtpAny.Word(h) == 0 {
		return
	}
	seq, npdu := &gtpOptions[0], &gtpOptions[1]
	if gtpS.Word(h) == 0 {
		seq = &gtpNoSeq
	}
	if gtpPN.Word(h) == 0 {
		npdu = &gtpNoNPDU
	}
	f.spec(seq, 0)
	f.spec(npdu, 0)
	f.spec(&gtpOptions[2], 0)
	for base := gtpOptLen; base < f.end-f.at; {
		f.spec(&gtpExtLen, base)
		n := f.end - f.at - base
		if base < len(h) && h[base] > 0 {
			n = min(n, 4*int(h[base]))
		}
		f.wide(&gtpExtData, 8*(base+1), 8*(n-2))
		if n > 1 {
			f.spec(&gtpExtNext, base+n-1)
		}
		base += n
	}
}

// gtpHeaderLen returns the length of the header with its optional part and extension headers. It
// returns -1 for an extension header of length 0. The length may be more than len(h).
func gtpHeaderLen(h []byte) int {
	if gtpAny.Word(h) == 0 {
		return gtpMinLen
	}
	if len(h) < gtpOptLen || gtpE.Word(h) == 0 {
		return gtpOptLen
	}
	n := gtpOptLen
	for next := gtpNext.U8(h); next != 0; {
		if n >= len(h) {
			return n + 4
		}
		size := 4 * int(h[n])
		if size == 0 {
			return -1
		}
		if n += size; n > len(h) {
			return n
		}
		next = h[n-1]
	}
	return n
}

// isGTP requires version 1, not GTP', and a possible length.
func isGTP(h []byte, n int) bool {
	return len(h) >= gtpMinLen && gtpVersion.Word(h) == 1 && gtpPT.Word(h) == 1 && gtpMinLen+
		int(gtpLength.U16(h)) <= n
}

// walkGTP continues with the packet of a G-PDU. Only the packet's first bytes identify it.
func walkGTP(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < gtpMinLen {
		return w.truncated(s, gtpMinLen)
	}
	end := min(s.end, s.at+gtpMinLen+int(gtpLength.U16(h)))
	n := gtpHeaderLen(h)
	if n < 0 {
		return w.malformedWith(s, gtpOptLen, ErrLength)
	}
	if len(h) < n {
		return w.truncated(s, n)
	}
	w.add(s, n, end)
	if gtpType.U8(h) != gtpGPDU {
		return step{}
	}
	return w.userPacket(s.at+n, end)
}

// userPacket continues with an IP packet or an Ethernet frame (TS 29.281 section 4.2), depending on
// the first bytes. A hardware address may begin like an IP header; then the IP length decides.
func (w *walker) userPacket(at, end int) step {
	v := w.visible(step{at: at, end: end})
	id := likeIP(v)
	fits := id == IDIPv4 && int(ipv4TotalLen.U16(v)) == end-at ||
		id == IDIPv6 && ipv6Len+int(ipv6PayloadLen.U16(v)) == end-at
	if !fits && likeKnownEthernet(v) {
		id = IDEthernet
	}
	return step{id, at, end}
}
