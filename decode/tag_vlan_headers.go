package decode

// Tags that stand, like a VLAN's, behind an EtherType of their own and end with the EtherType of
// what follows.
const (
	etagLen  = 8
	vntagLen = 6
	cmdMin   = 4
	itagLen  = 4
	cfpLen   = 2

	itagISID Bits = 8<<8 | 24
)

const (
	etagRef  = "IEEE 802.1BR 7.5"
	vntagRef = "Cisco VN-Tag"
	hsrRef   = "IEC 62439-3 5.7"
	rtagRef  = "IEEE 802.1CB 7.8"
	cmdRef   = "Cisco MetaData"
	itagRef  = "IEEE 802.1Q 9.7"
	cfpRef   = "Cisco FabricPath"
	typeDoc  = "Says which protocol follows the tag."
)

// typeAt is the row of the EtherType that ends a tag.
func typeAt(key string, b Bits, ref string) Spec {
	return Spec{Key: key, Name: "EtherType", Short: "Type", Bits: b, Show: ShowHex,
		Role: NextEtherType, Ref: ref, Doc: typeDoc, Mean: etherTypeOrLength}
}

var etagProto = Protocol{
	Key: "etag", Name: "IEEE 802.1BR E-Tag", Ref: "IEEE 802.1BR", walk: walkTag, none: NotIP,
	Fields: []Spec{
		{Key: "etag.pcp", Name: "E-PCP", Bits: 0<<8 | 3, Ref: etagRef,
			Doc: "The frame's priority."},
		{Key: "etag.dei", Name: "E-DEI", Short: "D", Bits: 3<<8 | 1, Show: ShowFlag, Ref: etagRef,
			Doc: "The frame may go first when a queue is full."},
		{Key: "etag.iecid_base", Name: "Ingress E-CID base", Short: "Ingress", Bits: 4<<8 | 12,
			Ref: etagRef, Doc: "The channel that the frame came from."},
		{Key: "etag.resv", Name: "Reserved", Short: "R", Bits: 16<<8 | 2, Show: ShowRsv,
			Ref: etagRef, Doc: "Sent as zero."},
		{Key: "etag.group", Name: "GRP", Bits: 18<<8 | 2, Ref: etagRef,
			Doc: "Which kind of channel it is; others than 0 are groups."},
		{Key: "etag.ecid_base", Name: "E-CID base", Short: "E-CID", Bits: 20<<8 | 12, Ref: etagRef,
			Doc: "The channel that the frame is for."},
		{Key: "etag.iecid_ext", Name: "Ingress E-CID ext", Short: "Ingress ext", Bits: 32<<8 | 8,
			Ref: etagRef, Doc: "The upper part of the ingress channel."},
		{Key: "etag.ecid_ext", Name: "E-CID ext", Bits: 40<<8 | 8, Ref: etagRef,
			Doc: "The upper part of the channel."},
		typeAt("etag.etype", 48<<8|16, etagRef),
	},
}

var vntagProto = Protocol{
	Key: "vntag", Name: "VN-Tag", Ref: vntagRef, walk: walkTag, none: NotIP,
	Fields: []Spec{
		{Key: "vntag.dir", Name: "Direction", Short: "D", Bits: 0<<8 | 1, Ref: vntagRef,
			Doc: "0: to the bridge; 1: from the bridge."},
		{Key: "vntag.ptr", Name: "Pointer", Short: "P", Bits: 1<<8 | 1, Ref: vntagRef,
			Doc: "1: the destination is a list of interfaces."},
		{Key: "vntag.dst", Name: "Destination interface", Short: "Destination", Bits: 2<<8 | 14,
			Ref: vntagRef, Doc: "The virtual interface that the frame is for."},
		{Key: "vntag.looped", Name: "Looped", Short: "L", Bits: 16<<8 | 1, Show: ShowFlag,
			Ref: vntagRef, Doc: "The frame goes back where it came from."},
		{Key: "vntag.r", Name: "Reserved", Short: "R", Bits: 17<<8 | 1, Show: ShowRsv,
			Ref: vntagRef, Doc: "Sent as zero."},
		{Key: "vntag.version", Name: "Version", Short: "Ver", Bits: 18<<8 | 2, Ref: vntagRef,
			Doc: "Zero."},
		{Key: "vntag.src", Name: "Source interface", Short: "Source", Bits: 20<<8 | 12,
			Ref: vntagRef, Doc: "The virtual interface that the frame came from."},
		typeAt("vntag.etype", 32<<8|16, vntagRef),
	},
}

