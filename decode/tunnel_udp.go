package decode

import "github.com/google/gopacket/layers"

// byUDPPort continues with a tunnel on its registered UDP port. A port proves nothing: if the bytes
// do not match the tunnel's header, it is ignored without an error.
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

// udpTunnel returns the header that a UDP port announces (IANA, Service Name and Transport Protocol
// Port Number Registry).
func udpTunnel(port uint16) ProtocolID {
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
		// 8472 is OTV's, with the same header, and Linux's old VXLAN port
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
