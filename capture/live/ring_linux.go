package live

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// firstSocket is the lowest descriptor of a capturing socket, if the limit of descriptors allows
// it. A sandbox forbids writing to that number even after the socket is closed. A high number is
// unlikely to be reused soon.
const firstSocket = 512

const (
	// ringBlock is the size of the ring's blocks in bytes, if the buffer is large enough for
	// several. A frame of 64 KiB, which receive offload can make of many frames, fits into one. A
	// longer frame is cut. Smaller blocks tolerate longer pauses of the program. The kernel starts
	// another block after ringRetire, even if the last one is nearly empty. So slow traffic uses
	// up the number of blocks, not their size.
	ringBlock = 128 << 10
	// ringBlocks is the minimum number of blocks of a ring, so that the kernel fills one while
	// another is read.
	ringBlocks = 4
	// ringBlockMin is the minimum size of a block for a small buffer, in bytes.
	ringBlockMin = 64 << 10
	// ringFrame only satisfies the kernel's check: frames in TPACKET_V3 blocks have variable
	// length.
	ringFrame = 2048
	// ringRetire is the time in milliseconds after which the kernel hands over an incomplete block.
	// It is the longest delay of a line of output.
	ringRetire = 20
)

// A ring is a memory-mapped TPACKET_V3 receive ring (packet_mmap.rst in the kernel's
// documentation). The kernel fills blocks of frames. One word of a block's header hands it over and
// gives it back.
type ring struct {
	device Device
	opt    Options
	header bool // frames include their link header; else cook adds a cooked one

	program []bpf.RawInstruction // the kernel's program for each frame, empty for none

	fd, wake int
	memory   []byte
	size     int // bytes of a block

	block  int // index of the current or next block
	frames int // unread frames of this block
	at     int // offset of the next frame from the start of the block, in bytes
	held   bool
	given  uint64
	pause  time.Duration
	link   *linkWatch // nil for AnyInterface, and for all rings of a group but the first
	down   time.Time  // when the interface last went down
	// the final error if the interface no longer exists; it is returned after all earlier frames
	gone error
	err  error

	reading  sync.Mutex // held by Next, and by Close while it frees the memory
	ending   sync.Mutex // held while other methods than Next use or close the descriptors
	closed   atomic.Bool
	began    time.Time    // start of stopped's count; unlike the wall clock it cannot be set
	stopped  atomic.Int64 // when it was stopped, in nanoseconds after began; 0 if it was not
	counters counters

	packetReader
}

var _ Capture = (*ring)(nil)

// openRing opens a socket that receives no frames, prepares it, and binds it last. A socket opened
// with a protocol receives frames of all interfaces immediately. first is the kernel's first
// program, in place of r.program; nil means r.program.
func openRing(d Device, opt Options, first []bpf.RawInstruction) (_ *ring, err error) {
	r := &ring{device: d, opt: opt, fd: -1, wake: -1, began: time.Now()}
	r.packetReader = readerOf(r)
	kind := unix.SOCK_DGRAM
	if d.Name != AnyInterface {
		if r.header = d.Link != linktype.SLL2; r.header {
			kind = unix.SOCK_RAW
		}
	}
	if r.fd, err = unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC, 0); err != nil {
		return nil, socketError(d.Name, err)
	}
	if high, err := unix.FcntlInt(uintptr(r.fd), unix.F_DUPFD_CLOEXEC, firstSocket); err == nil {
		if err := unix.Close(r.fd); err != nil {
			return nil, os.NewSyscallError("close", err)
		}
		r.fd = high
	}
	for _, step := range []struct {
		op string
		do func() error
	}{
		{"filter", func() error { return r.filter(first) }},
		{"map a buffer", r.mapBlocks},
		{"read the counters of", r.count},
		{"watch", r.watch},
		{"listen on", r.bind},
	} {
		if err := step.do(); err != nil {
			r.free()
			var live *Error
			if errors.As(err, &live) || step.op == "filter" {
				return nil, err
			}
			return nil, &Error{d.Name, step.op + " the interface", err, ""}
		}
	}
	return r, nil
}