var hsrProto = Protocol{
	Key: "hsr", Name: "High-availability Seamless Redundancy", Ref: "IEC 62439-3", walk: walkTag,
	none: NotIP,
	Fields: []Spec{
		{Key: "hsr.path", Name: "Path", Bits: 0<<8 | 4, Ref: hsrRef,
			Doc: "Which way round the ring the frame goes."},
		{Key: "hsr.lsdu_size", Name: "LSDU size", Bits: 4<<8 | 12, Ref: hsrRef,
			Doc: "Bytes from this tag on."},
		{Key: "hsr.sequence_nr", Name: "Sequence number", Short: "Sequence", Bits: 16<<8 | 16,
			Ref: hsrRef, Doc: "Tells the two copies of a frame from others."},
		typeAt("hsr.type", 32<<8|16, hsrRef),
	},
}

var rtagProto = Protocol{
	Key: "ieee8021cb", Name: "IEEE 802.1CB R-Tag", Ref: "IEEE 802.1CB", walk: walkTag, none: NotIP,
	Fields: []Spec{
		{Key: "ieee8021cb.res", Name: "Reserved", Bits: 0<<8 | 16, Show: ShowRsv, Ref: rtagRef,
			Doc: "Sent as zero."},
		{Key: "ieee8021cb.seq", Name: "Sequence number", Short: "Sequence", Bits: 16<<8 | 16,
			Ref: rtagRef, Doc: "Tells the copies of a frame from others."},
		typeAt("ieee8021cb.etype", 32<<8|16, rtagRef),
	},
}

// tagLen is the length of a tag with the EtherType at its end.
func tagLen(id ID) int {
	if id == IDETag {
		return etagLen
	}
	return vntagLen // those of HSR and 802.1CB are as long
}

func walkTag(w *walker, s step) step {
	n := tagLen(s.id)
	h := w.whole(s, n)
	if h == nil {
		return step{}
	}
	return w.byEtherType(u16(h[n-2:]), s.at+n, s.end)
}

var cmdProto = Protocol{
	Key: "cmd", Name: "Cisco MetaData", Ref: cmdRef, walk: walkCMD, none: NotIP, more: cmdRest,
	Fields: []Spec{
		{Key: "cmd.version", Name: "Version", Short: "Ver", Bits: 0<<8 | 8, Ref: cmdRef, Doc: "1."},
		{Key: "cmd.length", Name: "Length", Bits: 8<<8 | 8, Role: ScaledLength, Ref: cmdRef,
			Doc: "Length of the options in 32-bit words.", Mean: words},
	},
}

var (
	cmdOption = []Spec{
		{Key: "cmd.options", Name: "Option", Bits: 16<<8 | 16, Show: ShowHex, Ref: cmdRef,
			Doc: "Length in the upper three bits and type: 1 is a Security Group Tag."},
		{Key: "cmd.sgt", Name: "Security Group Tag", Short: "SGT", Bits: 32<<8 | 16, Ref: cmdRef,
			Doc: "The sender's group."},
	}
	cmdMore = Spec{Key: "cmd.more", Name: "More options", Short: "More", Show: ShowBytes,
		Ref: cmdRef, Doc: "Other options, type and value."}
	cmdType = typeAt("cmd.etype", 0<<8|16, cmdRef)
)

