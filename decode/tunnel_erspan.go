package decode

// ERSPAN, draft-foschiano-erspan-03 section 4: frames that a switch mirrors, inside GRE. Type I has
// no header. Type II (version 1) has eight bytes. Type III (version 2) has twelve bytes, and eight
// more if its O bit is set.
const (
	erspan2Len   = 8
	erspan3Len   = 12
	erspan3Extra = 8

	erspanVersion Bits = 0<<8 | 4
	erspanFrame   Bits = 81<<8 | 5
	erspanO       Bits = 95<<8 | 1
)

const (
	erspan2Ref = "draft-foschiano-erspan 4.2"
	erspan3Ref = "draft-foschiano-erspan 4.3"

	erspanVLANDoc    = "The virtual LAN of the mirrored frame."
	erspanCOSDoc     = "The mirrored frame's priority."
	erspanCutDoc     = "The mirrored frame was cut."
	erspanSessionDoc = "Identifies the mirror session."
)

var erspanProto = Protocol{
	Key: "erspan", Name: "Encapsulated Remote Switch Port Analyzer, type II",
	Ref: "draft-foschiano-erspan 4.2", walk: walkERSPAN, none: NotIP,
	Fields: []Spec{
		{Key: "erspan.version", Name: "Version", Short: "Ver", Bits: erspanVersion, Ref: erspan2Ref,
			Doc: "1 in type II."},
		{Key: "erspan.vlan", Name: "VLAN", Bits: 4<<8 | 12, Ref: erspan2Ref, Doc: erspanVLANDoc},
		{Key: "erspan.cos", Name: "Class of Service", Short: "COS", Bits: 16<<8 | 3,
			Ref: erspan2Ref, Doc: erspanCOSDoc},
		{Key: "erspan.encap", Name: "Encapsulation", Short: "En", Bits: 19<<8 | 2, Ref: erspan2Ref,
			Doc: "How the frame was tagged where it was mirrored."},
		{Key: "erspan.truncated", Name: "Truncated", Short: "T", Bits: 21<<8 | 1, Show: ShowFlag,
			Ref: erspan2Ref, Doc: erspanCutDoc},
		{Key: "erspan.spanid", Name: "Session ID", Short: "Session", Bits: 22<<8 | 10,
			Ref: erspan2Ref, Doc: erspanSessionDoc},
		{Key: "erspan.reserved", Name: "Reserved", Bits: 32<<8 | 12, Show: ShowRsv, Ref: erspan2Ref,
			Doc: "Zero."},
		{Key: "erspan.index", Name: "Index", Bits: 44<<8 | 20, Ref: erspan2Ref,
			Doc: "The mirrored port and direction, by the platform's numbers; it is not a TCP " +
				"or UDP port."},
	},
}

var erspan3Proto = Protocol{
	Key: "erspan", Name: "Encapsulated Remote Switch Port Analyzer, type III",
	Ref: "draft-foschiano-erspan 4.3", walk: walkERSPAN, none: NotIP,
	Fields: []Spec{
		{Key: "erspan.version", Name: "Version", Short: "Ver", Bits: erspanVersion, Ref: erspan3Ref,
			Doc: "2 in type III."},
		{Key: "erspan.vlan", Name: "VLAN", Bits: 4<<8 | 12, Ref: erspan3Ref, Doc: erspanVLANDoc},
		{Key: "erspan.cos", Name: "Class of Service", Short: "COS", Bits: 16<<8 | 3,
			Ref: erspan3Ref, Doc: erspanCOSDoc},
		{Key: "erspan.bso", Name: "Bad/Short/Oversized", Short: "BSO", Bits: 19<<8 | 2,
			Ref: erspan3Ref, Doc: "Whether the mirrored frame was damaged, too short or too long."},
		{Key: "erspan.truncated", Name: "Truncated", Short: "T", Bits: 21<<8 | 1, Show: ShowFlag,
			Ref: erspan3Ref, Doc: erspanCutDoc},
		{Key: "erspan.spanid", Name: "Session ID", Short: "Session", Bits: 22<<8 | 10,
			Ref: erspan3Ref, Doc: erspanSessionDoc},
		{Key: "erspan.timestamp", Name: "Timestamp", Bits: 32<<8 | 32, Ref: erspan3Ref,
			Doc: "When the frame was seen."},
		{Key: "erspan.sgt", Name: "Security Group Tag", Short: "SGT", Bits: 64<<8 | 16,
			Ref: erspan3Ref, Doc: "The sender's group."},
		{Key: "erspan.p", Name: "Ethernet PDU", Short: "P", Bits: 80<<8 | 1, Show: ShowFlag,
			Ref: erspan3Ref, Doc: "Set: the mirrored bytes are an Ethernet frame."},
		{Key: "erspan.ft", Name: "Frame Type", Short: "FT", Bits: erspanFrame, Ref: erspan3Ref,
			Doc: "0: an Ethernet frame; 2: an IP packet."},
		{Key: "erspan.hw", Name: "Hardware ID", Short: "Hw", Bits: 86<<8 | 6, Ref: erspan3Ref,
			Doc: "The engine that mirrored."},
		{Key: "erspan.direction", Name: "Direction", Short: "D", Bits: 92<<8 | 1, Ref: erspan3Ref,
			Doc: "0: the port received the frame; 1: it sent the frame."},
		{Key: "erspan.gra", Name: "Granularity", Short: "Gra", Bits: 93<<8 | 2, Ref: erspan3Ref,
			Doc: "The time stamp's unit."},
		{Key: "erspan.o", Name: "Optional subheader", Short: "O", Bits: erspanO, Show: ShowFlag,
			Ref: erspan3Ref, Doc: "Eight platform-specific bytes follow."},
	},
	more: func(f *fieldList) { f.rest(&erspanPlatform, erspan3Len) },
}

var erspanPlatform = Spec{Key: "erspan.platform", Name: "Platform Specific SubHeader",
	Short: "Platform", Show: ShowBytes, Ref: erspan3Ref,
	Doc: "The platform's number and what it adds."}

func walkERSPAN(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < erspan2Len {
		return w.truncated(s, erspan2Len)
	}
	switch erspanVersion.Word(h) {
	case 1:
		w.add(s, erspan2Len, s.end)
		return step{IDEthernet, s.at + erspan2Len, s.end}
	case 2:
		s.id = IDERSPAN3
		return w.erspan3(s, h)
	}
	return w.malformedWith(s, erspan2Len, ErrVersion)
}

func (w *walker) erspan3(s step, h []byte) step {
	if len(h) < erspan3Len {
		return w.truncated(s, erspan3Len)
	}
	n := erspan3Len + erspan3Extra*int(erspanO.Word(h))
	if w.header(s, n) == nil {
		return step{}
	}
	switch erspanFrame.Word(h) {
	case 0:
		return step{IDEthernet, s.at + n, s.end}
	case 2:
		return step{IDRaw, s.at + n, s.end}
	}
	return w.notIP()
}
