package main

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	burst = 64   // frames per system call
	flows = 1024 // different source ports

	// renewEvery is the number of rounds over all flows between new addresses. At 100,000 frames a
	// second, this starts about 1600 new flows a second.
	renewEvery = 64
)

// A load is what is sent on v0: rate frames a second for the time length, as many as possible if
// rate is 0. If renew is not 0, the flows get a new source address after renew rounds. With
// scatter, they get random addresses and ports instead.
type load struct {
	rate    int
	length  time.Duration
	renew   int
	scatter bool
}

// mmsghdr is the kernel's struct mmsghdr.
type mmsghdr struct {
	header unix.Msghdr
	sent   uint32
	_      [4]byte
}

// send sends the load and returns the number of frames.
func (l load) send() (sent int64, err error) {
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
	frames, vectors, messages := make([][]byte, flows), make([]unix.Iovec, flows),
		make([]mmsghdr, flows)
	for i := range frames {
		frames[i] = frame(uint16(40000 + i))
		vectors[i].Base = &frames[i][0]
		vectors[i].SetLen(len(frames[i]))
		messages[i].header.Iov = &vectors[i]
		messages[i].header.SetIovlen(1)
	}
	began := time.Now()
	for at, rounds := 0, 0; ; at = (at + burst) % flows {
		if at == 0 {
			rounds++
			l.change(frames, rounds)
		}
		passed := time.Since(began)
		if passed >= l.length {
			return sent, nil
		}
		if due := time.Duration(float64(sent) / float64(max(l.rate,
			1)) * float64(time.Second)); l.rate > 0 && due > passed {
			time.Sleep(due - passed)
			continue
		}
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd),
			uintptr(unsafe.Pointer(&messages[at])), burst, 0, 0, 0)
		if errno != 0 && errno != unix.ENOBUFS && errno != unix.EAGAIN && errno != unix.EINTR {
			return sent, errno
		}
		if errno == 0 {
			sent += int64(n)
		}
	}
}

// change sets the next source address in all frames if it is time.
func (l load) change(frames [][]byte, rounds int) {
	const address = 14 + 12 // the IPv4 source address, after Ethernet (RFC 791 section 3.1)
	if l.renew == 0 || rounds%l.renew != 0 {
		return
	}
	for _, f := range frames {
		binary.BigEndian.PutUint16(f[address+2:], uint16(rounds/l.renew))
		if l.scatter {
			binary.BigEndian.PutUint64(f[address:], rand.Uint64())
			binary.BigEndian.PutUint32(f[address+8:], rand.Uint32()) // the UDP ports (RFC 768)
		}
	}
}

// frame returns a frame of 60 bytes, 64 with the frame check sequence: Ethernet, IPv4, UDP to port
// 53.
func frame(port uint16) []byte {
	b := make([]byte, 60)
	copy(b, []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0,
		0, 192, 0, 2, 1, 198, 51, 100, 7})
	binary.BigEndian.PutUint16(b[34:], port)
	binary.BigEndian.PutUint16(b[36:], 53)
	binary.BigEndian.PutUint16(b[38:], 26)
	return b
}
