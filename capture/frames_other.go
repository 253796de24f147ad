//go:build !amd64 || purego

package capture

import (
	"encoding/binary"
	"math"
	"time"
)

// little takes records in little-endian order whose headers have the usual length, the first of which begins at a byte of data, and gives how many these are and
// where the next one begins. It calls nothing, and has no more in hand than the processor has registers.
func (f *Frames) little(data []byte, first, max int, limit uint32, unit int64, touched *uint64) (n, next int) {
	at, sum := uint(first), uint64(0)
	for n < max && n < FramesLen {
		h, read := window(data, at)
		if h == nil {
			break
		}
		sum += read
		end := f.set(n, (*[pcapRecordLen]byte)(h[:]), at, limit, unit)
		if end > uint(len(data)) {
			break
		}
		at = end
		n++
	}
	*touched += sum
	for n < max && n < FramesLen {
		end := at + pcapRecordLen
		if end > uint(len(data)) {
			break
		}
		if end = f.set(n, (*[pcapRecordLen]byte)(data[at:end]), at, limit, unit); end > uint(len(data)) {
			break
		}
		at = end
		n++
	}
	return n, int(at)
}

// set sets what a record header at byte at says of packet n, and gives where the record ends: nowhere where it is longer than the limit.
func (f *Frames) set(n int, h *[pcapRecordLen]byte, at uint, limit uint32, unit int64) (end uint) {
	caplen := binary.LittleEndian.Uint32(h[8:])
	f.At[n], f.Len[n], f.Wire[n] = uint32(at+pcapRecordLen), caplen, binary.LittleEndian.Uint32(h[12:])
	f.Nanos[n] = int64(binary.LittleEndian.Uint32(h[0:]))*int64(time.Second) + int64(binary.LittleEndian.Uint32(h[4:]))*unit
	if caplen > limit {
		return math.MaxUint
	}
	return at + pcapRecordLen + uint(caplen)
}
