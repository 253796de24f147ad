package decode

import "math"

// UDP header fields, RFC 768. UDP-Lite (RFC 3828) has a checksum coverage in the place of the length.
const (
	udpLen = 8

	udpSrcPort  Bits = 0<<8 | 16
	udpDstPort  Bits = 16<<8 | 16
	udpLength   Bits = 32<<8 | 16
	udpChecksum Bits = 48<<8 | 16
)

var udpProto = Protocol{
	Key: "udp", Name: "User Datagram Protocol", Ref: "RFC 768", walk: walkUDP,
	Fields: []Spec{
		{Key: "udp.srcport", Name: "Source Port", Short: "SRC PORT", Bits: udpSrcPort, Show: ShowPort, Ref: "RFC 768", Doc: srcPortDoc + " Zero if no answer is expected."},
		{Key: "udp.dstport", Name: "Destination Port", Short: "DST PORT", Bits: udpDstPort, Show: ShowPort, Ref: "RFC 768", Doc: dstPortDoc},
		{Key: "udp.length", Name: "Length", Bits: udpLength, Ref: "RFC 768", Doc: "Length of header and data in bytes."},
		{Key: "udp.checksum", Name: "Checksum", Bits: udpChecksum, Show: ShowSum, Ref: "RFC 768", Doc: "One's complement sum over a pseudo-header with the IP addresses, this header and the data; zero over IPv4: none was made."},
	},
}

var udpLiteProto = Protocol{
	Key: "udplite", Name: "Lightweight User Datagram Protocol", Ref: "RFC 3828", walk: walkUDPLite,
	Fields: []Spec{
		{Key: "udp.srcport", Name: "Source Port", Short: "SRC PORT", Bits: udpSrcPort, Show: ShowPort, Ref: "RFC 3828 3.1", Doc: srcPortDoc},
		{Key: "udp.dstport", Name: "Destination Port", Short: "DST PORT", Bits: udpDstPort, Show: ShowPort, Ref: "RFC 3828 3.1", Doc: dstPortDoc},
		{Key: "udp.checksum_coverage", Name: "Checksum Coverage", Short: "Coverage", Bits: udpLength, Ref: "RFC 3828 3.1", Doc: "How many bytes from the header's first on the checksum covers; 0 means all."},
		{Key: "udp.checksum", Name: "Checksum", Bits: udpChecksum, Show: ShowSum, Ref: "RFC 3828 3.1", Doc: "One's complement sum over a pseudo-header and the covered bytes; never absent."},
	},
}

// UDP is a view of a whole UDP header.
type UDP []byte

// SrcPort is the sender's port, or zero if unused.
func (h UDP) SrcPort() uint16 { return udpSrcPort.U16(h) }

// DstPort is the receiver's port.
func (h UDP) DstPort() uint16 { return udpDstPort.U16(h) }

// Length is the length of header and data in bytes as on the wire; 0 in a jumbogram (RFC 2675 section 4).
func (h UDP) Length() int { return int(udpLength.U16(h)) }

// Checksum is the checksum as on the wire.
func (h UDP) Checksum() uint16 { return udpChecksum.U16(h) }

func walkUDP(w *walker, s step) step {
	h := w.udpPorts(s, ProtoUDP)
	if h == nil {
		return step{}
	}
	end := s.end
	switch n := UDP(h).Length(); {
	case n == 0 && s.end-s.at > math.MaxUint16: // a jumbogram: the enclosing header's length counts
	case n < udpLen:
		return w.wrongLength(s, udpLen, n)
	case s.at+n > w.claimedEnd(s.end):
		return w.wrongLength(s, n, s.end-s.at)
	case s.at+n < s.end:
		end = s.at + n
		w.Layers[len(w.Layers)-1].End = end
	}
	return w.byUDPPort(UDP(h), s.at+udpLen, end)
}

// claimedEnd is the first byte of the frame after the IP payload, by the IP header's own length.
// Where that length does not bound what is inside (bare bytes, a quote, a first fragment) it is
// larger than any frame.
func (w *walker) claimedEnd(end int) int {
	if w.net < 0 || w.quoted || w.Frag.Is {
		return math.MaxInt
	}
	l := w.Layers[w.net]
	h := w.Data[l.At:]
	if l.ID == IDIPv4 && IPv4(h).TotalLen() > 0 {
		return max(end, l.At+IPv4(h).TotalLen())
	}
	if l.ID == IDIPv6 && IPv6(h).PayloadLen() > 0 {
		return max(end, l.At+ipv6Len+IPv6(h).PayloadLen())
	}
	return math.MaxInt
}

func walkUDPLite(w *walker, s step) step {
	w.udpPorts(s, ProtoUDPLite)
	return step{}
}

// udpPorts notes a header of UDP's shape and its ports, and gives its bytes if it is whole.
func (w *walker) udpPorts(s step, proto Proto) []byte {
	h := w.visible(s)
	if len(h) > 0 {
		w.add(s, udpLen, s.end)
	}
	if len(h) >= portsLen {
		w.ports(proto, UDP(h).SrcPort(), UDP(h).DstPort(), s.at)
	}
	if len(h) < udpLen {
		w.stopShort(s, udpLen, len(h))
		return nil
	}
	return h
}

// byUDPPort goes on with a tunnel that has a registered UDP port. A port is no proof: where the bytes cannot be what it says, it is left
// out without complaint.
func (w *walker) byUDPPort(h UDP, at, end int) step {
	if at >= end || at >= len(w.Data) {
		return step{}
	}
	n := max(end-at, h.Length()-udpLen) // in a first fragment the inner headers' lengths are those of the whole datagram
	for _, port := range [...]uint16{h.DstPort(), h.SrcPort()} {
		id := udpTunnel(port)
		if id == IDNone {
			continue
		}
		if s := (step{id, at, end}); likeInner(id, w.visible(s), n) {
			w.via = port
			return s
		}
	}
	return step{}
}

// udpTunnel is the header that a UDP port announces (IANA, Service Name and Transport Protocol Port Number Registry).
func udpTunnel(port uint16) ID {
	switch port {
	case 1701:
		return IDL2TP
	case 2123, 2152:
		return IDGTP
	case 3386:
		return IDGTP0
	case 3544:
		return IDTeredo
	case 4341:
		return IDLISP
	case 4342:
		return IDLISPControl
	case 4500: // RFC 3948
		return IDESP
	case 4754: // RFC 8086
		return IDGRE
	case 4789, 8472: // 8472 is OTV's, whose header is the same, and what Linux took before VXLAN had a port
		return IDVXLAN
	case 4790:
		return IDVXLANGPE
	case 5072:
		return IDAYIYA
	case 5247:
		return IDCAPWAP
	case 6081:
		return IDGeneve
	case 6343:
		return IDSFlow
	case 6635: // RFC 7510
		return IDMPLS
	case 9899: // RFC 6951
		return IDSCTP
	case 37008:
		return IDTZSP
	}
	return IDNone
}
