package decode

import "math"

// UDP header fields, RFC 768.
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
		{Key: "udp.srcport", Name: "Source Port", Short: "SRC PORT", Bits: udpSrcPort,
			Show: ShowPort, Ref: "RFC 768", Doc: srcPortDoc + " Zero if no answer is expected."},
		{Key: "udp.dstport", Name: "Destination Port", Short: "DST PORT", Bits: udpDstPort,
			Show: ShowPort, Ref: "RFC 768", Doc: dstPortDoc},
		{Key: "udp.length", Name: "Length", Bits: udpLength, Ref: "RFC 768",
			Doc: "Length of header and data in bytes."},
		{Key: "udp.checksum", Name: "Checksum", Bits: udpChecksum, Show: ShowSum, Ref: "RFC 768",
			Doc: "One's complement sum over a pseudo-header with the IP addresses, this header " +
				"and the data; zero over IPv4 means no checksum."},
	},
}

func walkUDP(w *walker, s step) step {
	h := w.udpHeader(s, ProtoUDP)
	if h == nil {
		return step{}
	}
	u := w.headers.decodeUDP(h)
	w.last().decoded = w.headers.udp.used
	w.ports(ProtoUDP, uint16(u.SrcPort), uint16(u.DstPort), s.at)
	end := s.end
	switch n := int(u.Length); {
	case n == 0 && s.end-s.at > math.MaxUint16: // a jumbogram: the enclosing header's length counts
	case n < udpLen:
		return w.wrongLength(s, udpLen, n)
	case s.at+n > w.ipPayloadEnd(s.end):
		return w.tooLong(s, n)
	case s.at+n < s.end:
		end = s.at + n
		w.last().End = end
	}
	return w.byUDPPort(u, s.at+udpLen, end)
}

// ipPayloadEnd returns the first byte of the frame after the IP payload, according to the IP
// header's length. It returns a number larger than any frame if that length is no limit: in bare
// bytes, a quote or a first fragment.
func (w *walker) ipPayloadEnd(end int) int {
	if w.net < 0 || w.quoted || w.Frag.Is {
		return math.MaxInt
	}
	if claimed := w.claimedEnd(w.net); claimed > 0 {
		return max(end, claimed)
	}
	return math.MaxInt
}

// udpHeader records a header with UDP's layout and returns its bytes if it is complete. If it is
// cut after the ports, it records the ports.
func (w *walker) udpHeader(s step, proto Transport) []byte {
	h := w.visible(s)
	if len(h) > 0 {
		w.add(s, udpLen, s.end)
	}
	if len(h) < udpLen {
		w.cutPorts(proto, h, s.at)
		w.stopShort(s, udpLen, len(h))
		return nil
	}
	return h
}
