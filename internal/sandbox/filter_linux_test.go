package sandbox_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/sandbox"
)

const (
	allowed = unix.SECCOMP_RET_ALLOW
	refused = unix.SECCOMP_RET_ERRNO | int(unix.EPERM)
	absent  = unix.SECCOMP_RET_ERRNO | int(unix.ENOSYS)
)

// A machine runs a filter like the kernel.
type machine struct {
	*bpf.VM
	arch uint32 // architecture of the filter
}

// answer returns the result of the filter for a call. The words of the kernel's struct are in this
// machine's byte order. The interpreter expects network byte order, so each word is written in that
// order.
func (m machine) answer(t *testing.T, arch uint32, number int, args [6]uint64) int {
	t.Helper()
	words := []uint32{uint32(number), arch, 0, 0}
	for _, a := range args {
		words = append(words, uint32(a), uint32(a>>32))
	}
	var data []byte
	for _, w := range words {
		data = binary.BigEndian.AppendUint32(data, w)
	}
	n, err := m.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFilterIsTheTable checks that the kernel's program and the table agree for every system call
// and many argument values, also values from the rows of other system calls.
func TestFilterIsTheTable(t *testing.T) {
	var sockets []int
	for fd := range 64 {
		sockets = append(sockets, 512+fd)
	}
	for name, p := range map[string]sandbox.Policy{"read": {}, "serve": {Accept: true},
		"names": {Processes: true}, "files": {Write: []string{"/tmp"}},
		"send": {Connect: []uint16{9}}} {
		t.Run(name, func(t *testing.T) { agrees(t, p, sockets) })
	}
}

func agrees(t *testing.T, p sandbox.Policy, sockets []int) {
	code := p.Filter(sockets)
	vm, err := bpf.NewVM(code)
	if err != nil {
		t.Fatal(err)
	}
	m := machine{vm, code[1].(bpf.JumpIf).Val}
	values := p.Values(sockets)
	for _, number := range sandbox.Numbers() {
		values = append(values, uint64(number))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for call, number := range sandbox.Numbers() {
		tries := 3
		if p.Restricts(sockets, call) {
			tries = 200
		}
		for range tries {
			var args [6]uint64
			for i := range args {
				high := uint64(random.IntN(2) * random.IntN(2))
				args[i] = values[random.IntN(len(values))] | high<<32
			}
			want := refused
			switch {
			case p.Allows(sockets, call, args):
				want = allowed
			case call == "clone3":
				want = absent
			}
			if got := m.answer(t, m.arch, number, args); got != want {
				t.Fatalf("%s(%x): %x, want %x", call, args, got, want)
			}
			m.foreign(t, number, args)
		}
	}
}

// foreign makes the call like programs of other architectures: 32-bit, s390 and x32.
func (m machine) foreign(t *testing.T, number int, args [6]uint64) {
	t.Helper()
	const x32 = 0x40000000
	for _, got := range []int{m.answer(t, m.arch^1<<31, number, args),
		m.answer(t, unix.AUDIT_ARCH_S390, number, args), m.answer(t, m.arch, number|x32, args)} {
		if got != refused {
			t.Fatalf("call %d of another architecture: %x", number, got)
		}
	}
}
