package decode

import (
	"math"

	"github.com/google/gopacket/layers"
)

// UDP header fields, RFC 768. UDP-Lite (RFC 3828) has a checksum coverage in the place of the
// length.
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
				"and the data; zero over IPv4: none was made."},
	},
}

var udpLiteProto = Protocol{
	Key: "udplite", Name: "Lightweight User Datagram Protocol", Ref: "RFC 3828", walk: walkUDPLite,
	Fields: []Spec{
		{Key: "udp.srcport", Name: "Source Port", Short: "SRC PORT", Bits: udpSrcPort,
			Show: ShowPort, Ref: "RFC 3828 3.1", Doc: srcPortDoc},
		{Key: "udp.dstport", Name: "Destination Port", Short: "DST PORT", Bits: udpDstPort,
			Show: ShowPort, Ref: "RFC 3828 3.1", Doc: dstPortDoc},
		{Key: "udp.checksum_coverage", Name: "Checksum Coverage", Short: "Coverage",
			Bits: udpLength, Ref: "RFC 3828 3.1",
			Doc: "How many bytes from the header's first on the checksum covers; 0 means all."},
		{Key: "udp.checksum", Name: "Checksum", Bits: udpChecksum, Show: ShowSum,
			Ref: "RFC 3828 3.1",
			Doc: "One's complement sum over a pseudo-header and the covered bytes; never absent."},
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
		return w.wrongLength(s, n, s.end-s.at)
	case s.at+n < s.end:
		end = s.at + n
		w.last().End = end
	}
	return w.byUDPPort(u, s.at+udpLen, end)
}

// ipPayloadEnd is the first byte of the frame after the IP payload, by the IP header's own length.
// Where that length does not bound what is inside (bare bytes, a quote, a first fragment) it is
// larger than any frame.
func (w *walker) ipPayloadEnd(end int) int {
	if w.net < 0 || w.quoted || w.Frag.Is {
		return math.MaxInt
	}
	if claimed := w.claimedEnd(w.net); claimed > 0 {
		return max(end, claimed)
	}
	return math.MaxInt
}

func walkUDPLite(w *walker, s step) step {
	if h := w.udpHeader(s, ProtoUDPLite); h != nil {
		w.ports(ProtoUDPLite, udpSrcPort.U16(h), udpDstPort.U16(h), s.at)
	}
	return step{}
}

// udpHeader notes a header of UDP's shape and returns its bytes if it is whole. If it is cut after
// the ports it notes these.
func (w *walker) udpHeader(s step, proto Proto) []byte {
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

// byUDPPort goes on with a tunnel that has a registered UDP port. A port is no proof: where the
// bytes cannot be what it says, it is left out without complaint.
func (w *walker) byUDPPort(u *layers.UDP, at, end int) step {
	if at >= end || at >= len(w.Data) {
		return step{}
	}
	// In a first fragment the inner headers' lengths are those of the whole datagram.
	n := max(end-at, int(u.Length)-udpLen)
	for _, port := range [...]layers.UDPPort{u.DstPort, u.SrcPort} {
		id := udpTunnel(uint16(port))
		if id == IDNone {
			continue
		}
		if s := (step{id, at, end}); likeInner(id, w.visible(s), n) {
			w.via = uint16(port)
			return s
		}
	}
	return step{}
}

// udpTunnel is the header that a UDP port announces (IANA, Service Name and Transport Protocol Port
// Number Registry).
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
	case 4789, 8472:
		// 8472 is OTV's, whose header is the same, and what Linux took before VXLAN had a port
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
