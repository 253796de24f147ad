package decode

// SunATM, LINKTYPE_SUNATM: four bytes before the payload of ATM cells.
const sunATMLen = 4

var sunATMProto = Protocol{
	Key: "atm", Name: "SunATM", Ref: "LINKTYPE_SUNATM", walk: walkSunATM, none: NotIP,
	Fields: []Spec{
		{Key: "atm.flags", Name: "Direction and Type", Short: "Type", Bits: 0<<8 | 8, Show: ShowHex,
			Ref: "LINKTYPE_SUNATM", Doc: "The lowest four bits: 1 is LAN emulation, 2 is LLC."},
		{Key: "atm.vpi", Name: "VPI", Bits: 8<<8 | 8, Ref: "LINKTYPE_SUNATM",
			Doc: "The virtual path."},
		{Key: "atm.vci", Name: "VCI", Bits: 16<<8 | 16, Ref: "LINKTYPE_SUNATM",
			Doc: "The virtual circuit in that path."},
	},
	more: func(f *fieldList) { f.rest(&laneSpec, sunATMLen) },
}

var laneSpec = Spec{Key: "lane.le_client", Name: "LE Client", Show: ShowHex,
	Ref: "ATM Forum LANE 4.1", Doc: "The LAN emulation client that sent the frame."}

func walkSunATM(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < sunATMLen {
		return w.truncated(s, sunATMLen)
	}
	n, next := sunATMLen, IDNone
	switch h[0] & 0x0f {
	case 1:
		n, next = n+2, IDEthernet
	case 2:
		next = IDLLC
	}
	if w.header(s, n) == nil {
		return step{}
	}
	if next == IDNone {
		w.setNoPorts(NotIP)
		return step{}
	}
	return step{next, s.at + n, s.end}
}
