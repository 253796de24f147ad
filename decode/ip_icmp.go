package decode

// ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, checksum and four bytes whose meaning depends
// on the type. Neither has ports; errors quote the start of the packet that failed, and that has.
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
			Doc: "What the message says; it is not a port.", Mean: icmpTypeName},
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
		f.spec(&icmpRestOf, 0)
	},
}

var icmpv6Proto = Protocol{
	Key: "icmpv6", Name: "Internet Control Message Protocol for IPv6", Ref: "RFC 4443",
	walk: walkICMPv6, none: NoTransport,
	Fields: []Spec{
		{Key: "icmpv6.type", Name: "Type", Bits: icmpType, Role: NotAPort, Ref: "RFC 4443 2.1",
			Doc: "What the message says; it is not a port.", Mean: icmpv6TypeName},
		icmpv6CodeField,
		{Key: "icmpv6.checksum", Name: "Checksum", Bits: icmpSum, Show: ShowSum,
			Ref: "RFC 4443 2.3", Doc: "One's complement sum over a pseudo-header and the message."},
	},
	more: func(f *fieldList) {
		h := f.bytes()
		if len(h) > 0 && int(h[0]) < len(icmpv6Codes) {
			f.instead(icmpv6Codes[h[0]])
		}
		if len(h) > 0 && (h[0] == 128 || h[0] == 129) {
			f.spec(&icmpv6Ident, 0)
			f.spec(&icmpv6SeqNo, 0)
			return
		}
		f.spec(&icmpv6RestOf, 0)
	},
}

// What a code stands for depends on the type: these rows take the place of the general ones, by
// type.
var (
	icmpCodeField = Spec{Key: "icmp.code", Name: "Code", Bits: icmpCode, Role: NotAPort,
		Ref: "RFC 792", Doc: "Which case of it; it is not a port."}
	icmpv6CodeField = Spec{Key: "icmpv6.code", Name: "Code", Bits: icmpCode, Role: NotAPort,
		Ref: "RFC 4443 2.1", Doc: "Which case of it; it is not a port."}

	icmpCodes = [...]*Spec{
		3: icmpCodeField.meaning(icmpUnreachCodes[:]),
		5: icmpCodeField.meaning([]string{"for the network", "for the host",
			"for the type of service and network", "for the type of service and host"}),
		11: icmpCodeField.meaning([]string{"time to live exceeded in transit",
			"fragment reassembly time exceeded"}),
		// 1 by RFC 1108, 2 by IANA's list
		12: icmpCodeField.meaning([]string{"the pointer tells where",
			"a required option is missing", "bad length"}),
	}
	icmpv6Codes = [...]*Spec{
		1: icmpv6CodeField.meaning(icmpv6UnreachCodes[:]),
		3: icmpv6CodeField.meaning([]string{"hop limit exceeded in transit",
			"fragment reassembly time exceeded"}),
		4: icmpv6CodeField.meaning([]string{"erroneous header field",
			"unrecognized Next Header type", "unrecognized IPv6 option"}),
	}
)

// meaning is the row with words for its values, from 0 up.
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
		Ref: "RFC 792", Doc: "Tells one ping from another; it is not a port."}
	icmpSeqNo = Spec{Key: "icmp.seq", Name: "Sequence Number", Short: "Sequence", Bits: icmpSeq,
		Role: NotAPort, Ref: "RFC 792", Doc: "Counts the pings; it is not a port."}
	icmpRestOf = Spec{Key: "icmp.rest", Name: "Rest of Header", Bits: icmpWord, Show: ShowHex,
		Ref: "RFC 792", Doc: "By type: unused, a pointer, a gateway, a maximum size."}
	icmpv6Ident = Spec{Key: "icmpv6.echo.identifier", Name: "Identifier", Bits: icmpID,
		Role: NotAPort, Ref: "RFC 4443 4.1", Doc: "Tells one ping from another; it is not a port."}
	icmpv6SeqNo = Spec{Key: "icmpv6.echo.sequence_number", Name: "Sequence Number",
		Short: "Sequence", Bits: icmpSeq, Role: NotAPort, Ref: "RFC 4443 4.1",
		Doc: "Counts the pings; it is not a port."}
	icmpv6RestOf = Spec{Key: "icmpv6.rest", Name: "Message Body", Bits: icmpWord, Show: ShowHex,
		Ref: "RFC 4443 2.1",
		Doc: "By type: unused, a pointer, a maximum size, the start of the message's own fields."}
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

