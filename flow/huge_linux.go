package flow

import (
	"syscall"
	"unsafe"
)

// hugePage is the size of a huge page on most machines, in bytes.
const hugePage = 2 << 20

// makeHuge makes a slice of n elements, backed with huge pages where Linux has some (madvise(2), MADV_HUGEPAGE): a table is read all over the place, and with
// small pages the processor spends more time on finding out where they are than on reading. It begins and ends where a huge page does, if it fills any: what is made
// for that in front of it and behind is never touched and costs no memory. It is a wish: an error means that the kernel has no huge pages, and the memory
// stays as it is. T has a power of two as its size, and no pointers.
func makeHuge[T any](n int) []T {
	var one T
	size := int(unsafe.Sizeof(one))
	if n*size < hugePage {
		return make([]T, n)
	}
	s := make([]T, n+hugePage/size)
	from := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	skip := int((from+hugePage-1)&^(hugePage-1)-from) / size
	s = s[skip : skip+n : skip+n]
	// The slice lives as long as this call, and the advice changes no byte of it.
	inside := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), n*size&^(hugePage-1))
	_ = syscall.Madvise(inside, syscall.MADV_HUGEPAGE)
	return s
}

// populateRead and populateWrite are MADV_POPULATE_READ and MADV_POPULATE_WRITE of madvise(2), which Linux has since 5.14.
const (
	populateRead  = 22
	populateWrite = 23
)

// lookedAt tells the kernel that all bytes are read soon: what nobody has written to yet is given at once, instead of a page at a time when each is met. It is a wish, too.
func lookedAt(bytes []byte) { _ = syscall.Madvise(bytes, populateRead) }

// populate has the kernel back bytes with memory, as if somebody wrote to them. An error means that it can't, and whoever is first to write waits for it.
func populate(bytes []byte) { _ = syscall.Madvise(bytes, populateWrite) }
