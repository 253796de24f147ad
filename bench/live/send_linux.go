package main

import (
	"encoding/binary"
	"net"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	burst = 64   // frames in a system call
	flows = 1024 // different source ports
)

// mmsghdr is struct mmsghdr.
type mmsghdr struct {
	header unix.Msghdr
	sent   uint32
	_      [4]byte
}

// send sends frames on v0 for a while, so many a second or as fast as it goes, and gives how many.
func send(rate int, length time.Duration) (sent int64, err error) {
	in, err := net.InterfaceByName("v0")
	if err != nil {
		return 0, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: in.Index}); err != nil {
		return 0, err
	}
	frames, vectors, messages := make([][]byte, flows), make([]unix.Iovec, flows), make([]mmsghdr, flows)
	for i := range frames {
		frames[i] = frame(uint16(40000 + i))
		vectors[i].Base = &frames[i][0]
		vectors[i].SetLen(len(frames[i]))
		messages[i].header.Iov = &vectors[i]
		messages[i].header.SetIovlen(1)
	}
	began := time.Now()
	for at := 0; ; at = (at + burst) % flows {
		passed := time.Since(began)
		if passed >= length {
			return sent, nil
		}
		if due := time.Duration(float64(sent) / float64(max(rate, 1)) * float64(time.Second)); rate > 0 && due > passed {
			time.Sleep(due - passed)
			continue
		}
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&messages[at])), burst, 0, 0, 0)
		if errno != 0 && errno != unix.ENOBUFS && errno != unix.EAGAIN && errno != unix.EINTR {
			return sent, errno
		}
		if errno == 0 {
			sent += int64(n)
		}
	}
}

// frame is 64 bytes with the check sequence that is not sent: Ethernet, IPv4, UDP to port 53.
func frame(port uint16) []byte {
	b := make([]byte, 60)
	copy(b, []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7})
	binary.BigEndian.PutUint16(b[34:], port)
	binary.BigEndian.PutUint16(b[36:], 53)
	binary.BigEndian.PutUint16(b[38:], 26)
	return b
}
