package live

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// rejectAll returns a program that rejects every frame.
func rejectAll() []bpf.RawInstruction { return []bpf.RawInstruction{{Op: bpfReturn}} }

// socketProgram returns the kernel's program for each frame: the check of the direction, then the
// filter. It is empty if all frames are accepted in full length.
func socketProgram(d Device, loopback int, opt *Options) ([]bpf.RawInstruction, error) {
	program, err := bpf.Assemble(directionCheck(d, loopback, opt.Direction))
	if err != nil {
		return nil, err
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

// directionCheck rejects frames of the wrong direction. A loopback interface delivers every packet
// twice, as sent and as received. Only one of them is kept: the received one, unless want is
// Outbound. loopback is the index of that interface, for a capture on all interfaces. The check
// leaves zero in the accumulator, as filters expect.
func directionCheck(d Device, loopback int, want Direction) []bpf.Instruction {
	equal := func(v uint32, skipTrue, skipFalse uint8) bpf.Instruction {
		return bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: skipTrue, SkipFalse: skipFalse}
	}
	packetType := bpf.LoadExtension{Num: bpf.ExtType}
	reject := bpf.RetConstant{}
	clear := bpf.LoadConstant{Dst: bpf.RegA}
	switch {
	case want == Outbound:
		return []bpf.Instruction{packetType, equal(unix.PACKET_OUTGOING, 1, 0), reject, clear}
	case want == Inbound || d.Loopback:
		return []bpf.Instruction{packetType, equal(unix.PACKET_OUTGOING, 0, 1), reject, clear}
	case d.Index == 0:
		return []bpf.Instruction{packetType, equal(unix.PACKET_OUTGOING, 0, 3),
			bpf.LoadExtension{Num: bpf.ExtInterfaceIndex}, equal(uint32(loopback), 0, 1), reject,
			clear}
	}
	return nil
}

// attach sets the kernel's program for a socket.
func attach(fd int, program []bpf.RawInstruction) error {
	code := make([]unix.SockFilter, len(program))
	for i, in := range program {
		code[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]})
}
