package decode

// L2TP, version 2 (RFC 2661 section 3.1) over UDP, and version 3 (RFC 3931) over UDP or IP. Version
// 2 carries PPP. The endpoints of version 3 agree in advance on the payload and on the length of
// the cookie; the packet does not contain them.
const (
	l2tpMinLen = 6
	l2tp3Len   = 4
	l2tp3UDP   = 8

	l2tpT       Bits = 0<<8 | 1
	l2tpL       Bits = 1<<8 | 1
	l2tpS       Bits = 4<<8 | 1
	l2tpO       Bits = 6<<8 | 1
	l2tpVersion Bits = 12<<8 | 4
	l2tpLength  Bits = 16<<8 | 16
	l2tpSession Bits = 0<<8 | 32
)

const l2tpRef = "RFC 2661 3.1"

// l2tpFlags are the fields in the first two bytes of both versions.
var l2tpFlags = []Spec{
	{Key: "l2tp.type", Name: "Type", Short: "T", Bits: l2tpT, Show: ShowFlag, Ref: l2tpRef,
		Doc: "Set: a control message; clear: data."},
	{Key: "l2tp.length_bit", Name: "Length Present", Short: "L", Bits: l2tpL, Show: ShowFlag,
		Ref: l2tpRef, Doc: "A length follows."},
	{Key: "l2tp.reserved", Name: "Reserved", Short: "x", Bits: 2<<8 | 2, Show: ShowRsv,
		Ref: l2tpRef, Doc: "Sent as zero."},
	{Key: "l2tp.seq_bit", Name: "Sequence Present", Short: "S", Bits: l2tpS, Show: ShowFlag,
		Ref: l2tpRef, Doc: "Sequence numbers follow."},
	{Key: "l2tp.reserved", Name: "Reserved", Short: "x", Bits: 5<<8 | 1, Show: ShowRsv,
		Ref: l2tpRef, Doc: "Sent as zero."},
	{Key: "l2tp.offset_bit", Name: "Offset Present", Short: "O", Bits: l2tpO, Show: ShowFlag,
		Ref: l2tpRef, Doc: "An offset size follows."},
	{Key: "l2tp.priority", Name: "Priority", Short: "P", Bits: 7<<8 | 1, Show: ShowFlag,
		Ref: l2tpRef, Doc: "Set: other data must not delay this message."},
	{Key: "l2tp.reserved", Name: "Reserved", Short: "x", Bits: 8<<8 | 4, Show: ShowRsv,
		Ref: l2tpRef, Doc: "Sent as zero."},
	{Key: "l2tp.version", Name: "Version", Short: "Ver", Bits: l2tpVersion, Ref: l2tpRef,
		Doc: "2, or 3 for L2TPv3."},
}

var (
	l2tpProto = Protocol{Key: "l2tp", Name: "Layer Two Tunneling Protocol", Ref: "RFC 2661",
		walk: walkL2TP, Fields: l2tpFlags, more: l2tpOptional}
	l2tp3Proto = Protocol{
		Key: "l2tp", Name: "Layer Two Tunneling Protocol version 3", Ref: "RFC 3931 4.1.1",
		walk: walkL2TP3, none: NoTransport,
		Fields: []Spec{{Key: "l2tp.sid", Name: "Session ID", Bits: l2tpSession, Show: ShowHex,
			Role: NotAPort, Ref: "RFC 3931 4.1.1.1",
			Doc: "Identifies the session at the receiver; 0 is a control message. It is not a " +
				"port."}},
	}
	l2tpLenSpec = Spec{Key: "l2tp.length", Name: "Length", Bits: 0<<8 | 16, Ref: l2tpRef,
		Doc: "Length of the whole message in bytes."}
	l2tpIDs = []Spec{
		{Key: "l2tp.tunnel", Name: "Tunnel ID", Short: "Tunnel", Bits: 0<<8 | 16, Role: NotAPort,
			Ref: l2tpRef, Doc: "Identifies the tunnel at the receiver; it is not a port."},
		{Key: "l2tp.session", Name: "Session ID", Short: "Session", Bits: 16<<8 | 16,
			Role: NotAPort, Ref: l2tpRef,
			Doc: "Identifies the session in that tunnel; it is not a port."},
	}
	l2tpNumbers = []Spec{
		{Key: "l2tp.Ns", Name: "Ns", Bits: 0<<8 | 16, Ref: l2tpRef, Doc: "This message's number."},
		{Key: "l2tp.Nr", Name: "Nr", Bits: 16<<8 | 16, Ref: l2tpRef,
			Doc: "The number of the message that is expected next."},
	}
	l2tpOffset = Spec{Key: "l2tp.offset", Name: "Offset Size", Short: "Offset", Bits: 0<<8 | 16,
		Ref: l2tpRef, Doc: "How many bytes of padding come before the payload."}
	l2tpPad = Spec{Key: "l2tp.pad", Name: "Offset Pad", Short: "Pad", Show: ShowBytes,
		Ref: l2tpRef, Doc: "Uninterpreted padding."}
	l2tp3Head = []Spec{
		{Key: "l2tp.res", Name: "Reserved", Bits: 16<<8 | 16, Show: ShowRsv,
			Ref: "RFC 3931 4.1.2.1", Doc: "Sent as zero; a control message has its length here."},
		{Key: "l2tp.sid", Name: "Session ID", Bits: 32<<8 | 32, Show: ShowHex, Role: NotAPort,
			Ref: "RFC 3931 4.1.2.1",
			Doc: "Identifies the session at the receiver, or a control message's connection. It " +
				"is " +
				"not a port."},
	}
)

