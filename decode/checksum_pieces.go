package decode

import "math/bits"

// pieceLen is how long the pieces of a frame are whose sums are kept, in bytes. It is even.
const pieceLen = 4 << 10

// pieceSums holds one's complement sums of a frame: element i is that of the first i pieces. The
// headers of a tunnel in a tunnel each cover nearly the whole frame, which is summed only once.
type pieceSums []uint64

// sumOf is the one's complement sum of the frame's bytes from one on and up to another, as onesSum
// gives it, not folded: it is 0 if all of them are.
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
	if len(head)%2 != 0 { // what follows is the other half of each word
		rest = uint64(bits.ReverseBytes16(fold(rest)))
	}
	return onesSum(0, head) + rest
}
