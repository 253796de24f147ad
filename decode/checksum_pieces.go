package decode

import "math/bits"

// pieceLen is the length in bytes of the pieces of a frame whose sums are cached. It is even.
const pieceLen = 4 << 10

// pieceSums caches one's complement sums of a frame: element i is the sum of the first i pieces. In
// nested tunnels each header covers nearly the whole frame, but each piece is summed only once.
type pieceSums []uint64

// sumOf returns the one's complement sum of the frame's bytes [from, to), not folded, as onesSum
// does. It is 0 only if all these bytes are 0.
func (p *Packet) sumOf(from, to int) uint64 {
	first, last := (from+pieceLen-1)/pieceLen, to/pieceLen
	if last-first < 2 {
		return onesSum(0, p.Data[min(from, to):to])
	}
	if len(p.sums) == 0 {
		p.sums = append(p.sums, 0)
	}
	for n := len(p.sums); n <= last; n++ {
		p.sums = append(p.sums, onesSum(p.sums[n-1], p.Data[(n-1)*pieceLen:n*pieceLen]))
	}
	head := p.Data[from : first*pieceLen]
	rest := onesSum(p.sums[last]-p.sums[first], p.Data[last*pieceLen:to])
	if len(head)%2 != 0 { // the rest starts in the middle of a 16-bit word
		rest = uint64(bits.ReverseBytes16(fold(rest)))
	}
	return onesSum(0, head) + rest
}
