package decode

// IPv6 header fields, RFC 8200 section 3. None of them is a port.
const (
	ipv6Len = 40

	ipv6Version    Bits = 0<<8 | 4
	ipv6Traffic    Bits = 4<<8 | 8
	ipv6Flow       Bits = 12<<8 | 20
	ipv6PayloadLen Bits = 32<<8 | 16
	ipv6NextHeader Bits = 48<<8 | 8
	ipv6HopLimit   Bits = 56<<8 | 8
	ipv6Src        Bits = 64<<8 | 128
	ipv6Dst        Bits = 192<<8 | 128
)

var ipv6Proto = Protocol{
	Key: "ipv6", Name: "Internet Protocol version 6", Ref: "RFC 8200", walk: walkIPv6,
	none: NoTransport,
	Fields: []Spec{
		{Key: "ipv6.version", Name: "Version", Short: "Ver", Bits: ipv6Version, Ref: "RFC 8200 3",
			Doc: "The version of the header's format: 6."},
		{Key: "ipv6.tclass", Name: "Traffic Class", Short: "Traffic", Bits: ipv6Traffic,
			Show: ShowHex, Ref: "RFC 8200 7",
			Doc: "How routers on the path should treat the packet, and congestion marks."},
		{Key: "ipv6.flow", Name: "Flow Label", Bits: ipv6Flow, Show: ShowHex, Ref: "RFC 6437",
			Doc: "The same in all packets of a flow, so that routers need not look for the ports."},
		{Key: "ipv6.plen", Name: "Payload Length", Bits: ipv6PayloadLen, Ref: "RFC 8200 3",
			Doc: "Bytes after this header, extension headers included."},
		{Key: "ipv6.nxt", Name: "Next Header", Bits: ipv6NextHeader, Role: NextIPProtocol,
			Ref: "RFC 8200 3",
			Doc: "The header that follows: 6 is TCP, 17 is UDP. That header has the ports; " +
				"this one has none.", Mean: ipProtoName},
		{Key: "ipv6.hlim", Name: "Hop Limit", Bits: ipv6HopLimit, Ref: "RFC 8200 3",
			Doc: "How many more routers may forward the packet."},
		{Key: "ipv6.src", Name: "Source Address", Short: "Source", Bits: ipv6Src, Show: ShowAddr,
			Ref: "RFC 8200 3",
			Doc: "The host that sent the packet. The source port identifies the program on it."},
		{Key: "ipv6.dst", Name: "Destination Address", Short: "Destination", Bits: ipv6Dst,
			Show: ShowAddr, Ref: "RFC 8200 3",
			Doc: "The host that the packet is for. The destination port identifies the program " +
				"on it."},
	},
}

func walkIPv6(w *walker, s step) step {
	v := w.visible(s)
	if len(v) > 0 && v[0]>>4 != 6 {
		return w.malformedWith(s, ipv6Len, ErrVersion)
	}
	if len(v) < ipv6Len {
		return w.truncated(s, ipv6Len)
	}
	end := s.end
	// RFC 2675: with a payload length of zero, the Jumbo Payload option has the length. The frame's
	// own length is the limit.
	if n := int(ipv6PayloadLen.U16(v)); n > 0 && s.at+ipv6Len+n < s.end {
		end = s.at + ipv6Len + n
		w.claim = ClaimHeader
	}
	w.add(s, ipv6Len, end)
	h := w.headers.decodeIPv6(v[:min(len(v), end-s.at)])
	w.last().decoded = w.headers.ipv6.used
	w.net = len(w.Layers) - 1
	return w.byIPProto(uint8(h.NextHeader), s.at+ipv6Len, end)
}
