package decode

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Plain frames are of Ethernet and at most one VLAN tag, with TCP or UDP directly in IP, as most frames are. PlainHeaders takes many at a time: nothing is called for a frame,
// all that is needed of it stays in registers, and what it finds is what Quick.Decode finds. The length on the wire sets no bound that the captured one does not set.

// RunLen is how many frames are best worked at side by side.
const RunLen = 64

// Headers are what PlainHeaders finds, frame by frame.
type Headers struct {
	What  [RunLen]uint32 // as the places below say; 0 for a frame that is not plain, which Quick.Decode may take or not, and of which the rest says nothing
	Ports [RunLen]uint32 // source port above destination port
	Addrs [RunLen]uint64 // IPv4: source address above destination address; IPv6: where in data the addresses begin, as PlainAddrs6 has it
}

// Places in Headers.What, in bits. The lowest four are the Proto.
const (
	WhatVersion = 4  // of IP, four bits
	WhatFlags   = 8  // TCP's control bits, eight
	WhatOpens   = 16 // the Opening, two
	WhatPayload = 18 // whether a payload was captured
)

// PlainHeaders finds the transport headers of n frames, as far as they are plain. Frame i begins at byte at[i] of data and was captured for caplen[i] bytes.
// With AVX2 it looks at eight frames at once, and one by one only at those that this leaves.
func PlainHeaders(data []byte, n int, at, caplen *[RunLen]uint32, found *Headers) {
	n = min(n, RunLen)
	left := uint64(1)<<n - 1
	if wide && len(data) >= wideLen {
		left &^= found.eights(data, n, at, caplen)
	}
	found.ones(data, left, at, caplen)
}

// ones looks at those frames that left has a bit for, one by one.
func (found *Headers) ones(data []byte, left uint64, at, caplen *[RunLen]uint32) {
	_, _, _ = at[0], caplen[0], found.What[0] // so that nothing is asked in the loop
	for ; left != 0; left &= left - 1 {
		i := bits.TrailingZeros64(left) % RunLen
		from, has := uint(at[i]), caplen[i]
		end := from + plainLen
		found.What[i] = 0
		if has < plainLen || end > uint(len(data)) {
			continue
		}
		h := (*[plainLen]byte)(data[from:end])
		first, second := binary.BigEndian.Uint64(h[ethType.First()/8:]), binary.BigEndian.Uint64(h[EthernetLen+ipv4MF.First()/8:])
		x, addrs := (*[TCPMinLen]byte)(h[EthernetLen+ipv4MinLen:]), binary.BigEndian.Uint64(h[EthernetLen+ipv4Src.First()/8:]) // source and destination are neighbours
		kind, there := plainKinds[uint8(second>>32)]|4<<WhatVersion, min(int(uint16(first>>16)), int(has)-EthernetLen)-ipv4MinLen
		if first>>40 != typeIPv4<<8|4<<4|ipv4MinLen/4 || second<<2 >= 1<<50 {
			var o plainOther
			if !o.find(data, from, has) {
				continue
			}
			x, addrs, kind, there = o.x, o.addrs, o.kind, o.there
		}
		begin := binary.BigEndian.Uint64(x[:])
		switch {
		case kind&kindProto == uint32(ProtoTCP) && there >= TCPMinLen:
			control := uint32(binary.BigEndian.Uint16(x[tcpOffset.First()/8:]))
			header, flags := int(control>>12)*4, control&0xff
			payload := bit(header >= TCPMinLen) & bit(header < there)
			found.What[i] = kind | flags<<WhatFlags | uint32(tcpOpens[flags%(2*FlagACK)])<<WhatOpens | uint32(payload)<<WhatPayload
		case kind&kindProto == uint32(ProtoUDP) && there >= udpLen && plainUDP(begin):
			found.What[i] = kind | uint32(bit(min(there, int(uint16(begin>>16))) > udpLen))<<WhatPayload
		default:
			continue
		}
		found.Ports[i], found.Addrs[i] = uint32(begin>>32), addrs
	}
}

// plainAddrs6 is where the addresses of a frame in IPv6 without a tag begin.
const plainAddrs6 = EthernetLen + ipv6Src>>8/8