func (r *ring) filter(first []bpf.RawInstruction) error {
	loopback := 0
	if r.device.Index == 0 {
		all, err := systemDevices()
		if err != nil {
			return err
		}
		for _, d := range all {
			if d.Loopback {
				loopback = d.Index
			}
		}
	}
	var err error
	if r.program, err = socketProgram(r.device, loopback, &r.opt); err != nil {
		return err
	}
	if first == nil {
		first = r.program
	}
	if len(first) == 0 {
		return nil
	}
	if err := attach(r.fd, first); err != nil {
		return &Error{r.device.Name, "give the kernel the filter", err, ""}
	}
	return nil
}

// mapBlocks creates and maps the ring's blocks.
func (r *ring) mapBlocks() error {
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_VERSION,
		unix.TPACKET_V3); err != nil {
		return os.NewSyscallError("PACKET_VERSION", err)
	}
	size, blocks := blocksFor(r.opt.buffer())
	req := unix.TpacketReq3{Block_size: uint32(size), Block_nr: uint32(blocks),
		Frame_size: ringFrame, Frame_nr: uint32(size / ringFrame * blocks),
		Retire_blk_tov: ringRetire}
	if err := unix.SetsockoptTpacketReq3(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING,
		&req); err != nil {
		return os.NewSyscallError("PACKET_RX_RING", err)
	}
	memory, err := unix.Mmap(r.fd, 0, size*blocks, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	r.memory, r.size = memory, size
	return nil
}

// blocksFor divides a buffer of the given size in bytes into blocks. Their size is a power of two.
func blocksFor(buffer int) (size, blocks int) {
	size = ringBlock
	for size > ringBlockMin && buffer/size < ringBlocks {
		size /= 2
	}
	return size, max(buffer/size, 2)
}

func (r *ring) count() error { return r.counters.open(r.fd, r.device) }

func (r *ring) watch() (err error) {
	r.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return os.NewSyscallError("eventfd", err)
}

func (r *ring) bind() error {
	if r.device.Index != 0 && !r.opt.NoPromisc {
		mreq := unix.PacketMreq{Ifindex: int32(r.device.Index), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(r.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
			&mreq); err != nil {
			return os.NewSyscallError("PACKET_ADD_MEMBERSHIP", err)
		}
	}
	return os.NewSyscallError("bind", unix.Bind(r.fd,
		&unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: r.device.Index}))
}

func (r *ring) Interface() capture.Interface {
	return capture.Interface{Name: r.device.Name, Filter: r.opt.FilterText,
		Hardware: r.device.Hardware.String(), Link: r.device.Link,
		SnapLen: uint32(r.opt.snapLen()), Resolution: capture.Nanoseconds, FCSLen: -1}
}

func (r *ring) MTU() int { return r.device.MTU }

// Next fills p with the next frame. See Capture.
func (r *ring) Next(p *capture.Packet) error {
	r.reading.Lock()
	defer r.reading.Unlock()
	for r.err == nil {
		if r.err = r.linkNews(); r.err != nil {
			break
		}
		switch {
		case r.closed.Load():
			r.err = os.ErrClosed
		case r.frames > 0:
			if r.err = r.frame(p); r.err == nil {
				return nil
			}
		default:
			r.release()
			if r.take() {
				r.pause = 0
				continue
			}
			if err := r.wait(); err == capture.ErrIdle {
				return err
			} else if err != nil {
				r.err = err
			}
		}
	}
	return r.err
}

// descriptor returns the header of the current block.
func (r *ring) descriptor() *unix.TpacketHdrV1 {
	const version = 8 // bytes before the header: version and offset to private data
	return (*unix.TpacketHdrV1)(unsafe.Pointer(&r.memory[r.block*r.size+version]))
}

// take starts reading a block, if the kernel has handed it over.
func (r *ring) take() bool {
	h := r.descriptor()
	if atomic.LoadUint32(&h.Block_status)&unix.TP_STATUS_USER == 0 {
		return false
	}
	r.held, r.frames, r.at = true, int(h.Num_pkts), int(h.Offset_to_first_pkt)
	r.counters.now(false)
	return true
}

// release gives the block back to the kernel.
func (r *ring) release() {
	if !r.held {
		return
	}
	atomic.StoreUint32(&r.descriptor().Block_status, unix.TP_STATUS_KERNEL)
	r.held = false
	r.block = (r.block + 1) % (len(r.memory) / r.size)
}
