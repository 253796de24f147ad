package flow

import "golang.org/x/sys/unix"

// hugePage is the size of a huge page on most machines, in bytes.
const hugePage = 2 << 20

// adviseHuge asks the kernel for huge pages. An error means that it has none, which changes nothing
// but speed.
func adviseHuge(bytes []byte) {
	if len(bytes) >= hugePage { // large slices begin where a page does
		_ = unix.Madvise(bytes, unix.MADV_HUGEPAGE)
	}
}
