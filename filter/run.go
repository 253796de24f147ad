package filter

import (
	"encoding/binary"

	"golang.org/x/net/bpf"
)

// beside is a program's input other than the frame's bytes.
type beside struct {
	seen *Decoded // with Options.Decoded

	// With Options.Live, the kernel's data; only tests run such a program outside of the
	// kernel.
	vlan    bool   // the kernel removed a VLAN tag from the frame
	tci     uint16 // that tag: priority, DEI and the VLAN's number, IEEE 802.1Q section 9.6
	pktType uint16 // sll_pkttype: 0 to us, 1 broadcast, 2 multicast, 3 to others, 4 outgoing
	ifIndex uint32 // the interface's index
	proto   uint16 // the EtherType, for programs for linktype.SLL2
}

// nothingBeside is the value for a frame in a file.
var nothingBeside beside

// step is an instruction in executable form: the operation is a small number, and jumps are indexes
// in the program.
type step struct {
	op     stepOp
	jt, jf uint16
	k      uint32
}

// stepOp is an operation of the interpreter. Small consecutive numbers make its switch a jump
// table.
type stepOp uint8

const (
	stepRet stepOp = iota
	stepAbsB
	stepAbsH
	stepAbsW
	stepIndB
	stepIndH
	stepIndW
	stepMsh
	stepEqK
	stepGtK
	stepGeK
	stepSetK
	stepEqX
	stepGtX
	stepGeX
	stepSetX
	stepJump
	stepAndK
	stepALUK
	stepALUX
	stepNeg
	stepImm
	stepLen
	stepMem
	stepImmX
	stepLenX
	stepMemX
	stepSt
	stepStX
	stepTax
	stepTxa
	stepAnc
	stepSeen
)

// stepOps maps instructions to operations. Missing ones are arithmetic.
var stepOps = map[uint16]stepOp{
	classRet | srcK:           stepRet,
	classLd | modeAbs | sizeB: stepAbsB, classLd | modeAbs | sizeH: stepAbsH,
	classLd | modeAbs | sizeW: stepAbsW,
	classLd | modeInd | sizeB: stepIndB, classLd | modeInd | sizeH: stepIndH,
	classLd | modeInd | sizeW:  stepIndW,
	classLdx | modeMsh | sizeB: stepMsh,
	classJmp | jmpEq:           stepEqK, classJmp | jmpGt: stepGtK, classJmp | jmpGe: stepGeK,
	classJmp | jmpSet:       stepSetK,
	classJmp | jmpEq | srcX: stepEqX, classJmp | jmpGt | srcX: stepGtX,
	classJmp | jmpGe | srcX: stepGeX, classJmp | jmpSet | srcX: stepSetX,
	classJmp | jmpAlways: stepJump, classALU | aluAnd: stepAndK, classALU | aluNeg: stepNeg,
	classLd | modeImm: stepImm, classLd | modeLen: stepLen, classLd | modeMem: stepMem,
	classLdx | modeImm: stepImmX, classLdx | modeLen: stepLenX, classLdx | modeMem: stepMemX,
	classSt: stepSt, classStx: stepStX, classMisc | miscTax: stepTax, classMisc | miscTxa: stepTxa,
}

// prepare converts a program to executable form. Loads beyond any frame are ancillary data in a
// live program only. questions is the number of loads from answers on that are questions.
func prepare(code []bpf.RawInstruction, live bool, asked int) []step {
	run := make([]step, len(code))
	for i, in := range code {
		s := step{k: in.K, jt: uint16(i + 1 + int(in.Jt)), jf: uint16(i + 1 + int(in.Jf))}
		op, ok := stepOps[in.Op]
		switch {
		case ok && op == stepJump:
			s.jt = uint16(i + 1 + int(int32(in.K)))
		case ok && op == stepAbsB && in.K-answers < uint32(asked):
			op, s.k = stepSeen, in.K-answers
		case live && ok && op <= stepAbsW && op >= stepAbsB && in.K >= ancillary:
			op = stepAnc
		case !ok && in.Op&srcX != 0:
			op, s.jt = stepALUX, in.Op&0xf0
		case !ok:
			op, s.jt = stepALUK, in.Op&0xf0
		}
		s.op = op
		run[i] = s
	}
	return run
}

