//go:build !purego

package decode

import (
	"encoding/binary"
	"math"

	"golang.org/x/sys/cpu"
)

// wide tells whether the processor can look at eight frames at once.
var wide = cpu.X86.HasAVX2

// Where in a frame of Ethernet and IPv4 the words are that plainEights looks at: four words from each place.
const (
	rowType  = int(ethType>>8) / 8             // the EtherType alone
	rowLink  = EthernetLen - 4                 // the EtherType in the first one; then IPv4's first three
	rowAddrs = EthernetLen + int(ipv4Src>>8)/8 // source, destination, ports, and what follows
	rowTCP   = plainLen - 16                   // TCP's control bits in the third one
)

var _ = [...]int{rowType, rowLink, rowAddrs, rowTCP} // which only assembly uses

// wideLen is how far into a frame plainEights looks: as if each had a tag and IPv6.
const wideLen = plainLen + vlanLen + ipv6Len - ipv4MinLen

// lanes are what plainEights compares and combines words with, each eight times: as they stand in memory where the names say so.
type lanes struct {
	reach     [8]uint32 // how far into a frame plainEights looks
	least     [8]uint32 // captured bytes of a plain frame
	least6    [8]uint32 // of one in IPv6
	vlan      [8]uint32 // in memory: EtherType of a tag
	tag       [8]uint32 // length of one
	etherType [8]uint32 // in memory: the bits of rowLink's first word that are the EtherType
	ipv4      [8]uint32 // in memory: its value for IPv4
	ipv6      [8]uint32 // in memory: and for IPv6
	first     [8]uint32 // in memory: of its second word, the first byte
	version   [8]uint32 // in memory: version and header length
	digits    [8]uint32 // in memory: of its first byte the upper half
	version6  [8]uint32 // in memory: version
	pieces    [8]uint32 // in memory: of its third word, more fragments and fragment offset
	protocol  [8]uint32 // in memory: of its fourth word, the protocol
	tcp, udp  [8]uint32 // in memory: its values

	swap     [8]uint32 // places of bytes in the other order
	lower    [8]uint32 // a word's lower half
	ethernet [8]uint32 // length of Ethernet's header
	ip       [8]uint32 // and of IPv4's
	ip6      [8]uint32 // and of IPv6's
	addrs6   [8]uint32 // where this one's addresses begin, in a frame
	later    [8]uint32 // how much longer this one is

	belowTCP, belowUDP, headerUDP [8]uint32 // one less than the least length, and the length, of headers

	digit                          [8]uint32 // of each byte the lower digit in base 16
	digit0, digit1, digit2, digit3 [8]uint32 // by digit of a port, the lowest first: the groups of ports of tunnels that have it there

	offset        [8]uint32 // in memory: of rowTCP's third word, the data offset in multiples of a quarter of a byte
	flags         [8]uint32 // in memory: the control bits, which are in their place in Headers.What
	opening       [8]uint32 // in memory: those that say something about a connection's beginning
	syn, synAck   [8]uint32 // in memory: their values
	asks, answers [8]uint32 // what they mean, as in Headers.What
	payload       [8]uint32
	isTCP, isUDP  [8]uint32
	isIPv6        [8]uint32 // what it has besides
}

var plainLanes = newLanes()

