package decode

// PPP bridging (BCP), RFC 3518 section 4.2: a LAN frame inside PPP.
const (
	bcpLen    = 2
	bcpLANLen = 4
	bcpHasLAN = 0x40
	bcpPads   = 0x0f
	bcpEther  = 1
)

var bcpProto = Protocol{
	Key: "bcp_bpdu", Name: "PPP bridged frame", Ref: "RFC 3518 4.2", walk: walkBCP, none: NotIP,
	Fields: []Spec{
		{Key: "bcp_bpdu.flags.fcs_present", Name: "LAN FCS present", Short: "F", Bits: 0<<8 | 1,
			Show: ShowFlag, Ref: "RFC 3518 4.2", Doc: "The frame ends with its check sequence."},
		{Key: "bcp_bpdu.flags.lan_id", Name: "LAN ID present", Short: "I", Bits: 1<<8 | 1,
			Show: ShowFlag, Ref: "RFC 3518 4.2", Doc: "A LAN identifier follows."},
		{Key: "bcp_bpdu.flags.zeropad", Name: "Zero-compressed", Short: "Z", Bits: 2<<8 | 1,
			Show: ShowFlag, Ref: "RFC 3518 4.2", Doc: "The frame's padding was left out."},
		{Key: "bcp_bpdu.flags.bcontrol", Name: "Bridge control", Short: "B", Bits: 3<<8 | 1,
			Show: ShowFlag, Ref: "RFC 3518 4.2", Doc: "The frame is for the bridge itself."},
		{Key: "bcp_bpdu.pads", Name: "Pads", Bits: 4<<8 | 4, Ref: "RFC 3518 4.2",
			Doc: "Bytes of padding after the frame."},
		{Key: "bcp_bpdu.mac_type", Name: "MAC Type", Bits: 8<<8 | 8, Ref: "RFC 3518 4.2",
			Doc: "The kind of frame: 1 is Ethernet."},
	},
	more: func(f *fieldList) { f.rest(&bcpLAN, bcpLen) },
}

var bcpLAN = Spec{Key: "bcp_bpdu.lan_id", Name: "LAN ID", Show: ShowHex, Ref: "RFC 3518 4.2",
	Doc: "The virtual LAN that the frame belongs to."}

func walkBCP(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < bcpLen {
		return w.truncated(s, bcpLen)
	}
	n := bcpLen
	if h[0]&bcpHasLAN != 0 {
		n += bcpLANLen
	}
	if w.header(s, n) == nil {
		return step{}
	}
	if h[1] != bcpEther {
		return w.notIP()
	}
	return step{IDEthernet, s.at + n, max(s.at+n, s.end-int(h[0]&bcpPads))}
}
