package live

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// bpfAlign is BPF_ALIGNMENT: the size of a long.
const bpfAlign = int(unsafe.Sizeof(uintptr(0)))

// setDirection sets BPF_D_IN, BPF_D_INOUT or BPF_D_OUT of net/bpf.h.
func setDirection(fd int, d Direction) error {
	word := map[Direction]uint32{Inbound: 0, Both: 1, Outbound: 2}[d]
	return ioctl(fd, unix.BIOCSDIRECTION, unsafe.Pointer(&word))
}