func l2tpOptional(f *fieldList) {
	h := f.bytes()
	if len(h) < 2 {
		return
	}
	if v, _ := l2tpVersion.Uint(h); v == 3 {
		f.group(l2tp3Head, 0)
		return
	}
	at := 2
	if h[0]&0x40 != 0 {
		f.spec(&l2tpLenSpec, at)
		at += 2
	}
	f.group(l2tpIDs, at)
	at += 4
	if h[0]&0x08 != 0 {
		f.group(l2tpNumbers, at)
		at += 4
	}
	if h[0]&0x02 != 0 {
		f.spec(&l2tpOffset, at)
		at += 2
	}
	f.rest(&l2tpPad, at)
}

// l2tpHeaderLen returns the length of a version 2 header, including the padding that it announces.
// It may be more than len(h).
func l2tpHeaderLen(h []byte) int {
	n := l2tpMinLen + 2*int(l2tpL.Word(h)) + 4*int(l2tpS.Word(h))
	if l2tpO.Word(h) == 1 {
		if n += 2; n <= len(h) {
			n += int(u16(h[n-2:]))
		}
	}
	return n
}

// isL2TP requires a known version and, in version 2, a possible length. A control message has a
// length and sequence numbers, and no offset (RFC 2661 section 3.1).
func isL2TP(h []byte, n int) bool {
	if len(h) < l2tp3UDP {
		return false
	}
	switch l2tpVersion.Word(h) {
	case 3:
		return true
	case 2:
		if l2tpT.Word(h) == 1 && (l2tpL.Word(h) == 0 || l2tpS.Word(h) == 0 || l2tpO.Word(h) == 1) {
			return false
		}
		size := l2tpHeaderLen(h)
		return size <= n && (l2tpL.Word(h) == 0 || int(l2tpLength.U16(h)) <= n &&
			int(l2tpLength.U16(h)) >= size)
	}
	return false
}

// walkL2TP continues inside the PPP frame of a data message.
func walkL2TP(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < l2tp3UDP {
		return w.truncated(s, l2tp3UDP)
	}
	if l2tpVersion.Word(h) == 3 {
		w.add(s, l2tp3UDP, s.end)
		return step{}
	}
	n, end := l2tpHeaderLen(h), s.end
	if l2tpL.Word(h) == 1 {
		end = min(end, s.at+int(l2tpLength.U16(h)))
	}
	if len(h) < n {
		return w.truncated(s, n)
	}
	w.add(s, n, end)
	if l2tpT.Word(h) == 1 || s.at+n >= end {
		return step{}
	}
	return step{IDPPP, s.at + n, end}
}

// walkL2TP3 ends the walk at version 3 over IP.
func walkL2TP3(w *walker, s step) step {
	w.header(s, l2tp3Len)
	return step{}
}
