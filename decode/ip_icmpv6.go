package decode

// ICMPv6, RFC 4443, has the layout of ICMP. A Redirect of Neighbor Discovery (RFC 4861 section 4.5)
// has two addresses, then options of type, length in units of eight bytes, and data.
const (
	ndRedirect       = 137
	ndRedirectLen    = icmpLen + 32
	ndRedirectHeader = 4 // option type of the redirected packet, section 4.6.3
)

var icmpv6Proto = Protocol{
	Key: "icmpv6", Name: "Internet Control Message Protocol for IPv6", Ref: "RFC 4443",
	walk: walkICMPv6, none: NoTransport,
	Fields: []Spec{
		{Key: "icmpv6.type", Name: "Type", Bits: icmpType, Role: NotAPort, Ref: "RFC 4443 2.1",
			Doc: "The kind of message; it is not a port.", Mean: icmpv6TypeName},
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

var (
	icmpv6CodeField = Spec{Key: "icmpv6.code", Name: "Code", Bits: icmpCode, Role: NotAPort,
		Ref: "RFC 4443 2.1", Doc: "The case within that kind; it is not a port."}
	icmpv6Codes = [...]*Spec{
		1: icmpv6CodeField.meaning(icmpv6UnreachCodes[:]),
		3: icmpv6CodeField.meaning([]string{"hop limit exceeded in transit",
			"fragment reassembly time exceeded"}),
		4: icmpv6CodeField.meaning([]string{"erroneous header field",
			"unrecognized Next Header type", "unrecognized IPv6 option"}),
	}
	icmpv6Ident = Spec{Key: "icmpv6.echo.identifier", Name: "Identifier", Bits: icmpID,
		Role: NotAPort, Ref: "RFC 4443 4.1", Doc: "Matches replies to requests; it is not a port."}
	icmpv6SeqNo = Spec{Key: "icmpv6.echo.sequence_number", Name: "Sequence Number",
		Short: "Sequence", Bits: icmpSeq, Role: NotAPort, Ref: "RFC 4443 4.1",
		Doc: "Increases with each request; it is not a port."}
	icmpv6RestOf = Spec{Key: "icmpv6.rest", Name: "Message Body", Bits: icmpWord, Show: ShowHex,
		Ref: "RFC 4443 2.1",
		Doc: "Depends on the type: unused, a pointer, an MTU or the first of the message's fields."}
)

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

// icmpv6UnreachCodes names the codes of a Destination Unreachable message, RFC 4443 section 3.1.
var icmpv6UnreachCodes = [...]string{"no route", "prohibited", "beyond scope",
	"address unreachable", "port unreachable", "source address failed policy", "route rejected",
	"error in source routing header"}

func walkICMPv6(w *walker, s step) step {
	h := w.visible(s)
	n := icmpLen
	if s.end-s.at >= 4 && s.end-s.at < icmpLen {
		n = 4 // some messages consist of their first four bytes only
	}
	if len(h) < n {
		return w.truncated(s, n)
	}
	w.add(s, n, s.end)
	w.setNoPorts(NoTransport)
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

// redirectedHeader returns the offset in a Redirect of the packet that caused it, or 0.
func redirectedHeader(h []byte) int {
	for at := ndRedirectLen; at+8 <= len(h) && h[at+1] > 0; at += 8 * int(h[at+1]) {
		if h[at] == ndRedirectHeader {
			return at + 8
		}
	}
	return 0
}
