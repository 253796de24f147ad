package flow

import "unsafe"

const (
	chunkBits = 16
	chunkLen  = 1 << chunkBits
)

// Chunks are an array that grows by one chunk, without moving or leaving anything. T has no
// pointers.
type chunks[T any] struct{ list []*[chunkLen]T }

// at returns an element that there is room for.
func (c *chunks[T]) at(i uint32) *T { return &c.list[i>>chunkBits][i%chunkLen] }

// grow makes room for element n, if there is none yet.
func (c *chunks[T]) grow(n int) {
	if n == len(c.list)<<chunkBits {
		c.list = append(c.list, (*[chunkLen]T)(hugeSlice[T](chunkLen)))
	}
}

// hugeSlice makes a slice and asks the kernel for huge pages: looking up flows among millions takes
// less time with them. T has no pointers.
func hugeSlice[T any](n int) []T {
	s := make([]T, n)
	adviseHuge(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))),
		n*int(unsafe.Sizeof(s[0]))))
	return s
}
