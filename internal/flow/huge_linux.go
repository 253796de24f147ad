package flow

import "golang.org/x/sys/unix"

// adviseHuge asks the kernel for huge pages. An error means that it has none, which changes nothing
// but speed.
func adviseHuge(bytes []byte) { _ = unix.Madvise(bytes, unix.MADV_HUGEPAGE) }
