package decode

// Geneve, RFC 8926 section 3.4: a fixed part, then options with the length in the length field.
const (
	geneveMinLen = 8
	geneveOptLen = 4

	geneveVersion Bits = 0<<8 | 2
	geneveOpts    Bits = 2<<8 | 6
	geneveRsv     Bits = 10<<8 | 6
	geneveType    Bits = 16<<8 | 16

	geneveVNI      Bits = 32<<8 | 24
	geneveOptWords Bits = 27<<8 | 5
)

var geneveProto = Protocol{
	Key: "geneve", Name: "Generic Network Virtualization Encapsulation", Ref: "RFC 8926",
	walk: walkGeneve, more: geneveOptions,
	Fields: []Spec{
		{Key: "geneve.version", Name: "Version", Short: "Ver", Bits: geneveVersion,
			Ref: "RFC 8926 3.4", Doc: "Zero."},
		{Key: "geneve.optlen", Name: "Opt Len", Bits: geneveOpts, Role: ScaledLength,
			Ref: "RFC 8926 3.4", Doc: "Length of the options in 32-bit words.", Mean: words},
		{Key: "geneve.flags.oam", Name: "Control packet", Short: "O", Bits: 8<<8 | 1,
			Show: ShowFlag, Ref: "RFC 8926 3.4", Doc: "A control message rather than data."},
		{Key: "geneve.flags.critical", Name: "Critical options present", Short: "C", Bits: 9<<8 | 1,
			Show: ShowFlag, Ref: "RFC 8926 3.4",
			Doc: "An option must be understood, or the packet is dropped."},
		{Key: "geneve.flags.reserved", Name: "Reserved", Short: "Rsvd", Bits: geneveRsv,
			Show: ShowRsv, Ref: "RFC 8926 3.4", Doc: "Sent as zero."},
		{Key: "geneve.proto_type", Name: "Protocol Type", Bits: geneveType, Show: ShowHex,
			Role: NextEtherType, Ref: "RFC 8926 3.4",
			Doc: "The EtherType of what is inside; 0x6558 is Ethernet.", Mean: etherTypeName},
		{Key: "geneve.vni", Name: "Virtual Network Identifier", Short: "VNI", Bits: geneveVNI,
			Ref: "RFC 8926 3.4", Doc: "The virtual network that the inner packet belongs to."},
		{Key: "geneve.reserved", Name: "Reserved", Bits: 56<<8 | 8, Show: ShowRsv,
			Ref: "RFC 8926 3.4", Doc: "Sent as zero."},
	},
}

var (
	geneveOption = []Spec{
		{Key: "geneve.option.class", Name: "Option Class", Short: "Class", Bits: 0<<8 | 16,
			Show: ShowHex, Ref: "RFC 8926 3.5", Doc: "The organization that defined the option."},
		{Key: "geneve.option.type", Name: "Option Type", Short: "Type", Bits: 16<<8 | 8,
			Show: ShowHex, Ref: "RFC 8926 3.5",
			Doc: "The option; if its first bit is set, it is critical."},
		{Key: "geneve.option.flags", Name: "Reserved", Short: "R", Bits: 24<<8 | 3, Show: ShowRsv,
			Ref: "RFC 8926 3.5", Doc: "Sent as zero."},
		{Key: "geneve.option.words", Name: "Length", Bits: geneveOptWords, Role: ScaledLength,
			Ref: "RFC 8926 3.5", Doc: "Length of the option's data in 32-bit words.", Mean: words},
	}
	geneveOptData = Spec{Key: "geneve.option.data", Name: "Option Data", Short: "Data",
		Show: ShowBytes, Ref: "RFC 8926 3.5", Doc: "The option's data."}
)

func geneveOptions(f *fieldList) {
	h := f.bytes()
	for base := geneveMinLen; base < f.end-f.at; {
		f.group(geneveOption, base)
		if base+geneveOptLen > len(h) {
			f.rest(&geneveOptData, base+geneveOptLen)
			return
		}
		n := 4 * int(geneveOptWords.Word(h[base:]))
		base += geneveOptLen
		f.wide(&geneveOptData, 8*base, 8*min(n, f.end-f.at-base))
		base += n
	}
}

// isGeneve requires version 0, reserved bits of zero and a possible header length.
func isGeneve(h []byte, n int) bool {
	if len(h) < geneveMinLen || geneveVersion.Word(h) != 0 || geneveRsv.Word(h) != 0 ||
		h[geneveMinLen-1] != 0 {
		return false
	}
	return geneveMinLen+4*int(geneveOpts.Word(h)) <= n && geneveType.U16(h) >= minEtherType
}

func walkGeneve(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < geneveMinLen {
		return w.truncated(s, geneveMinLen)
	}
	n := geneveMinLen + 4*int(geneveOpts.Word(h))
	if w.header(s, n) == nil {
		return step{}
	}
	return w.byEtherType(geneveType.U16(h), s.at+n, s.end)
}