func newLanes() *lanes {
	each := func(v uint32) (w [8]uint32) {
		for i := range w {
			w[i] = v
		}
		return w
	}
	// memory is the word whose bytes are these, from the byte at on.
	memory := func(at Bits, from Bits, bytes ...byte) [8]uint32 {
		var b [4]byte
		copy(b[(at.First()-from.First())/8:], bytes)
		return each(binary.LittleEndian.Uint32(b[:]))
	}
	const linkEnd = ethType - 2*8<<8 // where rowLink begins in Ethernet's header
	w := &lanes{
		reach:     each(wideLen),
		least:     each(plainLen),
		least6:    each(plainLen + ipv6Len - ipv4MinLen),
		vlan:      memory(0, 0, typeVLAN>>8, typeVLAN&0xff),
		tag:       each(vlanLen),
		etherType: memory(ethType, linkEnd, 0xff, 0xff),
		ipv4:      memory(ethType, linkEnd, typeIPv4>>8, typeIPv4&0xff),
		ipv6:      memory(ethType, linkEnd, typeIPv6>>8, typeIPv6&0xff),
		digits:    memory(ipv6Version, 0, 0xf0),
		version6:  memory(ipv6Version, 0, 6<<4),
		first:     memory(ipv4Version, 0, 0xff),
		version:   memory(ipv4Version, 0, 4<<4|ipv4MinLen/4),
		pieces:    memory(ipv4RF, ipv4ID, 0x3f, 0xff),
		protocol:  memory(ipv4Protocol, ipv4TTL, 0xff),
		tcp:       memory(ipv4Protocol, ipv4TTL, protoTCP),
		udp:       memory(ipv4Protocol, ipv4TTL, protoUDP),

		lower:    each(math.MaxUint16),
		ethernet: each(EthernetLen),
		ip:       each(ipv4MinLen),
		ip6:      each(ipv6Len),
		addrs6:   each(uint32(plainAddrs6)),
		later:    each(ipv6Len - ipv4MinLen),

		belowTCP:  each(TCPMinLen - 1),
		belowUDP:  each(udpLen - 1),
		headerUDP: each(udpLen),

		digit: each(0x0f0f0f0f),

		offset:  memory(tcpOffset, tcpOffset, 0xf0),
		flags:   memory(tcpFlags, tcpOffset, 0xff),
		opening: memory(tcpFlags, tcpOffset, FlagSYN|FlagACK|FlagRST),
		syn:     memory(tcpFlags, tcpOffset, FlagSYN),
		synAck:  memory(tcpFlags, tcpOffset, FlagSYN|FlagACK),
		asks:    each(uint32(OpensAsk) << WhatOpens),
		answers: each(uint32(OpensAnswer) << WhatOpens),
		payload: each(1 << WhatPayload),
		isTCP:   each(uint32(ProtoTCP) | 4<<WhatVersion),
		isUDP:   each(uint32(ProtoUDP) | 4<<WhatVersion),
		isIPv6:  each((6 - 4) << WhatVersion),
	}
	for i := range w.swap {
		w.swap[i] = 0x00010203 + 0x04040404*uint32(i%4)
	}
	n := 0
	for _, port := range tunnelPorts {
		if !isTunnel(port) {
			continue
		}
		group := uint32(1) << (n % 8)
		n++
		for digit, table := range []*[8]uint32{&w.digit0, &w.digit1, &w.digit2, &w.digit3} {
			d := port >> (4 * digit) & 0xf
			for half := uint16(0); half < 8; half += 4 {
				table[half+d/4] |= group << (8 * (d % 4))
			}
		}
	}
	return w
}

// eights looks at n frames, eight at a time, and gives a bit for each that is found to be plain. Of the others it says that they are not, even if they are: one that ends where
// data does, or that has a port which may be a tunnel's. data has wideLen bytes at least.
func (found *Headers) eights(data []byte, n int, at, caplen *[RunLen]uint32) (plain uint64) {
	eights := (n + 7) / 8
	if eights == 0 {
		return 0
	}
	last := uint32(min(len(data)-wideLen, math.MaxUint32-wideLen))
	return plainEights(&data[0], last, eights, at, caplen, found, plainLanes)
}

// plainEights is Headers.eights for so many of them. last is the last byte of data from where on it has wideLen bytes. Only as many bits mean something as there were frames.
//
//go:noescape
func plainEights(data *byte, last uint32, eights int, at, caplen *[RunLen]uint32, found *Headers, w *lanes) (plain uint64)
