package decode

import "encoding/binary"

// QuickAll walks frames that lie in data: frame i begins at byte at[i], was captured for caplen[i] bytes, and has wire[i] bytes on the wire. It
// fills out[i] as Quick.Decode does, and gives a bit for each frame that is left to Packet.Decode, the lowest for the first one. There are 64 frames at
// most, and as many of each slice as of at.
func QuickAll(link LinkType, data []byte, at, caplen, wire []uint32, out []Quick) (left uint64) {
	caplen, wire, out = caplen[:len(at)], wire[:len(at)], out[:len(at)]
	for i, start := range at {
		frame := data[start:][:caplen[i]]
		if len(frame) >= plainLen && link == LinkEthernet && out[i].plain((*[plainLen]byte)(frame), int32(len(frame))) {
			continue
		}
		if !out[i].decode(link, frame, max(int(wire[i]), len(frame))) {
			left |= 1 << (i % 64)
		}
	}
	return left
}

// plain reads TCP or UDP in IPv4 without options in Ethernet: most frames. The processor guesses each branch ahead and loses some
// nanoseconds where it errs; so what differs from packet to packet, TCP or UDP foremost, is worked out here without a branch. All that it needs
// fits the processor's registers, and no index is checked, as h has a known length; caplen is the frame's. Its length on the wire sets no bound that caplen does not set.
func (q *Quick) plain(h *[plainLen]byte, caplen int32) bool {
	const begin = EthernetLen + ipv4MinLen // of the transport header
	// EtherType, version and header length, type of service, total length, identification; then flags and offset, time to live, protocol, checksum.
	first, second := binary.BigEndian.Uint64(h[ethType.First()/8:]), binary.BigEndian.Uint64(h[EthernetLen+ipv4MF.First()/8:])
	proto := quickProtos[uint8(second>>32)]
	if first>>40 != typeIPv4<<8|4<<4|ipv4MinLen/4 || second<<2 >= 1<<50 || proto == ProtoNone {
		return false
	}
	end := EthernetLen + int32(uint16(first>>16))
	udp := -int32(proto - ProtoTCP) // all bits set, or none
	least := begin + udpLen + (TCPMinLen-udpLen)&^udp
	if end < least {
		return false
	}
	x := TCP(h[begin:])
	src, dst := x.SrcPort(), x.DstPort()
	length := int32(UDP(x).Length())
	if (length < udpLen || isTunnel(src) || isTunnel(dst)) && udp != 0 {
		return false
	}
	end = min(end, caplen, begin+(length|maxUDPLength&^udp)) // TCP has no length of its own
	payload := begin + (int32(x.HeaderLen())&^udp | udpLen&udp)
	if payload < least || payload > end {
		payload = 0
	}
	flags := tcpFlags.U8(x) &^ uint8(udp)
	q.Proto, q.NoPorts, q.Version, q.Flags, q.Opens = proto, HasPorts, 4, flags, tcpOpens[flags%(2*FlagACK)]
	q.Src, q.Dst, q.Net, q.Payload, q.End = src, dst, EthernetLen, payload, end
	return true
}

// Decode reads a plain frame: Ethernet, Linux cooked or raw, up to two VLAN tags, one IP header without fragmentation, then a whole TCP
// header, a UDP one without a tunnel's port, or an ICMP message that quotes nothing; or ARP. For these it finds what Packet.Decode finds.
// It reports false, and has nothing found, for all other frames, which are Packet.Decode's. It allocates nothing.
func (q *Quick) Decode(link LinkType, data []byte, wireLen int) bool {
	if len(data) >= plainLen && link == LinkEthernet && q.plain((*[plainLen]byte)(data), int32(len(data))) {
		return true
	}
	return q.decode(link, data, max(wireLen, len(data)))
}

// PlainPorts are the protocol and the ports of a frame of Ethernet, at most one VLAN tag, and TCP or UDP directly in IP: what Quick.Decode finds, where nothing
// else is wanted. With ProtoNone the frame is another one, which Quick.Decode may take or not. All that it gives stays in registers, and no index is checked.
func PlainPorts(frame []byte) (proto Proto, src, dst uint16) {
	if len(frame) < plainLen {
		return ProtoNone, 0, 0
	}
	first := binary.BigEndian.Uint64(frame[ethType.First()/8:])
	if first>>48 == typeVLAN {
		if frame = frame[vlanLen:]; len(frame) < plainLen {
			return ProtoNone, 0, 0
		}
		first = binary.BigEndian.Uint64(frame[ethType.First()/8:])
	}
	h := (*[plainLen]byte)(frame)
	second := binary.BigEndian.Uint64(h[EthernetLen+ipv4MF.First()/8:])
	var has int // how many bytes of the transport header there are
	var begin uint64
	switch {
	case first>>40 == typeIPv4<<8|4<<4|ipv4MinLen/4 && second<<2 < 1<<50:
		proto, has, begin = quickProtos[uint8(second>>32)], int(uint16(first>>16))-ipv4MinLen, binary.BigEndian.Uint64(h[EthernetLen+ipv4MinLen:])
	case first>>44 == typeIPv6<<4|6 && len(frame) >= EthernetLen+ipv6Len+udpLen:
		proto, has, begin = quickProtos[uint8(second>>56)], min(int(uint16(first)), len(frame)-EthernetLen-ipv6Len), binary.BigEndian.Uint64(frame[EthernetLen+ipv6Len:])
	}
	src, dst = uint16(begin>>48), uint16(begin>>32)
	udp := -int(proto - ProtoTCP) // all bits set, or none
	odd := tunnelPorts[src/64]>>(src%64) | tunnelPorts[dst/64]>>(dst%64) | uint64(bit(uint16(begin>>16) < udpLen))
	if proto == ProtoNone || has < udpLen+(TCPMinLen-udpLen)&^udp || odd&uint64(udp)&1 != 0 {
		return ProtoNone, 0, 0
	}
	return proto, src, dst
}

// bit is 1 for true. The compiler makes no branch of it.
func bit(b bool) (n uint8) {
	if b {
		n = 1
	}
	return n
}

// plainLen is the length of the headers of Ethernet, IPv4 and TCP without options.
const plainLen = EthernetLen + ipv4MinLen + TCPMinLen

// maxUDPLength is above what a UDP header can claim.
const maxUDPLength = 1 << 16

// quickProtos are the protocols that QuickAll reads by itself, by their numbers in IP.
var quickProtos = [256]Proto{protoTCP: ProtoTCP, protoUDP: ProtoUDP}

// tcpOpens is what a TCP segment does towards opening a connection, by its control bits up to ACK.
var tcpOpens = func() (table [2 * FlagACK]Opening) {
	for f := range table {
		table[f] = opening(uint8(f)&(FlagSYN|FlagACK|FlagRST), FlagSYN, FlagSYN|FlagACK)
	}
	return table
}()

// tunnelPorts has a bit for each port that udpTunnel knows.
var tunnelPorts = func() (table [1 << 16 / 64]uint64) {
	for port := range 1 << 16 {
		if udpTunnel(uint16(port)) != IDNone {
			table[port/64] |= 1 << (port % 64)
		}
	}
	return table
}()

func isTunnel(port uint16) bool { return tunnelPorts[port/64]>>(port%64)&1 != 0 }
