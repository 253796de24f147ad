package sandbox_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/sandbox"
)

// A probe tries one use of a system call of one row of the table.
type probe struct {
	row   string // the row's role and its first call
	name  string
	allow bool
	try   func(e *env) error
}

// An env contains what a child opens before it enters the sandbox.
type env struct {
	folder   string
	parent   int
	read     int // ends of a pipe
	write    int
	packets  int // a capturing socket, 0 for none
	listener int
	netlink  int
}

func newEnv(folder string, capturing bool) (*env, error) {
	e := &env{folder: folder, parent: os.Getppid()}
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, err
	}
	e.read, e.write = ends[0], ends[1]
	var err error
	e.listener, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	local := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	if err := unix.Bind(e.listener, local); err != nil {
		return nil, err
	}
	if err := unix.Listen(e.listener, 1); err != nil {
		return nil, err
	}
	e.netlink, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	if err != nil || !capturing {
		return e, err
	}
	e.packets, err = capturesLoopback()
	return e, err
}

func capturesLoopback() (fd int, err error) {
	const everyProtocol = 0x0300 // ETH_P_ALL in network byte order
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return 0, err
	}
	if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, everyProtocol); err != nil {
		return 0, err
	}
	return fd, unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: everyProtocol, Ifindex: lo.Index})
}

// sendSignal tries to end another process of the same user. The kernel sends a signal to the owner
// of a pipe when data is available.
func (e *env) sendSignal(victim int) {
	_ = call("fcntl", e.read, unix.F_SETOWN, victim)
	_ = call("fcntl", e.read, unix.F_SETSIG, int(unix.SIGKILL))
	_ = call("fcntl", e.read, unix.F_SETFL, unix.O_ASYNC|unix.O_NONBLOCK)
	_ = call("write", e.write, pointer, 1)
}

// high is a bit that the kernel ignores in 32-bit arguments, but a filter sees.
const high = 1 << 32

// errNoCall reports a system call that the architecture does not have.
var errNoCall = errors.New("no such call")

// call makes a system call by name.
func call(name string, args ...int) error {
	number, ok := sandbox.Numbers()[name]
	if !ok {
		return errNoCall
	}
	var a [6]uintptr
	for i, v := range args {
		a[i] = uintptr(v)
	}
	result, _, e := unix.RawSyscall6(uintptr(number), a[0], a[1], a[2], a[3], a[4], a[5])
	forks := name == "clone" || name == "fork" || name == "vfork"
	switch {
	case forks && e == 0 && result == 0: // the child
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	case e != 0:
		return e
	}
	return nil
}

// word is memory for pointer arguments. It contains zeros and may be written.
var word [64]int

var pointer = int(uintptr(unsafe.Pointer(&word[0])))

// calls returns a call with arguments that need no descriptor.
func calls(name string, args ...int) func(*env) error {
	return func(*env) error { return call(name, args...) }
}

// to returns a call with a descriptor as its first argument.
func to(fd func(*env) int, name string, args ...int) func(*env) error {
	return func(e *env) error { return call(name, append([]int{fd(e)}, args...)...) }
}

func reader(e *env) int   { return e.read }
func writer(e *env) int   { return e.write }
func packets(e *env) int  { return e.packets }
func listener(e *env) int { return e.listener }
func netlink(e *env) int  { return e.netlink }

// newThreads makes the runtime start more threads than it can have in reserve. Each thread is
// locked to a goroutine and never reused.
func newThreads() error {
	started := make(chan struct{})
	for range 100 {
		go func() {
			runtime.LockOSThread()
			started <- struct{}{}
			select {}
		}()
	}
	for range 100 {
		<-started
	}
	return nil
}

// page returns writable memory.
func page() []byte {
	memory, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, anonymous)
	if err != nil {
		panic(err)
	}
	return memory
}

const anonymous = unix.MAP_ANON | unix.MAP_PRIVATE

// path is a file name as a C string.
var path [4096]byte

// opens returns a function that opens a file of the folder with the given call.
func opens(by, name string, flags int) func(*env) error {
	return func(e *env) error {
		path = [4096]byte{}
		copy(path[:], filepath.Join(e.folder, name))
		at := int(uintptr(unsafe.Pointer(&path[0])))
		if by == "open" {
			return call(by, at, flags, 0o600)
		}
		return call(by, unix.AT_FDCWD, at, flags, 0o600)
	}
}
