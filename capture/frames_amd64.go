//go:build !purego

package capture

import "time"

// second is one, in nanoseconds.
const second = int64(time.Second)

var _ = second // which only assembly uses

// little takes records in little-endian order whose headers have the usual length, at most max, the first of which begins at a byte of data, and gives how many these are and
// where the next one begins: one that is not there as a whole, or longer than the limit. A unit of time is so many nanoseconds.
func (f *Frames) little(data []byte, first, max int, limit uint32, unit int64, _ *uint64) (n, next int) {
	if len(data) == 0 {
		return 0, first
	}
	n, end := recordsLittle(&data[0], uint(len(data)), uint(first), min(max, FramesLen), limit, unit, f)
	return n, int(end)
}

// recordsLittle is little for data of a size, from a byte on that lies within.
//
//go:noescape
func recordsLittle(data *byte, size, from uint, max int, limit uint32, unit int64, f *Frames) (n int, next uint)
