package decode

import (
	"encoding/binary"

	"github.com/portsniff/portsniff/linktype"
)

// A Quick contains the facts about one transport header that are counted. Quick.Decode fills it
// from a frame. From fills it from a decoded packet.
type Quick struct {
	Proto   Transport // ProtoNone: the frame has no ports, and NoPorts is the reason
	NoPorts Reason    // HasPorts if Proto is set
	Version uint8     // of the IP header at Net: 4 or 6; 0 for none
	Flags   uint8     // TCP's control bits, 0 if they were not captured
	Opens   Handshake // the header's role in opening a connection
	// the TCP client's initial sequence number if Opens is not OpensNothing: the sequence number
	// of a SYN, else the acknowledgment number - 1. If a quoted header was cut before its control
	// bits, it is the sequence number.
	ISN uint32
	Src uint16 // source port
	Dst uint16 // destination port
	Net int32  // byte of the frame where the innermost IP header begins
	// byte of the frame where the payload of the transport header begins, 0 if unknown
	Payload int32
	End     int32 // byte of the frame where the captured payload ends, exclusive
	// byte of the frame where a TCP header begins, and the end of its payload according to the
	// enclosing headers, captured or not; 0 for other protocols
	Header, Claimed int32
}

// The EtherTypes and protocol numbers of nearly all traffic. The tables etherTypes and ipProtos
// contain these and all others.
const (
	typeIPv4 = 0x0800
	typeARP  = 0x0806
	typeVLAN = 0x8100
	typeIPv6 = 0x86dd

	protoHopByHop = 0
	protoICMP     = 1
	protoTCP      = 6
	protoUDP      = 17
	protoICMPv6   = 58
	protoNoNext   = 59
)

// quickTags is the number of VLAN tags that the quick walk skips.
const quickTags = 2

// Decode reads a plain frame and has the same result as Packet.Decode. The frame is Ethernet, Linux
// cooked or raw, with up to two VLAN tags. It contains ARP, or one IP header without fragmentation.
// After IP comes a complete TCP header, a UDP header without a tunnel's port, or an ICMP message
// that quotes nothing. Decode reports false, without a result, for all other frames: use
// Packet.Decode for them. It does not allocate.
func (q *Quick) Decode(link linktype.Type, data []byte, wireLen int) bool {
	*q = Quick{}
	end := max(wireLen, len(data)) // limit of the frame for the enclosing headers
	switch {
	case link == linktype.Ethernet && len(data) >= EthernetLen:
		return q.byEtherType(ethType.U16(data), data, EthernetLen, end)
	case link == linktype.SLL && len(data) >= sllLen && quickSLL(sllHAType.U16(data)):
		return q.byEtherType(sllProtocol.U16(data), data, sllLen, end)
	case link == linktype.SLL2 && len(data) >= sll2Len && quickSLL(sll2HAType.U16(data)):
		return q.byEtherType(sll2Protocol.U16(data), data, sll2Len, end)
	case link == linktype.Raw && len(data) > 0 && data[0]>>4 == 4:
		return q.ipv4(data, 0, end)
	case link == linktype.Raw && len(data) > 0 && data[0]>>4 == 6:
		return q.ipv6(data, 0, end)
	}
	return false
}

// Found reports whether Decode read the frame.
func (q *Quick) Found() bool { return q.Proto != ProtoNone || q.NoPorts != HasPorts }

// quickSLL reports whether a cooked header's protocol field is an EtherType.
func quickSLL(arphrd uint16) bool { return arphrd != arphrdIPGRE && arphrd != arphrdNetlink }

func (q *Quick) byEtherType(t uint16, data []byte, at, end int) bool {
	for tags := 0; t == typeVLAN && tags < quickTags && len(data) >= at+vlanLen; tags++ {
		t, at = vlanType.U16(data[at:]), at+vlanLen
	}
	switch t {
	case typeIPv4:
		return q.ipv4(data, at, end)
	case typeIPv6:
		return q.ipv6(data, at, end)
	case typeARP:
		return q.arp(data[at:])
	}
	return false
}

// arp reads a complete ARP header.
func (q *Quick) arp(h []byte) bool {
	if len(h) < arpMinLen || len(h) < arpMinLen+2*(int(arpHLen.U8(h))+int(arpPLen.U8(h))) {
		return false
	}
	q.NoPorts = NotIP
	return true
}

// ipv4 reads an IPv4 header and the header after it.
func (q *Quick) ipv4(data []byte, at, end int) bool {
	h := data[at:]
	if len(h) < ipv4MinLen {
		return false
	}
	n, total := int(h[0]&0xf)*4, int(ipv4TotalLen.U16(h))
	// neither more fragments nor an offset
	whole := binary.BigEndian.Uint16(h[ipv4MF.First()/8:])&0x3fff == 0
	if h[0]>>4 != 4 || n < ipv4MinLen || total < n && total != 0 || !whole {
		return false
	}
	if total != 0 {
		end = min(end, at+total)
	}
	q.Version, q.Net = 4, int32(at)
	return q.transport(ipv4Protocol.U8(h), data[:min(end, len(data))], at+n, end)
}

