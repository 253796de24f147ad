package decode

import (
	"encoding/binary"
	"fmt"
)

// PlainHeader is the transport header of a frame of Ethernet and, directly in IPv4 without options, TCP or UDP, as most frames are: what Quick.Decode finds of
// it, with ProtoNone where the frame is another one, which Quick.Decode may take or not. src and dst are IPv4 addresses with 16 bits of port below them.
//
// The processor guesses each branch ahead and loses some nanoseconds where it errs; so what differs from packet to packet, TCP or UDP foremost, is worked
// out here without a branch. All that is needed fits the processor's registers, and no index is checked, as h has a known length. The length on the wire sets no bound that
// the captured one does not set.
func PlainHeader(frame []byte) (proto Proto, flags uint8, src, dst uint64, payload, end int32) {
	const begin = EthernetLen + ipv4MinLen // of the transport header
	if len(frame) < plainLen {
		return
	}
	h := (*[plainLen]byte)(frame)
	// EtherType, version and header length, type of service, total length, identification; then flags and offset, time to live, protocol, checksum.
	first, second := binary.BigEndian.Uint64(h[ethType.First()/8:]), binary.BigEndian.Uint64(h[EthernetLen+ipv4MF.First()/8:])
	proto = quickProtos[uint8(second>>32)]
	if first>>40 != typeIPv4<<8|4<<4|ipv4MinLen/4 || second<<2 >= 1<<50 || proto == ProtoNone {
		return ProtoNone, 0, 0, 0, 0, 0
	}
	end = EthernetLen + int32(uint16(first>>16))
	udp := -int32(proto - ProtoTCP) // all bits set, or none
	least := begin + udpLen + (TCPMinLen-udpLen)&^udp
	if end < least {
		return ProtoNone, 0, 0, 0, 0, 0
	}
	x := TCP(h[begin:])
	srcPort, dstPort := x.SrcPort(), x.DstPort()
	length := int32(UDP(x).Length())
	if (length < udpLen || isTunnel(srcPort) || isTunnel(dstPort)) && udp != 0 {
		return ProtoNone, 0, 0, 0, 0, 0
	}
	end = min(end, int32(len(frame)), begin+(length|maxUDPLength&^udp)) // TCP has no length of its own
	payload = begin + (int32(x.HeaderLen())&^udp | udpLen&udp)
	if payload < least || payload > end {
		payload = 0
	}
	both := binary.BigEndian.Uint64(h[EthernetLen+ipv4Src.First()/8:]) // source and destination are neighbours
	return proto, tcpFlags.U8(x) &^ uint8(udp), both>>32<<16 | uint64(srcPort), both&(1<<32-1)<<16 | uint64(dstPort), payload, end
}

// PlainOpens is what a header that PlainHeader found does towards opening a connection.
func PlainOpens(flags uint8) Opening { return tcpOpens[flags%(2*FlagACK)] }

// Decode reads a plain frame: Ethernet, Linux cooked or raw, up to two VLAN tags, one IP header without fragmentation, then a whole TCP
// header, a UDP one without a tunnel's port, or an ICMP message that quotes nothing; or ARP. For these it finds what Packet.Decode finds.
// It reports false, and has nothing found, for all other frames, which are Packet.Decode's. It allocates nothing.
func (q *Quick) Decode(link LinkType, data []byte, wireLen int) bool {
	if link == LinkEthernet {
		if proto, flags, src, dst, payload, end := PlainHeader(data); proto != ProtoNone {
			q.Proto, q.NoPorts, q.Version, q.Flags, q.Opens = proto, HasPorts, 4, flags, PlainOpens(flags)
			q.Src, q.Dst, q.Net, q.Payload, q.End = uint16(src), uint16(dst), EthernetLen, payload, end
			return true
		}
	}
	return q.decode(link, data, max(wireLen, len(data)))
}

