package pcapfile

import (
	"encoding/binary"
	"math/bits"
)

// order is a file's byte order, false for little-endian. The compiler inlines its methods, which it
// cannot do for binary.ByteOrder in an interface. They are called several times per record.
type order bool

const (
	littleEndian order = false
	bigEndian    order = true
)

func (o order) u16(b []byte) uint16 {
	if v := binary.LittleEndian.Uint16(b); o == littleEndian {
		return v
	} else {
		return bits.ReverseBytes16(v)
	}
}

func (o order) u32(b []byte) uint32 {
	if v := binary.LittleEndian.Uint32(b); o == littleEndian {
		return v
	} else {
		return bits.ReverseBytes32(v)
	}
}

func (o order) u64(b []byte) uint64 {
	if v := binary.LittleEndian.Uint64(b); o == littleEndian {
		return v
	} else {
		return bits.ReverseBytes64(v)
	}
}