func icmpv6TypeName(v uint64) string {
	switch v {
	case 1:
		return "Destination Unreachable"
	case 2:
		return "Packet Too Big"
	case 3:
		return "Time Exceeded"
	case 4:
		return "Parameter Problem"
	case 128:
		return "Echo Request"
	case 129:
		return "Echo Reply"
	case 130:
		return "Multicast Listener Query"
	case 131:
		return "Multicast Listener Report"
	case 132:
		return "Multicast Listener Done"
	case 133:
		return "Router Solicitation"
	case 134:
		return "Router Advertisement"
	case 135:
		return "Neighbor Solicitation"
	case 136:
		return "Neighbor Advertisement"
	case 137:
		return "Redirect"
	case 143:
		return "Multicast Listener Report v2"
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

// icmpv6UnreachCodes names the codes of a Destination Unreachable message, RFC 4443 section 3.1.
var icmpv6UnreachCodes = [...]string{"no route", "prohibited", "beyond scope",
	"address unreachable", "port unreachable", "source address failed policy", "route rejected",
	"error in source routing header"}

// ICMPMessage says in a few words what an ICMP (or, with v6, ICMPv6) type and code mean, or gives
// "".
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
	h := w.whole(s, icmpLen)
	if h == nil {
		return step{}
	}
	w.because(NoTransport)
	m := w.headers.decodeICMPv4(h)
	w.last().decoded = w.headers.icmpv4.used
	if quotes(protoICMP, m.TypeCode.Type()) {
		return w.quote(step{IDIPv4, s.at + icmpLen, s.end})
	}
	return step{}
}

func walkICMPv6(w *walker, s step) step {
	h := w.visible(s)
	n := icmpLen
	if s.end-s.at >= 4 && s.end-s.at < icmpLen {
		n = 4 // some messages are nothing but their type
	}
	if len(h) < n {
		return w.short(s, n)
	}
	w.add(s, n, s.end)
	w.because(NoTransport)
	m := w.headers.decodeICMPv6(h)
	w.last().decoded = w.headers.icmpv6.used
	switch t := m.TypeCode.Type(); {
	case t >= 1 && t <= 4:
		return w.quote(step{IDIPv6, s.at + icmpLen, s.end})
	case t == ndRedirect:
		if at := redirectedHeader(h); at > 0 {
			return w.quote(step{IDIPv6, s.at + at, s.end})
		}
	}
	return step{}
}

// Neighbor Discovery, RFC 4861: a Redirect (section 4.5) has two addresses, then options of type,
// length in units of eight bytes and data.
const (
	ndRedirect       = 137
	ndRedirectLen    = icmpLen + 32
	ndRedirectHeader = 4 // option type of the packet that is redirected, section 4.6.3
)

// redirectedHeader is where in a Redirect the packet begins that caused it, or 0.
func redirectedHeader(h []byte) int {
	for at := ndRedirectLen; at+8 <= len(h) && h[at+1] > 0; at += 8 * int(h[at+1]) {
		if h[at] == ndRedirectHeader {
			return at + 8
		}
	}
	return 0
}

// quote goes on with the packet that an error quotes. One quotation inside another is not followed:
// it would be an answer to an error, which RFC 1122 section 3.2.2 forbids.
func (w *walker) quote(s step) step {
	if w.quoted || len(w.visible(s)) == 0 {
		return step{}
	}
	w.quoted = true
	return s
}
