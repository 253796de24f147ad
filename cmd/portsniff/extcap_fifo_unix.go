//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// readerGone reports whether the reader has closed the fifo. A write would fail then, but on a
// quiet interface there is nothing to write.
func readerGone(fifo *os.File) (gone bool) {
	conn, err := fifo.SyscallConn()
	if err != nil {
		return true // the fifo is closed
	}
	if err := conn.Control(func(fd uintptr) {
		list := []unix.PollFd{{Fd: int32(fd)}}
		n, err := unix.Poll(list, 0)
		gone = err == nil && n > 0 && list[0].Revents&unix.POLLERR != 0
	}); err != nil {
		return true
	}
	return gone
}
