package live

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// bpfAlign is BPF_ALIGNMENT: macOS aligns to 32-bit words on every machine.
const bpfAlign = 4

// setDirection can exclude frames that this host sends. It cannot exclude received frames.
func setDirection(fd int, d Direction) error {
	seen := uint32(1)
	switch d {
	case Outbound:
		return ErrUnsupported
	case Inbound:
		seen = 0
	}
	return ioctl(fd, unix.BIOCSSEESENT, unsafe.Pointer(&seen))
}