// PlainAddrs6 are the source and destination address of a frame in IPv6, of which PlainHeaders has found where in data they begin: side by side.
func PlainAddrs6(data []byte, at uint64) (src, dst *[16]byte) {
	both := (*[2 * 16]byte)(data[at:])
	return (*[16]byte)(both[:16]), (*[16]byte)(both[16:])
}

// plainUDP tells whether a UDP header is plain, by its first eight bytes: ports that no tunnel has, and a length.
func plainUDP(begin uint64) bool {
	return uint16(begin>>16) >= udpLen && !isTunnel(uint16(begin>>48)) && !isTunnel(uint16(begin>>32))
}

// A plainOther is a plain frame with a VLAN tag or IPv6.
type plainOther struct {
	kind  uint32           // of plainKinds, with the IP version
	there int              // how many bytes of the transport header and its payload were captured
	addrs uint64           // as in Headers
	x     *[TCPMinLen]byte // where the transport header begins
}

// find tells whether a frame in data is such a one, apart from its transport header.
func (o *plainOther) find(data []byte, from uint, has uint32) bool {
	if from+uint(has) > uint(len(data)) {
		return false
	}
	h := data[from:][:has]
	if ethType.U16(h) == typeVLAN {
		if h, from = h[vlanLen:], from+vlanLen; len(h) < plainLen {
			return false
		}
	}
	ip := h[EthernetLen:]
	switch t := ethType.U16(h); {
	case t == typeIPv4 && ip[0] == 4<<4|ipv4MinLen/4 && binary.BigEndian.Uint16(ip[ipv4MF.First()/8:])&0x3fff == 0:
		o.kind, o.there = plainKinds[IPv4(ip).Protocol()]|4<<WhatVersion, min(IPv4(ip).TotalLen(), len(ip))-ipv4MinLen
		o.addrs, o.x = binary.BigEndian.Uint64(ip[ipv4Src.First()/8:]), (*[TCPMinLen]byte)(ip[ipv4MinLen:])
	case t == typeIPv6 && ip[0]>>4 == 6 && len(ip) >= ipv6Len+TCPMinLen:
		o.kind, o.there = plainKinds[IPv6(ip).NextHeader()]|6<<WhatVersion, min(IPv6(ip).PayloadLen(), len(ip)-ipv6Len)
		o.addrs, o.x = uint64(from+uint(plainAddrs6)), (*[TCPMinLen]byte)(ip[ipv6Len:])
	default:
		return false
	}
	return true
}

// plainKinds are the protocols of a plain frame, by their numbers in IP.
var plainKinds = [256]uint32{protoTCP: uint32(ProtoTCP), protoUDP: uint32(ProtoUDP)}

// kindProto has the bits of a kind that are the protocol. Above it is the IP version, as in Headers.What.
const kindProto = 0xf

// PlainPayload is what was captured of the payload of a frame that the quick walk takes, of which it is asked once or twice a flow. It is nil where there is none, and where the
// frame has IP options or more than one tag. Of a frame that the quick walk leaves it may give anything.
func PlainPayload(frame []byte) []byte {
	if len(frame) < plainLen {
		return nil
	}
	h, kind := frame[EthernetLen:], ethType.U16(frame)
	if kind == typeVLAN {
		h, kind = h[vlanLen:], ethType.U16(frame[vlanLen:])
	}
	var proto uint8
	var at, end int
	switch {
	case kind == typeIPv4 && len(h) >= ipv4MinLen+TCPMinLen && h[0] == 4<<4|ipv4MinLen/4:
		proto, at, end = IPv4(h).Protocol(), ipv4MinLen, IPv4(h).TotalLen()
	case kind == typeIPv6 && len(h) >= ipv6Len+TCPMinLen:
		proto, at, end = IPv6(h).NextHeader(), ipv6Len, ipv6Len+IPv6(h).PayloadLen()
	default:
		return nil
	}
	end = min(end, len(h))
	switch x := h[at : at+TCPMinLen]; proto {
	case protoTCP:
		if n := TCP(x).HeaderLen(); n >= TCPMinLen && at+n < end {
			return h[at+n : end]
		}
	case protoUDP:
		if end = min(end, at+UDP(x).Length()); at+udpLen < end {
			return h[at+udpLen : end]
		}
	}
	return nil
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
