package flow

import (
	"syscall"
	"unsafe"
)

// hugePage is the size of a huge page on most machines, in bytes.
const hugePage = 2 << 20

// adviseHuge asks Linux to back a slice's memory with huge pages (madvise(2), MADV_HUGEPAGE), where it has any that are whole in it: a table is read all over
// the place, and with small pages the processor spends more time on finding out where they are than on reading. It is a wish: an error means that
// the kernel has no huge pages, and the memory stays as it is.
func adviseHuge[T any](s []T) {
	var one T
	from := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	to := from + uintptr(len(s))*unsafe.Sizeof(one)
	first, last := (from+hugePage-1)&^(hugePage-1), to&^(hugePage-1)
	if first >= last {
		return
	}
	// The slice lives as long as this call, and the advice changes no byte of it.
	inside := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), to-from)[first-from : last-from]
	_ = syscall.Madvise(inside, syscall.MADV_HUGEPAGE)
}
