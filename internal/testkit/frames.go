package testkit

import "encoding/binary"

// FatFrame returns an Ethernet frame of 17 nested IPv4 headers, each with 40 bytes of options,
// around a UDP datagram: few bytes with very many fields.
func FatFrame(from, to uint16) []byte {
	const headers, headerLen, udpLen = 17, 60, 8
	f := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0}
	for left := headers; left > 0; left-- {
		h := make([]byte, headerLen)
		for i := range h {
			h[i] = 1 // the options are all "no operation"
		}
		protocol := byte(4) // another IPv4 header
		if left == 1 {
			protocol = 17
		}
		copy(h, []byte{0x4f, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2})
		binary.BigEndian.PutUint16(h[2:], uint16(left*headerLen+udpLen))
		f = append(f, h...)
	}
	f = binary.BigEndian.AppendUint16(f, from)
	f = binary.BigEndian.AppendUint16(f, to)
	return append(f, 0, udpLen, 0, 0)
}
