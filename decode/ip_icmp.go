package decode

// ICMP header fields, RFC 792: type, code, checksum and four bytes whose meaning depends on the
// type. ICMPv6 has the same layout. Neither has ports. Errors quote the start of the packet that
// failed, which has ports.
const (
	icmpLen = 8

	icmpType Bits = 0<<8 | 8
	icmpCode Bits = 8<<8 | 8
	icmpSum  Bits = 16<<8 | 16
	icmpID   Bits = 32<<8 | 16
	icmpSeq  Bits = 48<<8 | 16
	icmpWord Bits = 32<<8 | 32
)

var icmpProto = Protocol{
	Key: "icmp", Name: "Internet Control Message Protocol", Ref: "RFC 792", walk: walkICMP,
	none: NoTransport,
	Fields: []Spec{
		{Key: "icmp.type", Name: "Type", Bits: icmpType, Role: NotAPort, Ref: "RFC 792",
			Doc: "The kind of message; it is not a port.", Mean: icmpTypeName},
		icmpCodeField,
		{Key: "icmp.checksum", Name: "Checksum", Bits: icmpSum, Show: ShowSum, Ref: "RFC 792",
			Doc: "One's complement sum over the message."},
	},
	more: func(f *fieldList) {
		h := f.bytes()
		if len(h) > 0 && int(h[0]) < len(icmpCodes) {
			f.instead(icmpCodes[h[0]])
		}
		if len(h) > 0 && (h[0] == 0 || h[0] == 8 || h[0] >= 13 && h[0] <= 18) {
			f.spec(&icmpIdent, 0)
			f.spec(&icmpSeqNo, 0)
			return
		}
		if len(h) > 0 && h[0] == 5 {
			f.spec(&icmpGateway, 0)
			return
		}
		f.spec(&icmpRestOf, 0)
	},
}

// The meaning of a code depends on the type. These rows replace the general ones, by type.
var (
	icmpCodeField = Spec{Key: "icmp.code", Name: "Code", Bits: icmpCode, Role: NotAPort,
		Ref: "RFC 792", Doc: "The case within that kind; it is not a port."}

	icmpCodes = [...]*Spec{
		3: icmpCodeField.meaning(icmpUnreachCodes[:]),
		5: icmpCodeField.meaning([]string{"for the network", "for the host",
			"for the type of service and network", "for the type of service and host"}),
		11: icmpCodeField.meaning([]string{"time to live exceeded in transit",
			"fragment reassembly time exceeded"}),
		// 1 is from RFC 1108, 2 from IANA's list
		12: icmpCodeField.meaning([]string{"the pointer shows where",
			"a required option is missing", "bad length"}),
	}
)

// meaning returns a copy of the row with names for its values, from 0 up.
func (s Spec) meaning(words []string) *Spec {
	s.Mean = func(v uint64) string {
		if v < uint64(len(words)) {
			return words[v]
		}
		return ""
	}
	return &s
}

var (
	icmpIdent = Spec{Key: "icmp.ident", Name: "Identifier", Bits: icmpID, Role: NotAPort,
		Ref: "RFC 792", Doc: "Matches replies to requests; it is not a port."}
	icmpSeqNo = Spec{Key: "icmp.seq", Name: "Sequence Number", Short: "Sequence", Bits: icmpSeq,
		Role: NotAPort, Ref: "RFC 792", Doc: "Increases with each request; it is not a port."}
	icmpRestOf = Spec{Key: "icmp.rest", Name: "Rest of Header", Bits: icmpWord, Show: ShowHex,
		Ref: "RFC 792", Doc: "Depends on the type: unused, a pointer or an MTU."}
	icmpGateway = Spec{Key: "icmp.redir_gw", Name: "Gateway Internet Address", Short: "Gateway",
		Bits: icmpWord, Show: ShowAddr, Ref: "RFC 792",
		Doc: "The router to use for the destination of the quoted packet."}
)

func icmpTypeName(v uint64) string {
	switch v {
	case 0:
		return "Echo Reply"
	case 3:
		return "Destination Unreachable"
	case 4:
		return "Source Quench"
	case 5:
		return "Redirect"
	case 8:
		return "Echo"
	case 9:
		return "Router Advertisement"
	case 10:
		return "Router Solicitation"
	case 11:
		return "Time Exceeded"
	case 12:
		return "Parameter Problem"
	case 13:
		return "Timestamp"
	case 14:
		return "Timestamp Reply"
	case 17:
		return "Address Mask Request"
	case 18:
		return "Address Mask Reply"
	case 42:
		return "Extended Echo Request"
	case 43:
		return "Extended Echo Reply"
	}
	return ""
}

// ICMPType returns the type and code of the ICMP or ICMPv6 header with the given index in Layers.
// It reports false if the header was cut before them.
func (p *Packet) ICMPType(layer int) (typ, code uint8, ok bool) {
	at := p.Layers[layer].At
	if at+2 > len(p.Data) {
		return 0, 0, false
	}
	h := p.Data[at:]
	return icmpType.U8(h), icmpCode.U8(h), true
}

// icmpUnreachCodes names the codes of a Destination Unreachable message, RFC 792 and RFC 1812
// section 5.2.7.1.
var icmpUnreachCodes = [...]string{"network unreachable", "host unreachable",
	"protocol unreachable", "port unreachable", "fragmentation needed", "source route failed",
	"network unknown", "host unknown", "source host isolated", "network prohibited",
	"host prohibited", "network unreachable for the type of service",
	"host unreachable for the type of service", "communication prohibited",
	"host precedence violation", "precedence cutoff"}

// ICMPMessage returns the meaning of an ICMP type and code, or "". With v6 they are ICMPv6's.
func ICMPMessage(v6 bool, typ, code uint8) string {
	name, codes, unreach := icmpTypeName(uint64(typ)), icmpUnreachCodes[:], uint8(3)
	if v6 {
		name, codes, unreach = icmpv6TypeName(uint64(typ)), icmpv6UnreachCodes[:], 1
	}
	if typ == unreach && int(code) < len(codes) {
		return codes[code]
	}
	return name
}

func walkICMP(w *walker, s step) step {
	h := w.header(s, icmpLen)
	if h == nil {
		return step{}
	}
	w.setNoPorts(NoTransport)
	m := w.headers.decodeICMPv4(h)
	w.last().decoded = w.headers.icmpv4.used
	if quotes(protoICMP, m.TypeCode.Type()) {
		return w.quote(step{IDIPv4, s.at + icmpLen, s.end})
	}
	return step{}
}

// quote continues with the packet that an error quotes. It does not follow a quotation inside
// another: that would be an error about an error, which RFC 1122 section 3.2.2 forbids.
func (w *walker) quote(s step) step {
	if w.quoted || len(w.visible(s)) == 0 {
		return step{}
	}
	w.quoted = true
	return s
}
