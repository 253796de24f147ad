package decode

import (
	"encoding/binary"

	"github.com/google/gopacket/layers"
)

// Options that list addresses on the path.
const (
	ipOptLSRR      = 131
	ipOptSSRR      = 137
	ipv6OptHome    = 0xc9
	ipv6OptHomeLen = 18
)

// onesSum adds the 16-bit words of b to sum (RFC 1071). It pads the last word with a zero byte. It
// adds four bytes at a time, because 2^16 is 1 in one's complement. Carries collect above bit 31
// until fold; a frame is too short to overflow them.
func onesSum(sum uint64, b []byte) uint64 {
	for len(b) >= 4 {
		sum += uint64(binary.BigEndian.Uint32(b))
		b = b[4:]
	}
	if len(b) >= 2 {
		sum += uint64(u16(b))
		b = b[2:]
	}
	if len(b) > 0 {
		sum += uint64(b[0]) << 8
	}
	return sum
}

// fold adds the carries and returns 16 bits.
func fold(sum uint64) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// carrier returns the index in Layers of the IP header that carries the layer with the given index,
// or -1.
func (p *Packet) carrier(layer int) int {
	for i := layer - 1; i >= 0; i-- {
		if id := p.Layers[i].ID; id == IDIPv4 || id == IDIPv6 {
			return i
		}
	}
	return -1
}

// claimedEnd returns the end of the payload as a byte of the frame, according to the IP header with
// the given index in Layers. It returns 0 if the header does not contain a length.
func (p *Packet) claimedEnd(net int) int {
	at := p.Layers[net].At
	if h := p.IPv4(net); h != nil && h.Length > 0 {
		return at + int(h.Length)
	}
	if h := p.IPv6(net); h != nil && h.Length > 0 {
		return at + ipv6Len + int(h.Length)
	}
	return 0
}

// isFragment reports whether the layer is in a fragment whose IP header has the index net.
func (p *Packet) isFragment(net, layer int) bool {
	if h := p.IPv4(net); h != nil {
		return h.Flags&layers.IPv4MoreFragments != 0 || h.FragOffset > 0
	}
	for _, l := range p.Layers[net+1 : layer] {
		if l.ID == IDFragHdr && (fragMore.Word(p.Data[l.At:]) != 0 ||
			fragOffset.Word(p.Data[l.At:]) != 0) {
			return true
		}
	}
	return false
}

// pseudo returns the sum of the pseudo-header, not folded (RFC 9293 section 3.1, RFC 8200 section
// 8.1). The sum is 0 for a protocol without a pseudo-header.
func (s *summing) pseudo(length int) (sum uint64, ok bool) {
	if s.rule.proto == 0 {
		return 0, true
	}
	src, dst, ok := s.ends()
	sum = onesSum(onesSum(0, src[:]), dst[:])
	return sum + uint64(length) + uint64(s.rule.proto), ok
}

// ends returns the addresses that the sender summed: its own and the final destination. An IPv4
// address has zeros after it, which add nothing. ok is false if the final destination cannot be
// read.
func (s *summing) ends() (src, dst [16]byte, ok bool) {
	l := s.Layers[s.net]
	h := s.Data[l.At:]
	if l.ID == IDIPv4 {
		copy(src[:], ipv4Src.Bytes(h))
		copy(dst[:], ipv4LastStop(h[:min(len(h), l.Len)]))
		return src, dst, true
	}
	src, dst, ok = [16]byte(ipv6Src.Bytes(h)), [16]byte(ipv6Dst.Bytes(h)), true
	for _, x := range s.Layers[s.net+1 : s.index] {
		b := s.Data[x.At:min(x.At+x.Len, len(s.Data))]
		switch x.ID {
		case IDRouting:
			ok = ipv6LastStop(b, &dst) && ok
		case IDDstOpts:
			homeAddress(b, &src)
		}
	}
	return src, dst, ok
}

// ipv4LastStop returns the destination. If a source route is not yet complete, it returns the
// route's last address (RFC 791 section 3.1, RFC 1122 section 4.1.3.4 and 4.2.2.7). A route is not
// complete while its pointer, which counts from 1, is within the option.
func ipv4LastStop(h []byte) []byte {
	for b := h[ipv4MinLen:]; len(b) >= 2 && b[0] != ipOptEnd; {
		if b[0] == ipOptNop {
			b = b[1:]
			continue
		}
		n := int(b[1])
		if n < 2 || n > len(b) {
			break
		}
		if (b[0] == ipOptLSRR || b[0] == ipOptSSRR) && n >= 7 && int(b[2])+3 <= n {
			return b[n-4 : n]
		}
		b = b[n:]
	}
	return ipv4Dst.Bytes(h)
}

// ipv6LastStop sets dst to the last address of a routing header with segments left. Types 0 (RFC
// 2460 section 4.4) and 2 (RFC 6275 section 6.4) store it last, type 4 stores it first (RFC 8754
// section 2). Type 3 stores it last, without the bytes that equal those of the destination (RFC
// 6554 section 3). ipv6LastStop reports false for other types, or if the header is too short.
func ipv6LastStop(h []byte, dst *[16]byte) bool {
	if routingLeft.U8(h) == 0 {
		return true
	}
	from, same := len(h)-16, 0
	switch routingType.U8(h) {
	case 0, 2:
	case 3:
		same = int(h[4] & 0xf)
		from = len(h) - int(h[5]>>4) - (16 - same)
	case 4:
		from = extMinLen
	default:
		return false
	}
	if from < extMinLen || from+16-same > len(h) {
		return false
	}
	copy(dst[same:], h[from:from+16-same])
	return true
}

// homeAddress sets src to the address in a Home Address option. The peer of a mobile host knows the
// host by this address (RFC 6275 section 6.3).
func homeAddress(h []byte, src *[16]byte) {
	for b := h[2:]; len(b) >= 2; {
		if b[0] == 0 {
			b = b[1:]
			continue
		}
		n := 2 + int(b[1])
		if n > len(b) {
			return
		}
		if b[0] == ipv6OptHome && n == ipv6OptHomeLen {
			copy(src[:], b[2:])
			return
		}
		b = b[n:]
	}
}
