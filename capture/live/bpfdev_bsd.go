//go:build darwin || freebsd

package live

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// bpfDevices is the number of devices that are tried on systems without a cloning device.
const bpfDevices = 256

// A bpfDevice captures through /dev/bpf, bpf(4).
type bpfDevice struct {
	device Device
	opt    Options
	layout bpfLayout
	fd     int
	buf    []byte
	rest   []byte // of buf
	given  int64
	err    error

	mu      sync.Mutex // held by Next, and by Close while it frees the resources
	closed  atomic.Bool
	stopped atomic.Bool
	counts  bpfCounts

	packetReader
}

// bpfCounts adds up the kernel's 32-bit counters in 64 bits.
type bpfCounts struct {
	mu         sync.Mutex
	fd         int
	recv, drop uint32
	stats      Stats
	closed     bool
}

var _ Capture = (*bpfDevice)(nil)

// ifreq is struct ifreq.
type ifreq struct {
	name [unix.IFNAMSIZ]byte
	_    [16]byte
}

// ioctl reads or changes a setting of the device.
func ioctl(fd int, request uint, arg unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request),
		uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}

// openBPF opens an unused device.
func openBPF() (int, error) {
	fd, err := unix.Open("/dev/bpf", unix.O_RDWR|unix.O_CLOEXEC, 0) // FreeBSD clones this device
	for i := 0; i < bpfDevices && (errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EBUSY)); i++ {
		fd, err = unix.Open(fmt.Sprintf("/dev/bpf%d", i), unix.O_RDWR|unix.O_CLOEXEC, 0)
	}
	return fd, err
}

// bpfError adds a hint if the permission to open /dev/bpf is missing.
func bpfError(name string, err error) error {
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		return &Error{name, "open /dev/bpf", ErrDenied,
			"run it with sudo, or let a group read and write /dev/bpf*"}
	}
	return &Error{name, "open /dev/bpf", err, ""}
}

// Devices lists the interfaces that frames can be captured on.
func Devices() ([]Device, error) {
	devices, err := systemDevices()
	if err != nil {
		return nil, err
	}
	var denied error
	fd, err := openBPF()
	if err != nil {
		denied = bpfError("", err)
	} else if err := unix.Close(fd); err != nil {
		return nil, err
	}
	for i := range devices {
		devices[i].Link, devices[i].Err = linkOf(devices[i]), denied
	}
	return devices, nil
}

// linkOf guesses the link type for the list, because only an open device knows it. Interfaces
// without hardware address have the header of DLT_NULL.
func linkOf(d Device) linktype.Type {
	if len(d.Hardware) == 0 {
		return 0
	}
	return 1
}

// Open captures on an interface; FindDevice defines its names. The error is an *Error, or the
// error of the filter's compiler.
func Open(name string, opt Options) (Capture, error) {
	if err := opt.oneRing(name); err != nil {
		return nil, err
	}
	d, err := FindDevice(name)
	if err != nil {
		return nil, err
	}
	fd, err := openBPF()
	if err != nil {
		return nil, bpfError(d.Name, err)
	}
	b := &bpfDevice{device: d, opt: opt, fd: fd,
		layout: bpfLayout{word: int(unsafe.Sizeof(unix.BpfHdr{}.Tstamp)) / 2, align: bpfAlign}}
	b.packetReader = readerOf(b)
	b.counts.fd = fd
	if err := b.prepare(); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return b, nil
}

// prepare sets up a device. The kernel requires the buffer's size before the interface. The filter
// comes before the first read.
func (b *bpfDevice) prepare() error {
	size, on, link := uint32(b.opt.buffer()), uint32(1), uint32(0)
	var request ifreq
	copy(request.name[:len(request.name)-1], b.device.Name)
	timeout := unix.NsecToTimeval(int64(idleAfter))
	for _, step := range []struct {
		op      string
		request uint
		arg     unsafe.Pointer
		skip    bool
	}{
		{"set the buffer of", unix.BIOCSBLEN, unsafe.Pointer(&size), false},
		{"listen on", unix.BIOCSETIF, unsafe.Pointer(&request), false},
		{"get frames at once from", unix.BIOCIMMEDIATE, unsafe.Pointer(&on), false},
		{"set the time to wait for", unix.BIOCSRTIMEOUT, unsafe.Pointer(&timeout), false},
		{"ask for the link type of", unix.BIOCGDLT, unsafe.Pointer(&link), false},
		{"put into promiscuous mode", unix.BIOCPROMISC, nil, b.opt.NoPromisc || b.device.Loopback},
	} {
		if step.skip {
			continue
		}
		if err := ioctl(b.fd, step.request, step.arg); err != nil {
			return &Error{b.device.Name, step.op + " the interface", err, ""}
		}
	}
	const dltRaw = 12
	b.device.Link = linktype.Type(link)
	if link == dltRaw {
		b.device.Link = linktype.Raw
	}
	if err := setDirection(b.fd, b.opt.Direction); err != nil {
		return &Error{b.device.Name, "choose the direction on the interface", err, ""}
	}
	program := AcceptAll(b.opt.snapLen())
	if b.opt.Filter != nil {
		var err error
		if program, err = b.opt.Filter(b.device.Link, b.opt.snapLen()); err != nil {
			return err
		}
	}
	if err := b.attach(unix.BIOCSETF, program); err != nil { // this discards earlier frames
		return err
	}
	// the kernel may grant less than requested, and requires reads of that size
	b.buf = make([]byte, size)
	return nil
}

