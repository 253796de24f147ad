package decode

import (
	"math"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// headers are the headers of one frame that gopacket decodes. The next Decode reuses the structs.
//
// The walk has already checked the bounds of the bytes that gopacket gets. gopacket rejects some
// readable headers. For these it gets a modified copy that it accepts, and the changed fields are
// corrected afterwards. So gopacket never returns an error here and does not allocate.
type headers struct {
	ipv4   pool[ipv4Header]
	ipv6   pool[ipv6Header]
	tcp    pool[tcpHeader]
	udp    pool[udpHeader]
	sctp   pool[layers.SCTP]
	icmpv4 pool[layers.ICMPv4]
	icmpv6 pool[layers.ICMPv6]
}

// Headers with space for the copy of their fixed part.
type (
	ipv4Header struct {
		layers.IPv4
		fixed [ipv4MinLen]byte
	}
	ipv6Header struct {
		layers.IPv6
		fixed [ipv6Len]byte
	}
	tcpHeader struct {
		layers.TCP
		fixed [TCPMinLen]byte
	}
	udpHeader struct {
		layers.UDP
		fixed [udpLen]byte
	}
)

// A pool hands out structs until it is reset, and then reuses them.
type pool[T any] struct {
	all  []*T
	used int
}

func (p *pool[T]) next() *T {
	if p.used == len(p.all) {
		p.all = append(p.all, new(T))
	}
	p.used++
	return p.all[p.used-1]
}

func (h *headers) reset() {
	h.ipv4.used, h.ipv6.used, h.tcp.used, h.udp.used = 0, 0, 0, 0
	h.sctp.used, h.icmpv4.used, h.icmpv6.used = 0, 0, 0
}

// IPv4 returns the layer with the given index in Layers as gopacket decodes it. It returns nil if
// the layer is not IPv4, was cut in its first 20 bytes, or has impossible lengths. Length is the
// field's value, even if it is 0. Options are empty if they are cut, malformed or without data. The
// struct is valid until the next Decode; this also holds for the methods below.
func (p *Packet) IPv4(layer int) *layers.IPv4 {
	if l := &p.Layers[layer]; l.ID == IDIPv4 && l.decoded > 0 {
		return &p.headers.ipv4.all[l.decoded-1].IPv4
	}
	return nil
}

// IPv6 returns the layer as gopacket's IPv6 header, or nil if it is not IPv6 or was cut. Extension
// headers are separate layers, so HopByHop is always nil.
func (p *Packet) IPv6(layer int) *layers.IPv6 {
	if l := &p.Layers[layer]; l.ID == IDIPv6 && l.decoded > 0 {
		return &p.headers.ipv6.all[l.decoded-1].IPv6
	}
	return nil
}

// TCP returns the layer as gopacket's TCP header. It returns nil if the layer is not TCP, was cut
// in its first 20 bytes, or is malformed there. Options are empty if they are cut or malformed.
func (p *Packet) TCP(layer int) *layers.TCP {
	if l := &p.Layers[layer]; l.ID == IDTCP && l.decoded > 0 {
		return &p.headers.tcp.all[l.decoded-1].TCP
	}
	return nil
}

// UDP returns the layer as gopacket's UDP header, or nil if it is not UDP or was cut.
func (p *Packet) UDP(layer int) *layers.UDP {
	if l := &p.Layers[layer]; l.ID == IDUDP && l.decoded > 0 {
		return &p.headers.udp.all[l.decoded-1].UDP
	}
	return nil
}

// SCTP returns the layer as gopacket's SCTP common header, or nil if it is not SCTP or was cut.
func (p *Packet) SCTP(layer int) *layers.SCTP {
	if l := &p.Layers[layer]; l.ID == IDSCTP && l.decoded > 0 {
		return p.headers.sctp.all[l.decoded-1]
	}
	return nil
}

// ICMPv4 returns the layer as gopacket's ICMP header, or nil if it is not ICMP or was cut.
func (p *Packet) ICMPv4(layer int) *layers.ICMPv4 {
	if l := &p.Layers[layer]; l.ID == IDICMP && l.decoded > 0 {
		return p.headers.icmpv4.all[l.decoded-1]
	}
	return nil
}

// ICMPv6 returns the layer as gopacket's ICMPv6 header, or nil if it is not ICMPv6 or was cut.
func (p *Packet) ICMPv6(layer int) *layers.ICMPv6 {
	if l := &p.Layers[layer]; l.ID == IDICMPv6 && l.decoded > 0 {
		return p.headers.icmpv6.all[l.decoded-1]
	}
	return nil
}

// decodeIPv4 decodes b, from the start of an IPv4 header to the end of its payload. The header has
// at least 20 bytes and its lengths are possible.
func (h *headers) decodeIPv4(b []byte) *layers.IPv4 {
	x := h.ipv4.next()
	n, length := 4*int(ipv4IHL.Word(b)), ipv4TotalLen.U16(b)
	if n <= len(b) && optionsFit(b[ipv4MinLen:n], ipv4OptMinLen) {
		// gopacket replaces a total length of 0 with len(b), and keeps only 16 bits of it.
		_ = x.IPv4.DecodeFromBytes(b[:min(len(b), math.MaxUint16)], gopacket.NilDecodeFeedback)
		x.Length, x.Payload = length, b[n:]
		return &x.IPv4
	}
	// gopacket rejects a header with options that are cut or malformed, or have no data.
	copy(x.fixed[:], b)
	x.fixed[0] = 4<<4 | ipv4MinLen/4
	x.fixed[2], x.fixed[3] = 0, ipv4MinLen
	_ = x.IPv4.DecodeFromBytes(x.fixed[:], gopacket.NilDecodeFeedback)
	x.IHL, x.Length = uint8(n/4), length
	x.SrcIP, x.DstIP = ipv4Src.Bytes(b), ipv4Dst.Bytes(b)
	x.Contents, x.Payload = b[:min(n, len(b))], b[min(n, len(b)):]
	return &x.IPv4
}

// decodeIPv6 decodes b, from the start of an IPv6 header to the end of its payload.
func (h *headers) decodeIPv6(b []byte) *layers.IPv6 {
	x := h.ipv6.next()
	// gopacket rejects a payload length of 0 without a Jumbo Payload option, and reads a Hop-by-Hop
	// Options header as a part of this one.
	length, next := ipv6PayloadLen.U16(b), ipv6NextHeader.U8(b)
	if length != 0 && next != protoHopByHop {
		_ = x.IPv6.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
		return &x.IPv6
	}
	copy(x.fixed[:], b)
	x.fixed[5], x.fixed[6] = 1, protoNoNext
	_ = x.IPv6.DecodeFromBytes(x.fixed[:], gopacket.NilDecodeFeedback)
	x.Length, x.NextHeader = length, layers.IPProtocol(next)
	x.SrcIP, x.DstIP = ipv6Src.Bytes(b), ipv6Dst.Bytes(b)
	x.Contents, x.Payload = b[:ipv6Len], b[ipv6Len:]
	return &x.IPv6
}

// decodeTCP decodes b, from the start of a TCP header to the end of its payload. The header has at
// least 20 bytes and its length is possible.
func (h *headers) decodeTCP(b []byte) *layers.TCP {
	x := h.tcp.next()
	n := 4 * int(tcpOffset.Word(b))
	if n <= len(b) && optionsFit(b[TCPMinLen:n], tcpOptMinLen) {
		_ = x.TCP.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
		return &x.TCP
	}
	copy(x.fixed[:], b)
	x.fixed[12] = TCPMinLen/4<<4 | b[12]&0xf
	_ = x.TCP.DecodeFromBytes(x.fixed[:], gopacket.NilDecodeFeedback)
	x.DataOffset = uint8(n / 4)
	x.Contents, x.Payload = b[:min(n, len(b))], b[min(n, len(b)):]
	return &x.TCP
}

// decodeUDP decodes b, from the start of a UDP header to the end of its payload.
func (h *headers) decodeUDP(b []byte) *layers.UDP {
	x := h.udp.next()
	if n := udpLength.U16(b); n == 0 || n >= udpLen {
		_ = x.UDP.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
		return &x.UDP
	}
	// gopacket rejects a length that is too small.
	copy(x.fixed[:], b)
	x.fixed[4], x.fixed[5] = 0, udpLen
	_ = x.UDP.DecodeFromBytes(x.fixed[:], gopacket.NilDecodeFeedback)
	x.Length = udpLength.U16(b)
	x.Contents, x.Payload = b[:udpLen], b[udpLen:]
	return &x.UDP
}

// decodeSCTP decodes b, which begins with an SCTP common header.
func (h *headers) decodeSCTP(b []byte) *layers.SCTP {
	x := h.sctp.next()
	_ = x.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
	return x
}

// decodeICMPv4 decodes b, which begins with at least eight bytes of an ICMP message.
func (h *headers) decodeICMPv4(b []byte) *layers.ICMPv4 {
	x := h.icmpv4.next()
	_ = x.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
	return x
}

// decodeICMPv6 decodes b, which begins with at least four bytes of an ICMPv6 message.
func (h *headers) decodeICMPv6(b []byte) *layers.ICMPv6 {
	x := h.icmpv6.next()
	_ = x.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
	return x
}

// The shortest IPv4 and TCP options with a length byte that gopacket accepts, in bytes.
const (
	ipv4OptMinLen = 3
	tcpOptMinLen  = 2
)

// optionsFit reports whether each option of IPv4 or TCP in b has a possible length: from least to
// the number of bytes left. Types 0 and 1 have no length byte, and 0 ends the list.
func optionsFit(b []byte, least int) bool {
	for len(b) > 0 && b[0] != ipOptEnd {
		if b[0] == ipOptNop {
			b = b[1:]
			continue
		}
		if len(b) < 2 || int(b[1]) < least || int(b[1]) > len(b) {
			return false
		}
		b = b[b[1]:]
	}
	return true
}