// PlainPorts finds protocol and ports of n frames of Ethernet, at most one VLAN tag, and TCP or UDP directly in IP: what Quick.Decode finds, where nothing
// else is wanted. Frame i begins at byte at[i] of data and was captured for caplen[i] bytes. All that it needs of a frame stays in registers.
func PlainPorts(data []byte, n int, at, caplen *[RunLen]uint32, found *[RunLen]Plain) {
	for i := range min(n, RunLen) {
		from, has := uint(at[i]), caplen[i]
		end := from + plainLen
		found[i] = 0
		if has < plainLen || end > uint(len(data)) {
			continue
		}
		h := (*[plainLen]byte)(data[from:end])
		first := binary.BigEndian.Uint64(h[ethType.First()/8:])
		if first>>48 == typeVLAN {
			end += vlanLen
			has -= vlanLen
			if has < plainLen || end > uint(len(data)) {
				continue
			}
			h = (*[plainLen]byte)(data[end-plainLen : end])
			first = binary.BigEndian.Uint64(h[ethType.First()/8:])
		}
		second, begin := binary.BigEndian.Uint64(h[EthernetLen+ipv4MF.First()/8:]), binary.BigEndian.Uint64(h[EthernetLen+ipv4MinLen:])
		number, length := uint8(second>>32), int(uint16(first>>16))-ipv4MinLen // of the transport header and its payload
		if first>>40 != typeIPv4<<8|4<<4|ipv4MinLen/4 || second<<2 >= 1<<50 {
			const more = ipv6Len + udpLen - ipv4MinLen - TCPMinLen
			if first>>44 != typeIPv6<<4|6 || has < plainLen+more || end+more > uint(len(data)) {
				continue
			}
			number, length = uint8(second>>56), min(int(uint16(first)), int(has)-EthernetLen-ipv6Len)
			begin = binary.BigEndian.Uint64(data[end+more-8 : end+more])
		}
		proto := quickProtos[number]
		src, dst := uint16(begin>>48), uint16(begin>>32)
		udp := -int(proto - ProtoTCP) // all bits set, or none
		odd := bit(tunnelPorts[uint8(src)] == src) | bit(tunnelPorts[uint8(dst)] == dst) | bit(uint16(begin>>16) < udpLen)
		if proto != ProtoNone && length >= udpLen+(TCPMinLen-udpLen)&^udp && int(odd)&udp == 0 {
			found[i] = Plain(begin>>32) | Plain(proto)<<32
		}
	}
}

// RunLen is how many frames are best worked at side by side.
const RunLen = 64

// A Plain is a protocol and two ports, or 0 for none.
type Plain uint64

// Proto is the protocol, ProtoNone where there are no ports.
func (p Plain) Proto() Proto { return Proto(p >> 32) }

// Ports are the source port and the destination port.
func (p Plain) Ports() (src, dst uint16) { return uint16(p >> 16), uint16(p) }

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

// quickProtos are the protocols of a plain frame, by their numbers in IP.
var quickProtos = [256]Proto{protoTCP: ProtoTCP, protoUDP: ProtoUDP}

// tcpOpens is what a TCP segment does towards opening a connection, by its control bits up to ACK.
var tcpOpens = func() (table [2 * FlagACK]Opening) {
	for f := range table {
		table[f] = opening(uint8(f)&(FlagSYN|FlagACK|FlagRST), FlagSYN, FlagSYN|FlagACK)
	}
	return table
}()

// tunnelPorts has each port that udpTunnel knows in the place of its lower eight bits, in which they all differ. No port stands in a place that is not its own.
var tunnelPorts = func() (table [1 << 8]uint16) {
	for i := range table {
		table[i] = ^uint16(i)
	}
	for port := range 1 << 16 {
		if udpTunnel(uint16(port)) == IDNone {
			continue
		}
		if place := &table[port%len(table)]; *place != ^uint16(port%len(table)) {
			panic(fmt.Sprintf("decode: the tunnels' ports have no table of their lower eight bits: %d", port))
		}
		table[port%len(table)] = uint16(port)
	}
	return table
}()

func isTunnel(port uint16) bool { return tunnelPorts[uint8(port)] == port }