func (b *bpfDevice) attach(request uint, program []bpf.RawInstruction) error {
	code := make([]unix.BpfInsn, len(program))
	for i, in := range program {
		code[i] = unix.BpfInsn{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	if err := ioctl(b.fd, request, unsafe.Pointer(&unix.BpfProgram{Len: uint32(len(code)),
		Insns: &code[0]})); err != nil {
		return &Error{b.device.Name, "give the kernel the filter", err, ""}
	}
	return nil
}

// Next fills p with the next frame. See Capture.
func (b *bpfDevice) Next(p *capture.Packet) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.err == nil && len(b.rest) == 0 {
		if err := b.read(); err == capture.ErrIdle {
			return err
		} else if err != nil {
			b.err = err
		}
	}
	if b.err != nil {
		return b.err
	}
	f, rest, err := b.layout.next(b.rest)
	if err != nil {
		b.err = &Error{b.device.Name, "read the buffer", err, ""}
		return b.err
	}
	b.rest = rest
	b.given++
	data := f.data[:min(len(f.data), b.opt.snapLen())]
	p.Timestamp, p.HasTime = f.at, true
	p.CaptureLength, p.Length, p.InterfaceIndex, p.Section = len(data), f.length, 0, 0
	p.Link, p.Data, p.File = b.device.Link, data, b.device.Name
	p.FCSLen, p.Flags, p.Comments = -1, 0, nil
	p.Number = b.given
	return nil
}

// read fills the buffer. The kernel ends a read without frames after idleAfter, so Stop and Close
// need not wake it.
func (b *bpfDevice) read() error {
	if b.closed.Load() {
		return os.ErrClosed
	}
	n, err := unix.Read(b.fd, b.buf)
	switch {
	case err == unix.EINTR || err == unix.EAGAIN:
		return nil
	case err == unix.ENXIO || err == unix.EIO:
		return &Error{b.device.Name, "read", ErrInterfaceGone, ""}
	case err != nil:
		return &Error{b.device.Name, "read", err, ""}
	case n == 0 && b.stopped.Load():
		return io.EOF
	case n == 0:
		return capture.ErrIdle
	}
	b.rest = b.buf[:n]
	return nil
}

// Batch returns 0: Next returns all frames.
func (b *bpfDevice) Batch([]capture.Record) int { return 0 }

// Interface describes the interface for a written file.
func (b *bpfDevice) Interface() capture.Interface {
	return capture.Interface{Name: b.device.Name, Filter: b.opt.FilterText,
		Hardware: b.device.Hardware.String(), Link: b.device.Link,
		SnapLen: uint32(b.opt.snapLen()), Resolution: capture.Microseconds, FCSLen: -1}
}

// MTU returns the length of the interface's longest packet, in bytes.
func (b *bpfDevice) MTU() int { return b.device.MTU }

// Stats returns the counts since the start. The system counts a frame as received before the filter
// runs.
func (b *bpfDevice) Stats() (Stats, error) {
	c := &b.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.stats, nil
	}
	var s unix.BpfStat
	if err := ioctl(c.fd, unix.BIOCGSTATS, unsafe.Pointer(&s)); err != nil {
		return c.stats, &Error{b.device.Name, "read the counters", err, ""}
	}
	c.stats.Received += uint64(s.Recv - c.recv) // also correct if they overflow
	c.stats.Dropped += uint64(s.Drop - c.drop)
	c.recv, c.drop = s.Recv, s.Drop
	return c.stats, nil
}

// Stop makes the kernel accept no more frames.
func (b *bpfDevice) Stop() error {
	b.counts.mu.Lock()
	defer b.counts.mu.Unlock()
	if b.counts.closed || b.stopped.Swap(true) {
		return nil
	}
	// this keeps captured frames, unlike BIOCSETF
	return b.attach(unix.BIOCSETFNR, []bpf.RawInstruction{{Op: bpfReturn}})
}

// Close makes a blocked Next return within idleAfter, and frees all resources.
func (b *bpfDevice) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts.mu.Lock()
	defer b.counts.mu.Unlock()
	b.counts.closed = true
	return unix.Close(b.fd)
}
