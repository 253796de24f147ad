package decode

import "github.com/google/gopacket/layers"

// IPv4 header fields, RFC 791 section 3.1, with RFC 2474 and RFC 3168 for the second byte. None of
// them is a port.
const (
	ipv4MinLen = 20

	ipv4Version  Bits = 0<<8 | 4
	ipv4IHL      Bits = 4<<8 | 4
	ipv4DSCP     Bits = 8<<8 | 6
	ipv4ECN      Bits = 14<<8 | 2
	ipv4TotalLen Bits = 16<<8 | 16
	ipv4ID       Bits = 32<<8 | 16
	ipv4RF       Bits = 48<<8 | 1
	ipv4DF       Bits = 49<<8 | 1
	ipv4MF       Bits = 50<<8 | 1
	ipv4Offset   Bits = 51<<8 | 13
	ipv4TTL      Bits = 64<<8 | 8
	ipv4Protocol Bits = 72<<8 | 8
	ipv4Checksum Bits = 80<<8 | 16
	ipv4Src      Bits = 96<<8 | 32
	ipv4Dst      Bits = 128<<8 | 32
)

var ipv4Proto = Protocol{
	Key: "ip", Name: "Internet Protocol version 4", Ref: "RFC 791", walk: walkIPv4,
	more: ipv4Options, none: NoTransport,
	Fields: []Spec{
		{Key: "ip.version", Name: "Version", Short: "Ver", Bits: ipv4Version, Ref: "RFC 791 3.1",
			Doc: "The version of the header's format: 4."},
		{Key: "ip.hdr_len", Name: "IHL", Bits: ipv4IHL, Role: ScaledLength, Ref: "RFC 791 3.1",
			Doc: "Internet Header Length: this header's length in 32-bit words. The next header " +
				"begins after it.", Mean: words},
		{Key: "ip.dsfield.dscp", Name: "DSCP", Bits: ipv4DSCP, Ref: "RFC 2474 3",
			Doc: "How routers on the path should treat the packet."},
		{Key: "ip.dsfield.ecn", Name: "ECN", Bits: ipv4ECN, Ref: "RFC 3168 5",
			Doc: "Explicit Congestion Notification: a router can mark the packet instead of " +
				"dropping it."},
		{Key: "ip.len", Name: "Total Length", Bits: ipv4TotalLen, Ref: "RFC 791 3.1",
			Doc: "Length of header and payload in bytes; any bytes after them are padding."},
		{Key: "ip.id", Name: "Identification", Short: "ID", Bits: ipv4ID, Show: ShowHex,
			Ref: "RFC 791 3.1", Doc: "The same in all fragments of one datagram."},
		{Key: "ip.flags.rb", Name: "Reserved bit", Short: "R", Bits: ipv4RF, Show: ShowFlag,
			Ref: "RFC 791 3.1", Doc: "Must be zero."},
		{Key: "ip.flags.df", Name: "Don't Fragment", Short: "D", Bits: ipv4DF, Show: ShowFlag,
			Ref: "RFC 791 3.1", Doc: "Routers must not split the datagram."},
		{Key: "ip.flags.mf", Name: "More Fragments", Short: "M", Bits: ipv4MF, Show: ShowFlag,
			Ref: "RFC 791 3.1", Doc: "More fragments of the datagram follow this one."},
		{Key: "ip.frag_offset", Name: "Fragment Offset", Bits: ipv4Offset, Role: FragmentOffset,
			Ref: "RFC 791 3.1",
			Doc: "Where this fragment belongs in the datagram, in units of eight bytes; ports " +
				"are only in the one at 0.", Mean: eights},
		{Key: "ip.ttl", Name: "Time to Live", Short: "TTL", Bits: ipv4TTL, Ref: "RFC 791 3.1",
			Doc: "How many more routers may forward the packet."},
		{Key: "ip.proto", Name: "Protocol", Bits: ipv4Protocol, Role: NextIPProtocol,
			Ref: "RFC 791 3.1",
			Doc: "The header that follows: 6 is TCP, 17 is UDP. That header has the ports; " +
				"this one has none.", Mean: ipProtoName},
		{Key: "ip.checksum", Name: "Header Checksum", Short: "Checksum", Bits: ipv4Checksum,
			Show: ShowSum, Ref: "RFC 791 3.1", Doc: "One's complement sum over the header."},
		{Key: "ip.src", Name: "Source Address", Short: "Source", Bits: ipv4Src, Show: ShowAddr,
			Ref: "RFC 791 3.1",
			Doc: "The host that sent the packet. The source port identifies the program on it."},
		{Key: "ip.dst", Name: "Destination Address", Short: "Destination", Bits: ipv4Dst,
			Show: ShowAddr, Ref: "RFC 791 3.1",
			Doc: "The host that the packet is for. The destination port identifies the program " +
				"on it."},
	},
}

