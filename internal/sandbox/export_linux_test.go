package sandbox

import (
	"slices"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
)

// A Row is a row of the table of system calls.
type Row struct {
	Role, Text, Why string
	Calls           []string
}

// Rows returns the table.
func Rows() (list []Row) {
	for _, r := range table(0, nil) {
		list = append(list, Row{string(r.role), r.text, r.why, r.calls})
	}
	return list
}

// Roles returns the roles of a process with this policy.
func (p Policy) Roles(capturing bool) (list []string) {
	for _, r := range []role{everyone, reading, captures, serving, names, files, sending,
		screen} {
		if p.has(r, capturing) {
			list = append(list, string(r))
		}
	}
	return list
}

// Absent returns the calls that fail as if the kernel did not have them.
func Absent() []string { return absent }

// Numbers returns the numbers of this architecture's system calls, by name.
func Numbers() map[string]int {
	info, err := arch.GetInfo("")
	if err != nil {
		panic(err)
	}
	return info.SyscallNames
}

// Filter returns the kernel's program for a process with these sockets.
func (p Policy) Filter(sockets []int) []bpf.Instruction {
	info, err := arch.GetInfo("")
	if err != nil {
		panic(err)
	}
	return filter(&p, info, sockets)
}

// Allows reports whether the table allows a call. It evaluates the table without jumps.
func (p Policy) Allows(sockets []int, name string, args [6]uint64) bool {
	for _, tests := range p.calls(sockets)[name] {
		if !slices.ContainsFunc(tests, func(t test) bool { return !t.holds(args) }) {
			return true
		}
	}
	return false
}

func (t test) holds(args [6]uint64) bool {
	word := uint32(args[t.word/2] >> (t.word % 2 * 32))
	switch t.is {
	case bpf.JumpEqual:
		return word == t.value
	case bpf.JumpNotEqual:
		return word != t.value
	case bpf.JumpLessThan:
		return word < t.value
	case bpf.JumpBitsNotSet:
		return word&t.value == 0
	}
	panic("no such test")
}

// Values returns the values that the table compares with.
func (p Policy) Values(sockets []int) (list []uint64) {
	for _, lists := range p.calls(sockets) {
		for _, tests := range lists {
			for _, t := range tests {
				list = append(list, uint64(t.value))
			}
		}
	}
	return list
}

// Restricts reports whether a call is allowed only with certain arguments.
func (p Policy) Restricts(sockets []int, name string) bool {
	lists := p.calls(sockets)[name]
	return len(lists) > 0 && !slices.ContainsFunc(lists,
		func(a arguments) bool { return len(a) == 0 })
}