func cmdRest(f *fieldList) {
	f.group(cmdOption, 0)
	if f.end-f.at < cmdMin+4 {
		return
	}
	f.wide(&cmdMore, 48, 8*(f.end-f.at-cmdMin-4))
	f.spec(&cmdType, f.end-f.at-2)
}

func walkCMD(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < cmdMin {
		return w.short(s, cmdMin)
	}
	n := cmdMin + 4*max(int(h[1]), 1) // some senders write 0 and still send one option
	if w.whole(s, n) == nil {
		return step{}
	}
	return w.byEtherType(u16(h[n-2:]), s.at+n, s.end)
}

// cmdGREProto is Cisco MetaData inside GRE: the EtherType comes first, not last.
var cmdGREProto = Protocol{
	Key: "cmd", Name: "Cisco MetaData inside GRE", Ref: cmdRef, walk: walkCMDGRE, none: NotIP,
	Fields: []Spec{
		typeAt("cmd.type", 0<<8|16, cmdRef),
		{Key: "cmd.version", Name: "Version", Short: "Ver", Bits: 16<<8 | 8, Ref: cmdRef,
			Doc: "1."},
		{Key: "cmd.length", Name: "Length", Bits: 24<<8 | 8, Role: ScaledLength, Ref: cmdRef,
			Doc: "Length of the options in 32-bit words.", Mean: words},
	},
	more: func(f *fieldList) {
		f.group(cmdOption, 2)
		f.rest(&cmdMore, cmdMin+4)
	},
}

func walkCMDGRE(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < cmdMin {
		return w.short(s, cmdMin)
	}
	n := cmdMin + 4*max(int(h[3]), 1)
	if w.whole(s, n) == nil {
		return step{}
	}
	return w.byEtherType(u16(h), s.at+n, s.end)
}

var itagProto = Protocol{
	Key: "ieee8021ah", Name: "IEEE 802.1ah I-Tag", Ref: "IEEE 802.1Q", walk: walkItag, none: NotIP,
	Fields: []Spec{
		{Key: "ieee8021ah.priority", Name: "I-PCP", Bits: 0<<8 | 3, Ref: itagRef,
			Doc: "The frame's priority."},
		{Key: "ieee8021ah.drop", Name: "I-DEI", Short: "D", Bits: 3<<8 | 1, Show: ShowFlag,
			Ref: itagRef, Doc: "The frame may go first when a queue is full."},
		{Key: "ieee8021ah.nca", Name: "UCA", Short: "U", Bits: 4<<8 | 1, Show: ShowFlag,
			Ref: itagRef, Doc: "The customer's addresses are used as they are."},
		{Key: "ieee8021ah.res1", Name: "Reserved", Short: "Res", Bits: 5<<8 | 3, Show: ShowRsv,
			Ref: itagRef, Doc: "Sent as zero."},
		{Key: "ieee8021ah.isid", Name: "I-SID", Bits: itagISID, Ref: itagRef,
			Doc: "The customer's service; his frame follows."},
	},
}

func walkItag(w *walker, s step) step {
	if w.whole(s, itagLen) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + itagLen, s.end}
}

var cfpProto = Protocol{
	Key: "cfp", Name: "Cisco FabricPath", Ref: cfpRef, walk: walkCFP, none: NotIP,
	Fields: []Spec{
		{Key: "cfp.ftag", Name: "FTAG", Bits: 0<<8 | 10, Ref: cfpRef,
			Doc: "The tree that the frame takes through the fabric."},
		{Key: "cfp.ttl", Name: "TTL", Bits: 10<<8 | 6, Ref: cfpRef,
			Doc: "How many more switches may forward the frame."},
	},
}

// walkCFP goes into the frame that FabricPath carries: what is before the tag are addresses of the
// fabric's own.
func walkCFP(w *walker, s step) step {
	if w.whole(s, cfpLen) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + cfpLen, s.end}
}