// ipv6 reads an IPv6 header and the header after it.
func (q *Quick) ipv6(data []byte, at, end int) bool {
	h := data[at:]
	if len(h) < ipv6Len || h[0]>>4 != 6 {
		return false
	}
	if n := int(ipv6PayloadLen.U16(h)); n > 0 {
		end = min(end, at+ipv6Len+n)
	}
	q.Version, q.Net = 6, int32(at)
	return q.transport(ipv6NextHeader.U8(h), data[:min(end, len(data))], at+ipv6Len, end)
}

// transport reads the header at byte at of the captured bytes. end is where it ends according to
// the enclosing headers.
func (q *Quick) transport(proto uint8, visible []byte, at, end int) bool {
	if at > len(visible) {
		return false
	}
	switch h := visible[at:]; {
	case proto == protoTCP && len(h) >= TCPMinLen:
		q.tcp(h, at)
		q.Header, q.Claimed = int32(at), int32(end)
	case proto == protoUDP && len(h) >= udpLen:
		return q.udp(h, at, end)
	case (proto == protoICMP || proto == protoICMPv6) && len(h) >= icmpLen &&
		!quotes(proto, icmpType.U8(h)):
		q.NoPorts = NoTransport
	default:
		return false
	}
	return true
}

func (q *Quick) tcp(h []byte, at int) {
	q.Proto = ProtoTCP
	q.Src, q.Dst = tcpSrcPort.U16(h), tcpDstPort.U16(h)
	q.Flags = tcpFlags.U8(h)
	if q.Flags&(FlagSYN|FlagRST) != 0 {
		q.Opens, q.ISN = tcpHandshake(q.Flags), isn(h, q.Flags)
	}
	q.End = int32(at + len(h))
	if n := 4 * int(tcpOffset.Word(h)); n >= TCPMinLen && n <= len(h) {
		q.Payload = int32(at + n)
	}
}

// udp leaves possible tunnels and impossible lengths to Packet.Decode.
func (q *Quick) udp(h []byte, at, end int) bool {
	q.Src, q.Dst = udpSrcPort.U16(h), udpDstPort.U16(h)
	n := int(udpLength.U16(h))
	if n < udpLen && n != 0 || udpTunnel(q.Src) != IDNone || udpTunnel(q.Dst) != IDNone {
		return false
	}
	if n == 0 {
		n = end - at
	}
	q.Proto = ProtoUDP
	q.Payload, q.End = int32(at+udpLen), int32(at+min(n, len(h)))
	return true
}

// quotes reports whether an ICMP or ICMPv6 message may quote a packet. All ICMPv6 error messages do
// (RFC 4443 section 2.1).
func quotes(proto, kind uint8) bool {
	if proto == protoICMPv6 {
		return kind < 128 || kind == ndRedirect
	}
	switch kind {
	case 3, 4, 5, 11, 12:
		return true
	}
	return false
}

// From fills q from the transport header p.Ports[i].
func (q *Quick) From(p *Packet, i int) {
	x := &p.Ports[i]
	*q = Quick{Proto: x.Proto, Src: x.Src, Dst: x.Dst, Opens: p.Handshake(x)}
	q.Flags, _ = p.TCPControl(x)
	if src, _ := p.Addrs(x.Net); src.IsValid() {
		q.Version, q.Net = 4, int32(p.Layers[x.Net].At)
		if p.Layers[x.Net].ID == IDIPv6 {
			q.Version = 6
		}
	}
	if h := p.transport(x); h != nil {
		q.payload(h, x.At)
		if q.Proto == ProtoTCP {
			q.Header, q.Claimed = int32(x.At), int32(p.Layers[x.Layer].End)
		}
		if q.Proto == ProtoTCP && len(h) >= tcpSeq.First()/8+4 &&
			(q.Opens != OpensNothing || x.Quoted) {
			q.ISN = isn(h, q.Flags)
		}
	}
}

// payload sets where the payload of a complete TCP or UDP header begins.
func (q *Quick) payload(h []byte, at int) {
	q.End = int32(at + len(h))
	switch {
	case q.Proto == ProtoTCP && len(h) >= TCPMinLen:
		if n := 4 * int(tcpOffset.Word(h)); n >= TCPMinLen && n <= len(h) {
			q.Payload = int32(at + n)
		}
	case q.Proto == ProtoUDP && len(h) >= udpLen:
		q.Payload = int32(at + udpLen)
	}
}

// Addrs4 returns the source and destination address of the IPv4 header at Net in data. Each is a
// big-endian number, so numbers sort like addresses.
func (q *Quick) Addrs4(data []byte) (src, dst uint32) {
	both := binary.BigEndian.Uint64(data[int(q.Net)+ipv4Src.First()/8:]) // they are adjacent
	return uint32(both >> 32), uint32(both)
}

// Addrs6 returns the source and destination address of the IPv6 header at Net in data.
func (q *Quick) Addrs6(data []byte) (src, dst *[16]byte) {
	h := data[q.Net:]
	return (*[16]byte)(ipv6Src.Bytes(h)), (*[16]byte)(ipv6Dst.Bytes(h))
}