func walkIPv4(w *walker, s step) step {
	v := w.visible(s)
	if len(v) > 0 && v[0]>>4 != 4 {
		// announced as version 4; RFC 8200 section 3 uses the header's own version field
		if likeIP(v) == IDIPv6 {
			return step{IDIPv6, s.at, s.end}
		}
		return w.malformedWith(s, ipv4MinLen, ErrVersion)
	}
	if len(v) < ipv4MinLen {
		return w.truncated(s, ipv4MinLen)
	}
	n, total := 4*int(ipv4IHL.Word(v)), int(ipv4TotalLen.U16(v))
	if n < ipv4MinLen {
		return w.malformedWith(s, ipv4MinLen, ErrLength)
	}
	end := s.end
	switch {
	case total == 0:
		// a card that splits large sends sets it later: the frame's own length counts
	case total < n:
		return w.malformedWith(s, n, ErrLength)
	case s.at+total < s.end:
		end = s.at + total
		w.claim = ClaimHeader
	}
	w.add(s, min(n, end-s.at), end)
	h := w.headers.decodeIPv4(v[:min(len(v), end-s.at)])
	w.last().decoded = w.headers.ipv4.used
	w.net = len(w.Layers) - 1
	if len(v) < n {
		w.stopShort(step{s.id, s.at, end}, n, len(v))
		return step{}
	}
	if more := h.Flags&layers.IPv4MoreFragments != 0; more || h.FragOffset > 0 {
		f := Fragment{Is: true, More: more, Proto: uint8(h.Protocol), ID: uint32(h.Id),
			Offset: 8 * int(h.FragOffset), Net: w.net, At: s.at + n}
		if w.fragment(f) {
			return step{}
		}
	}
	if h.Protocol == protoHopByHop && s.at+n >= end { // no payload: only IPv6 has these options
		w.setNoPorts(NoTransport)
		return step{}
	}
	return w.byIPProto(uint8(h.Protocol), s.at+n, end)
}

// fragment records a fragment header and reports whether the walk ends with it: only the fragment
// at offset 0 has the transport header.
func (w *walker) fragment(f Fragment) (later bool) {
	if !w.Frag.Is && !w.quoted {
		w.Frag = f
	}
	if f.Offset == 0 {
		return false
	}
	w.setNoPorts(LaterFragment)
	return true
}

// byIPProto continues with the header that a Protocol or Next Header field announces.
func (w *walker) byIPProto(n uint8, at, end int) step {
	if id := ipProtos[n]; id != IDNone {
		return step{id, at, end}
	}
	w.setNoPorts(NoTransport)
	return step{}
}

// ipProtos maps a protocol number to the header it announces. Numbers without a decoder are absent;
// their names are in ipProtoNames.
var ipProtos = [256]ProtocolID{
	0:   IDHopByHop,
	1:   IDICMP,
	4:   IDIPv4,
	6:   IDTCP,
	17:  IDUDP,
	33:  IDDCCP,
	41:  IDIPv6,
	43:  IDRouting,
	44:  IDFragHdr,
	47:  IDGRE,
	50:  IDESP,
	51:  IDAH,
	58:  IDICMPv6,
	60:  IDDstOpts,
	94:  IDIPv4, // IPIP; some senders use this number for IP in IP
	97:  IDEtherIP,
	103: IDPIM,
	108: IDIPComp,
	115: IDL2TP3,
	132: IDSCTP,
	135: IDMobility,
	136: IDUDPLite,
	137: IDMPLS,
	139: IDHIP,
	140: IDShim6,
	143: IDEthernet,
	145: IDNSH,
}
