package flow

import "unsafe"

const (
	chunkBits = 16
	chunkLen  = 1 << chunkBits
)

// chunks is an array that grows by one chunk at a time and never moves its elements. T must not
// contain pointers.
type chunks[T any] struct{ list []*[chunkLen]T }

// at returns a pointer to element i, which must be allocated.
func (c *chunks[T]) at(i uint32) *T { return &c.list[i>>chunkBits][i%chunkLen] }

// grow allocates a chunk for element n if n is the first element beyond the allocated chunks.
func (c *chunks[T]) grow(n int) {
	if n == len(c.list)<<chunkBits {
		c.list = append(c.list, (*[chunkLen]T)(hugeSlice[T](chunkLen)))
	}
}

// hugeSlice returns a slice of n elements and requests huge pages from the kernel. They make
// lookups among millions of flows faster. T must not contain pointers.
func hugeSlice[T any](n int) []T {
	s := make([]T, n)
	adviseHuge(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))),
		n*int(unsafe.Sizeof(s[0]))))
	return s
}
