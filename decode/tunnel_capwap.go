package decode

// CAPWAP data, RFC 5415 section 4.3: a preamble byte, a header that contains its length, then an
// 802.3 frame or, with the T bit, an 802.11 frame.
const (
	capwapMinLen = 8

	capwapPreamble Bits = 0<<8 | 8
	capwapHLEN     Bits = 8<<8 | 5
	capwapWBID     Bits = 18<<8 | 5
	capwapT        Bits = 23<<8 | 1
	capwapF        Bits = 24<<8 | 1
	capwapK        Bits = 28<<8 | 1
	capwapOffset   Bits = 48<<8 | 13

	capwapMaxWBID = 1 // devices older than the RFC use 0 for 802.11
)

const capwapRef = "RFC 5415 4.3"

var capwapProto = Protocol{
	Key: "capwap.data", Name: "Control And Provisioning of Wireless Access Points", Ref: "RFC 5415",
	walk: walkCAPWAP,
	Fields: []Spec{
		{Key: "capwap.preamble", Name: "Preamble", Bits: capwapPreamble, Show: ShowHex,
			Ref: "RFC 5415 4.1", Doc: "Version 0 and type: 0 is plain, 1 is encrypted."},
		{Key: "capwap.header.length", Name: "HLEN", Bits: capwapHLEN, Role: ScaledLength,
			Ref: capwapRef, Doc: "Length of the header in 32-bit words.", Mean: words},
		{Key: "capwap.header.rid", Name: "Radio ID", Short: "RID", Bits: 13<<8 | 5, Ref: capwapRef,
			Doc: "The access point's radio."},
		{Key: "capwap.header.wbid", Name: "Wireless Binding ID", Short: "WBID", Bits: capwapWBID,
			Ref: capwapRef, Doc: "1 is IEEE 802.11."},
		{Key: "capwap.header.flags.t", Name: "Native frame", Short: "T", Bits: capwapT,
			Show: ShowFlag, Ref: capwapRef,
			Doc: "Set: the frame has the radio's format; clear: an 802.3 frame."},
		{Key: "capwap.header.flags.f", Name: "Fragment", Short: "F", Bits: capwapF, Show: ShowFlag,
			Ref: capwapRef, Doc: "The frame was split."},
		{Key: "capwap.header.flags.l", Name: "Last fragment", Short: "L", Bits: 25<<8 | 1,
			Show: ShowFlag, Ref: capwapRef, Doc: "No more pieces follow."},
		{Key: "capwap.header.flags.w", Name: "Wireless header", Short: "W", Bits: 26<<8 | 1,
			Show: ShowFlag, Ref: capwapRef, Doc: "Wireless information follows."},
		{Key: "capwap.header.flags.m", Name: "Radio MAC", Short: "M", Bits: 27<<8 | 1,
			Show: ShowFlag, Ref: capwapRef, Doc: "The radio's address follows."},
		{Key: "capwap.header.flags.k", Name: "Keep-Alive", Short: "K", Bits: capwapK,
			Show: ShowFlag, Ref: capwapRef, Doc: "A keep-alive without a user's frame."},
		{Key: "capwap.header.flags.r", Name: "Reserved", Bits: 29<<8 | 3, Show: ShowRsv,
			Ref: capwapRef, Doc: "Sent as zero."},
		{Key: "capwap.header.fragment.id", Name: "Fragment ID", Bits: 32<<8 | 16, Ref: capwapRef,
			Doc: "The same in all pieces of one frame."},
		{Key: "capwap.header.fragment.offset", Name: "Fragment Offset", Bits: capwapOffset,
			Role: FragmentOffset, Ref: capwapRef,
			Doc: "Where this piece belongs, in units of eight bytes.", Mean: eights},
		{Key: "capwap.header.fragment.reserved", Name: "Reserved", Bits: 61<<8 | 3, Show: ShowRsv,
			Ref: capwapRef, Doc: "Sent as zero."},
	},
	more: func(f *fieldList) { f.rest(&capwapOptional, capwapMinLen) },
}

var capwapOptional = Spec{Key: "capwap.header.optional", Name: "Radio MAC and wireless information",
	Short: "Optional", Show: ShowBytes, Ref: capwapRef,
	Doc: "The radio's address and its measurements, depending on the M and W bits."}

// isCAPWAP requires an unencrypted header of a known radio with a possible length.
func isCAPWAP(h []byte, n int) bool {
	if len(h) < capwapMinLen || capwapPreamble.U8(h) != 0 || capwapWBID.Word(h) > capwapMaxWBID {
		return false
	}
	size := 4 * int(capwapHLEN.Word(h))
	return size >= capwapMinLen && size <= n
}

// capwapWLAN detects the byte order of the frame control field: Cisco's access points swap its
// bytes. The first byte has version 0 and the type, which is 2 for data.
func capwapWLAN(h []byte) ProtocolID {
	if len(h) > 1 && h[0]&0x0f != wlanDataByte && h[1]&0x0f == wlanDataByte {
		return IDWLANSwapped
	}
	return IDWLAN
}

// walkCAPWAP continues inside the user's frame, if this fragment contains its start.
func walkCAPWAP(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < capwapMinLen {
		return w.truncated(s, capwapMinLen)
	}
	n := 4 * int(capwapHLEN.Word(h))
	if w.header(s, n) == nil || capwapK.Word(h) == 1 || capwapF.Word(h) == 1 &&
		capwapOffset.Word(h) > 0 {
		return step{}
	}
	if capwapT.Word(h) == 0 {
		return step{IDEthernet, s.at + n, s.end}
	}
	return step{capwapWLAN(w.visible(step{at: s.at + n, end: s.end})), s.at + n, s.end}
}
