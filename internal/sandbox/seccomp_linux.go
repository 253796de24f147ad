package sandbox

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"unsafe"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Results of a filter.
const (
	allowed = unix.SECCOMP_RET_ALLOW
	refused = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	unknown = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
)

// absent lists calls that fail with ENOSYS, so that libc creates threads with clone.
var absent = []string{"clone3"}

// seccomp refuses all system calls that the table does not allow. They fail with EPERM.
func (r *Report) seccomp(p Policy, sockets []int) {
	if err := install(&p, sockets); err != nil {
		r.Missing = append(r.Missing, "seccomp: "+err.Error())
		return
	}
	r.Done = append(r.Done, "seccomp")
}

func install(p *Policy, sockets []int) error {
	info, err := arch.GetInfo("")
	if err != nil {
		return err
	}
	raw, err := bpf.Assemble(filter(p, info, sockets))
	if err != nil {
		return err
	}
	var code []unix.SockFilter
	for _, i := range raw {
		code = append(code, unix.SockFilter{Code: i.Op, Jt: i.Jt, Jf: i.Jf, K: i.K})
	}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	switch {
	case errno != 0:
		return errno
	case thread != 0:
		return fmt.Errorf("thread %d has another filter", thread)
	}
	return nil
}

// Offsets in struct seccomp_data, in bytes. Arguments have 64 bits, low half first, because every
// supported architecture is little-endian.
const (
	atNumber    = 0
	atArch      = 4
	atArguments = 16
	wordSize    = 4
)

// filter returns the program that the kernel runs for each system call. The code of a call ends
// with a result. It must not fall through to the next call, because the accumulator then contains
// an argument.
func filter(p *Policy, info *arch.Info, sockets []int) []bpf.Instruction {
	code := []bpf.Instruction{
		bpf.LoadAbsolute{Off: atArch, Size: wordSize},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(info.ID), SkipTrue: 1},
		bpf.RetConstant{Val: refused},
		bpf.LoadAbsolute{Off: atNumber, Size: wordSize},
	}
	answer := func(name string, block []bpf.Instruction) {
		if number, ok := info.SyscallNames[name]; ok {
			code = append(code, bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(number), SkipTrue: 1},
				bpf.Jump{Skip: uint32(len(block))})
			code = append(code, block...)
		}
	}
	calls := p.calls(sockets)
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		answer(name, either(calls[name]))
	}
	for _, name := range absent {
		answer(name, []bpf.Instruction{bpf.RetConstant{Val: unknown}})
	}
	return append(code, bpf.RetConstant{Val: refused})
}

// calls returns the system calls that a process with this policy may make, by name, each with its
// allowed arguments. An empty element allows any arguments.
func (p *Policy) calls(sockets []int) map[string][]arguments {
	calls := map[string][]arguments{}
	for _, row := range table(os.Getpid(), sockets) {
		if !p.has(row.role, len(sockets) > 0) {
			continue
		}
		only := row.only
		if only == nil {
			only = []arguments{nil}
		}
		for _, name := range row.calls {
			calls[name] = append(calls[name], only...)
		}
	}
	return calls
}

// either returns code that allows a call if all tests of any list are true.
func either(lists []arguments) (code []bpf.Instruction) {
	for _, tests := range lists {
		code = append(code, both(tests)...)
	}
	return append(code, bpf.RetConstant{Val: refused})
}

// both returns code that allows a call if all tests are true, and else continues after its last
// instruction.
func both(tests arguments) (code []bpf.Instruction) {
	const size = 3 // instructions of a test
	for i, t := range tests {
		rest := size*(len(tests)-i-1) + 1
		code = append(code, bpf.LoadAbsolute{Off: atArguments + t.word*wordSize, Size: wordSize},
			bpf.JumpIf{Cond: t.is, Val: t.value, SkipTrue: 1}, bpf.Jump{Skip: uint32(rest)})
	}
	return append(code, bpf.RetConstant{Val: allowed})
}

// has reports whether the policy includes a role.
func (p *Policy) has(r role, capturing bool) bool {
	switch r {
	case reading:
		return len(p.Write) == 0
	case captures:
		return capturing
	case serving:
		return p.Accept
	case names:
		return p.Processes
	case sending:
		return len(p.Connect) > 0
	case files:
		return len(p.Write) > 0
	case screen:
		return p.Terminal
	}
	return true
}

// packetSockets returns the open sockets that capture packets. Data written to one is sent on the
// network.
func packetSockets() (found []int, err error) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil, fmt.Errorf("looking for packet sockets: %w", err)
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			return nil, fmt.Errorf("looking for packet sockets: %w", err)
		}
		family, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
		if err == nil && family == unix.AF_PACKET {
			found = append(found, fd)
		}
	}
	return found, nil
}
