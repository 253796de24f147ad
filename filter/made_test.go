package filter_test

import (
	"encoding/binary"
	"slices"
)

// ethernet returns a frame: addresses, a type or length, and parts.
func ethernet(typ uint16, parts ...[]byte) frame {
	data := binary.BigEndian.AppendUint16([]byte(
		"\x01\x80\xc2\x00\x00\x14\x02\x00\x00\x00\x00\x07"), typ)
	for _, p := range parts {
		data = append(data, p...)
	}
	return frame{data, len(data)}
}

// ipv4 returns a header with a protocol, a flags and offset field, and a number of words of
// options.
func ipv4(proto byte, fragment uint16, options int) []byte {
	h := []byte{byte(0x45 + options), 0, 0, 80, 0, 1, byte(fragment >> 8), byte(fragment), 64,
		proto, 0, 0, 192, 0, 2, 10, 198, 51, 100, 7}
	return append(h, slices.Repeat([]byte{1}, 4*options)...)
}

// ipv6 returns a header with the next header.
func ipv6(next byte) []byte {
	return slices.Concat([]byte{0x60, 0, 0, 0, 0, 40, next, 64, 0x20, 1, 0xd, 0xb8},
		make([]byte, 11), []byte{0x10, 0xfe, 0x80}, make([]byte, 14))
}

// extension returns an IPv6 extension header of the given length in bytes, or an Authentication
// Header with the given length field.
func extension(next, length byte, bytes int) []byte {
	return append([]byte{next, length}, make([]byte, bytes-2)...)
}

// made returns Ethernet frames that no sample has: every control field of LLC, every bit of a
// fragment's offset, options of every length, and chains of IPv6 extension headers longer than
// eight bytes. It also has service access points that are protocols, alone and twice. It has all
// types of IS-IS, tags of every type, and complete frames that end anywhere.
func made() (list []frame) {
	ports := []byte{0, 80, 0, 53, 0, 16, 0, 0, 1, 2, 3, 4, 0x50, 0x12, 0, 0, 0, 0, 0, 0}
	for c := range 256 {
		list = append(list, ethernet(38, []byte{0x42, 0x43, byte(c), 0}, make([]byte, 34)))
	}
	for bit := range 16 {
		list = append(list, ethernet(0x0800, ipv4(6, 1<<bit, 0), ports),
			ethernet(0x0800, ipv4(17, 1<<bit, bit%11), ports))
	}
	for options := range 11 {
		list = append(list, ethernet(0x0800, ipv4(6, 0, options), ports),
			ethernet(0x0800, ipv4(51, 0, options), extension(6, 1, 12), ports))
	}
	for _, chain := range [][]byte{
		{0, 17}, {60, 6}, {43, 17}, {44, 6}, {0, 43, 17}, {0, 43, 60, 6}, {0, 44, 60, 17}, {0, 59},
		{60, 60, 60, 17}, {51, 17}, {0, 51, 6},
	} {
		for words := range byte(3) {
			packet := ipv6(chain[0])
			for i, h := range chain[:len(chain)-1] {
				next := chain[i+1]
				switch h {
				case 44:
					packet = append(packet, extension(next, 0, 8)...)
				case 51:
					packet = append(packet, extension(next, 4, 24)...)
				default:
					packet = append(packet, extension(next, words, 8*int(words)+8)...)
				}
			}
			list = append(list, ethernet(0x86dd, packet, ports))
		}
	}
	for typ := range byte(32) {
		list = append(list, ethernet(30, []byte{0xfe, 0xfe, 3, 0x83, 27, 1, 0, typ},
			make([]byte, 22)))
	}
	for _, saps := range []string{"\x06\x06", "\x06\x07", "\x06\x00", "\xe0\xe0", "\xe0\x00",
		"\xf0\xf0", "\xf0\xf1", "\xfe\xfe", "\xfe\xff", "\xff\xff"} {
		list = append(list, ethernet(30, []byte(saps), []byte{3}, make([]byte, 27)))
	}
	for _, nlpid := range []byte{0x81, 0x82} {
		list = append(list, ethernet(30, []byte{0xfe, 0xfe, 3, nlpid}, make([]byte, 26)))
	}
	for _, tag := range []string{"\x81\x00", "\x88\xa8", "\x91\x00", "\x92\x00"} {
		typ := binary.BigEndian.Uint16([]byte(tag))
		list = append(list, ethernet(typ, []byte("\x20\x05\x08\x00"), ipv4(17, 0, 0), ports),
			ethernet(typ, []byte("\x00\x0a"+tag+"\x00\x14\x86\xdd"), ipv6(17), ports))
	}
	for _, whole := range []frame{ethernet(0x0800, ipv4(6, 0, 1), ports),
		ethernet(0x0800, ipv4(17, 0, 0), ports[:8]), ethernet(0x86dd, ipv6(17), ports[:8]),
		ethernet(0x86dd, ipv6(44), extension(6, 0, 8), ports[:8]),
		ethernet(0x8100, []byte("\x00\x0a\x08\x00"), ipv4(17, 0, 0), ports[:8])} {
		for n := range whole.data {
			list = append(list, frame{whole.data[:n], n})
		}
	}
	return list
}
