package flow

import "unsafe"

const (
	pieceBits = 17
	pieceLen  = 1 << pieceBits
)

// Pieces are an array that grows by one of them, without moving or leaving anything.
type pieces[T any] struct {
	list  []*[pieceLen]T
	ready int // how many elements have memory
}

// at is an element that there is room for.
func (p *pieces[T]) at(i uint32) *T { return &p.list[i>>pieceBits][i%pieceLen] }

// room makes room for another element behind n.
func (p *pieces[T]) room(n int, pages *pages) {
	if n < p.ready {
		return
	}
	p.grow(n)
	rest := bytesOf(p.list[n>>pieceBits][n%pieceLen:])
	size := len(rest) / (pieceLen - n%pieceLen)
	p.ready = n + pages.back(rest, n*size < hugePage)/size
}

// grow adds a piece where n elements fill all there are.
func (p *pieces[T]) grow(n int) {
	if n == len(p.list)<<pieceBits {
		p.list = append(p.list, (*[pieceLen]T)(aligned[T](pieceLen)))
	}
}

// perPage is how many elements a huge page holds.
func (p *pieces[T]) perPage() int {
	var one T
	return hugePage / int(unsafe.Sizeof(one))
}
