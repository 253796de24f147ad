package flow

import "golang.org/x/sys/unix"

// hugePage is the size of a huge page on most machines, in bytes.
const hugePage = 2 << 20

// adviseHuge requests huge pages from the kernel. It ignores errors: without huge pages only speed
// differs.
func adviseHuge(bytes []byte) {
	if len(bytes) >= hugePage { // large slices begin at a page boundary
		_ = unix.Madvise(bytes, unix.MADV_HUGEPAGE)
	}
}