// Match reports whether the program selects a frame, given its captured bytes and its length on the
// wire. A program that needs bytes beyond the captured ones rejects the frame, like the kernel and
// libpcap. It does not allocate.
func (p *Program) Match(data []byte, wireLen int) bool {
	return p.match(data, wireLen, &nothingBeside)
}

// maxSteps limits a program with a loop, because a hostile chain of headers can be circular. No
// chain in a frame of 64 KiB needs more.
const maxSteps = 1 << 16

func (p *Program) match(data []byte, wireLen int, more *beside) bool {
	var a, x uint32
	var mem [registers]uint32
	run, n := p.run, uint64(len(data))
	left := maxSteps
	for pc := 0; ; {
		s := run[pc]
		pc++
		switch s.op {
		case stepRet:
			return s.k != 0
		case stepAbsB:
			if uint64(s.k) >= n {
				return false
			}
			a = uint32(data[s.k])
		case stepAbsH:
			if uint64(s.k)+2 > n {
				return false
			}
			a = uint32(binary.BigEndian.Uint16(data[s.k:]))
		case stepAbsW:
			if uint64(s.k)+4 > n {
				return false
			}
			a = binary.BigEndian.Uint32(data[s.k:])
		case stepIndB:
			at := uint64(x) + uint64(s.k)
			if at >= n {
				return false
			}
			a = uint32(data[at])
		case stepIndH:
			at := uint64(x) + uint64(s.k)
			if at+2 > n {
				return false
			}
			a = uint32(binary.BigEndian.Uint16(data[at:]))
		case stepIndW:
			at := uint64(x) + uint64(s.k)
			if at+4 > n {
				return false
			}
			a = binary.BigEndian.Uint32(data[at:])
		case stepMsh:
			if uint64(s.k) >= n {
				return false
			}
			x = uint32(data[s.k]&15) * 4
		case stepEqK:
			pc = s.branch(a == s.k)
		case stepGtK:
			pc = s.branch(a > s.k)
		case stepGeK:
			pc = s.branch(a >= s.k)
		case stepSetK:
			pc = s.branch(a&s.k != 0)
		case stepEqX:
			pc = s.branch(a == x)
		case stepGtX:
			pc = s.branch(a > x)
		case stepGeX:
			pc = s.branch(a >= x)
		case stepSetX:
			pc = s.branch(a&x != 0)
		case stepJump:
			if int(s.jt) < pc {
				if left--; left < 0 {
					return false
				}
			}
			pc = int(s.jt)
		case stepAndK:
			a &= s.k
		case stepALUK:
			a = compute(s.jt, a, s.k)
		case stepALUX:
			if x == 0 && (s.jt == aluDiv || s.jt == aluMod) {
				return false
			}
			a = compute(s.jt, a, x)
		case stepNeg:
			a = -a
		case stepImm:
			a = s.k
		case stepLen:
			a = uint32(wireLen)
		case stepMem:
			a = mem[s.k%registers]
		case stepImmX:
			x = s.k
		case stepLenX:
			x = uint32(wireLen)
		case stepMemX:
			x = mem[s.k%registers]
		case stepSt:
			mem[s.k%registers] = a
		case stepStX:
			mem[s.k%registers] = x
		case stepTax:
			x = a
		case stepTxa:
			a = x
		case stepAnc:
			a = more.value(s.k)
		case stepSeen:
			a = 0
			if more.seen != nil && p.asks[s.k](more.seen) {
				a = 1
			}
		}
	}
}

// branch returns the target of a conditional jump.
func (s step) branch(yes bool) int {
	if yes {
		return int(s.jt)
	}
	return int(s.jf)
}

// value returns ancillary data by its offset.
func (b *beside) value(k uint32) uint32 {
	switch k {
	case ancProtocol:
		return uint32(b.proto)
	case ancPktType:
		return uint32(b.pktType)
	case ancIfIndex:
		return b.ifIndex
	case ancVLANTCI:
		return uint32(b.tci)
	case ancVLANHere:
		if b.vlan {
			return 1
		}
	}
	return 0
}
