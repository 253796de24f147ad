package decode

// IEEE 802.2 logical link control: two service access points and a control field. The unnumbered
// frames that carry IP have a control field of one byte.
const (
	llcLen = 3

	llcDSAP    Bits = 0<<8 | 8
	llcSSAP    Bits = 8<<8 | 8
	llcControl Bits = 16<<8 | 8

	llcIP   = 0x06 // from before RFC 1042: IP directly after LLC
	llcSNAP = 0xaa
	llcUI   = 0x03 // unnumbered information
)

var llcProto = Protocol{
	Key: "llc", Name: "IEEE 802.2 Logical Link Control", Ref: "IEEE 802.2", walk: walkLLC,
	none: NotIP,
	Fields: []Spec{
		{Key: "llc.dsap", Name: "Destination Service Access Point", Short: "DSAP", Bits: llcDSAP,
			Show: ShowHex, Ref: "IEEE 802.2 3.2", Doc: "The service at the receiver: 0xaa is SNAP.",
			Mean: llcDestination},
		{Key: "llc.ssap", Name: "Source Service Access Point", Short: "SSAP", Bits: llcSSAP,
			Show: ShowHex, Ref: "IEEE 802.2 3.2",
			Doc:  "The service at the sender; the lowest bit is 1 in a response.",
			Mean: llcName},
		{Key: "llc.control", Name: "Control", Bits: llcControl, Show: ShowHex,
			Ref: "IEEE 802.2 5.4", Doc: "The kind of frame; 0x03 is unnumbered information."},
	},
	more: func(f *fieldList) { f.rest(&llcControl2, llcLen) },
}

var llcControl2 = Spec{Key: "llc.control.2", Name: "Control, second byte", Show: ShowHex,
	Ref: "IEEE 802.2 5.2", Doc: "The receive sequence number of a numbered frame."}

func llcDestination(v uint64) string {
	if v == 0xff {
		return "Global: every service"
	}
	return llcName(v)
}

func llcName(v uint64) string {
	switch v &^ 1 {
	case llcSNAP:
		return "SNAP"
	case llcIP:
		return "IP"
	case 0x42:
		return "Spanning Tree"
	case 0xfe:
		return "ISO network layer"
	case 0xe0:
		return "NetWare"
	case 0xf0:
		return "NetBIOS"
	}
	return ""
}

func walkLLC(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < llcLen {
		return w.truncated(s, llcLen)
	}
	n := llcLen
	if llcControl.U8(h)&llcUI != llcUI {
		n++ // information and supervisory frames have a control field of two bytes
	}
	if len(h) < n {
		return w.truncated(s, n)
	}
	w.add(s, n, s.end)
	at := s.at + n
	switch {
	case llcControl.U8(h)&1 != 0 && llcControl.U8(h) != llcUI:
		// supervisory, a test, an exchange of identities: no packet follows
	case llcDSAP.U8(h) == llcSNAP && llcSSAP.U8(h)&^1 == llcSNAP:
		return step{IDSNAP, at, s.end}
	case llcDSAP.U8(h) == llcIP:
		return step{IDIPv4, at, s.end}
	}
	w.setNoPorts(NotIP)
	return step{}
}
