package decode

import "encoding/binary"

// Bits is the position and the width of a field in its header, as first<<8 | width. The upper 24
// bits hold the field's first bit, counted from 0 at the most significant bit of the header. The
// lower eight bits hold the width in bits.
type Bits uint32

// First is the field's first bit, counted from the start of the header.
func (b Bits) First() int { return int(b >> 8) }

// Width is the field's width in bits.
func (b Bits) Width() int { return int(b & 0xff) }

// Word reads a field that lies within one aligned 32-bit word. The header must hold that whole
// word.
func (b Bits) Word(h []byte) uint32 {
	w := binary.BigEndian.Uint32(h[b>>8/32*4:])
	return w << (b >> 8 % 32) >> (32 - b&0xff)
}

// U8 reads a field that is one whole byte.
func (b Bits) U8(h []byte) uint8 { return h[b>>8/8] }

// U16 reads a field that is two whole bytes.
func (b Bits) U16(h []byte) uint16 { return binary.BigEndian.Uint16(h[b>>8/8:]) }

// U32 reads a field that is four whole bytes.
func (b Bits) U32(h []byte) uint32 { return binary.BigEndian.Uint32(h[b>>8/8:]) }

// Bytes returns the part of the header with the field, which must consist of whole bytes.
func (b Bits) Bytes(h []byte) []byte { return h[b>>8/8 : b>>8/8+b&0xff/8] }

// Uint reads a field of at most 64 bits anywhere in h. It reports false if the field is wider or
// extends past the end of h.
func (b Bits) Uint(h []byte) (uint64, bool) { return readBits(h, b.First(), b.Width()) }

// readBits reads width bits of h from bit first on, most significant bit first.
func readBits(h []byte, first, width int) (uint64, bool) {
	if width > 64 || width < 0 || first < 0 || first+width > 8*len(h) {
		return 0, false
	}
	var v uint64
	for width > 0 {
		left := 8 - first%8
		n := min(left, width)
		v = v<<n | uint64(h[first/8]>>(left-n))&(1<<n-1)
		first += n
		width -= n
	}
	return v, true
}
