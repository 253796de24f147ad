package flow

import (
	"time"

	"golang.org/x/sys/unix"
)

// What is asked of the kernel here is a wish. An error means that it can't: then whoever is first to use the memory waits for it. No advice changes a byte of it.

// populate has the kernel back bytes with memory, as if somebody wrote to them (Linux 5.14).
func populate(bytes []byte) { _ = unix.Madvise(bytes, unix.MADV_POPULATE_WRITE) }

// populateHuge does it with huge pages, where Linux has some.
func populateHuge(bytes []byte) {
	_ = unix.Madvise(bytes, unix.MADV_HUGEPAGE)
	populate(bytes)
}

// lookedAt tells the kernel that all bytes are read soon: what nobody has written to yet is given at once, instead of a page at a time when each is met.
func lookedAt(bytes []byte) { _ = unix.Madvise(bytes, unix.MADV_POPULATE_READ) }

// threadTime is how much processor time the thread took so far, 0 where the kernel does not say.
func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
