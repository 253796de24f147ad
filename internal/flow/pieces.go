package flow

import (
	"unsafe"
)

const (
	pieceBits = 17
	pieceLen  = 1 << pieceBits
	hugePage  = 2 << 20 // size of a huge page on most machines, in bytes
)

// Pieces are an array that grows by one of them, without moving or leaving anything.
type pieces[T any] struct{ list []*[pieceLen]T }

// at is an element that there is room for.
func (p *pieces[T]) at(i uint32) *T { return &p.list[i>>pieceBits][i%pieceLen] }

// room makes room for another element behind n.
func (p *pieces[T]) room(n int) {
	if n == len(p.list)<<pieceBits {
		p.list = append(p.list, (*[pieceLen]T)(aligned[T](pieceLen)))
	}
}

// aligned makes a slice of n elements. If it fills a huge page, it begins where one does, and the
// kernel is asked for huge pages: an index of a million flows takes a tenth less time with them. What
// is in front of that and behind is never touched and costs no memory. T has a power of two as its
// size, and no pointers.
func aligned[T any](n int) []T {
	var one T
	size := int(unsafe.Sizeof(one))
	if n*size < hugePage {
		return make([]T, n)
	}
	s := make([]T, n+hugePage/size)
	from := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	skip := int((from+hugePage-1)&^(hugePage-1)-from) / size
	s = s[skip : skip+n : skip+n]
	adviseHuge(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), n*size))
	return s
}
