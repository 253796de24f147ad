package decode

// Cisco MetaData, which contains the security group of the sender.
const (
	cmdMin = 4
	cmdRef = "Cisco MetaData"
)

var cmdProto = Protocol{
	Key: "cmd", Name: "Cisco MetaData", Ref: cmdRef, walk: walkCMD, none: NotIP, more: cmdRest,
	Fields: []Spec{
		{Key: "cmd.version", Name: "Version", Short: "Ver", Bits: 0<<8 | 8, Ref: cmdRef, Doc: "1."},
		{Key: "cmd.length", Name: "Length", Bits: 8<<8 | 8, Role: ScaledLength, Ref: cmdRef,
			Doc: "Length of the options in 32-bit words.", Mean: words},
	},
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
		return w.truncated(s, cmdMin)
	}
	n := cmdMin + 4*max(int(h[1]), 1) // some senders write 0 and still send one option
	if w.header(s, n) == nil {
		return step{}
	}
	return w.byEtherType(u16(h[n-2:]), s.at+n, s.end)
}

func walkCMDGRE(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < cmdMin {
		return w.truncated(s, cmdMin)
	}
	n := cmdMin + 4*max(int(h[3]), 1)
	if w.header(s, n) == nil {
		return step{}
	}
	return w.byEtherType(u16(h), s.at+n, s.end)
}
