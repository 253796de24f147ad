package capture

import "golang.org/x/sys/unix"

// Classic BPF, as far as it is needed here.
const (
	bpfLoadWord = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	bpfLoadImm  = unix.BPF_LD | unix.BPF_IMM
	bpfJumpEq   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K

	// Where Linux has what it knows of a frame besides its bytes (linux/filter.h, SKF_AD_OFF and the fields).
	knownPacketType = 0xfffff000 + 4
	knownInterface  = 0xfffff000 + 8
)

// rejectAll takes no frame.
func rejectAll() []Instruction { return []Instruction{{Op: bpfReturn}} }

// socketProgram is what the kernel is to run on each frame: the direction, then the filter. It is empty where all frames are wanted whole.
func socketProgram(d Device, loopback int, opt *LiveOptions) ([]Instruction, error) {
	program := directionCheck(d, loopback, opt.Direction)
	if len(program) > 0 {
		program = append(program, Instruction{Op: bpfLoadImm}) // a program may count on an accumulator of zero
	}
	switch {
	case opt.Filter != nil:
		filter, err := opt.Filter(d.Link, opt.snapLen())
		if err != nil {
			return nil, err
		}
		return append(program, filter...), nil
	case len(program) > 0 || opt.snapLen() < DefaultSnapLen:
		return append(program, AcceptAll(opt.snapLen())...), nil
	}
	return nil, nil
}

// directionCheck returns from the program for frames of the wrong direction. On a loopback interface every packet is seen twice, sent and received, of
// which one is enough; where the device is all interfaces, loopback is the index of that one.
func directionCheck(d Device, loopback int, want Direction) []Instruction {
	outgoing, reject := Instruction{Op: bpfLoadWord, K: knownPacketType}, Instruction{Op: bpfReturn}
	switch {
	case want == Outbound:
		return []Instruction{outgoing, {bpfJumpEq, 1, 0, unix.PACKET_OUTGOING}, reject}
	case want == Inbound || d.Loopback:
		return []Instruction{outgoing, {bpfJumpEq, 0, 1, unix.PACKET_OUTGOING}, reject}
	case d.Index == 0:
		return []Instruction{outgoing, {bpfJumpEq, 0, 3, unix.PACKET_OUTGOING},
			{Op: bpfLoadWord, K: knownInterface}, {bpfJumpEq, 0, 1, uint32(loopback)}, reject}
	}
	return nil
}

// attach has the kernel run a program.
func attach(fd int, program []Instruction) error {
	code := make([]unix.SockFilter, len(program))
	for i, in := range program {
		code[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]})
}
