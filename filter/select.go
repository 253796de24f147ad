package filter

import "golang.org/x/net/bpf"

// selector emits the instructions that load values into the accumulator and the index.
type selector struct {
	*emitter
	held
	code []bpf.RawInstruction
	next uint32 // the first register that is free for intermediate results
}

func (s *selector) put(in bpf.RawInstruction) { s.code = append(s.code, in) }

// sizes maps sizes in bytes to the codes of instructions.
var sizes = map[uint32]uint16{1: sizeB, 2: sizeH, 4: sizeW}

// load loads a value into the accumulator.
func (s *selector) load(v *value) {
	if s.a == v {
		return
	}
	switch v.op {
	case valConst:
		s.put(bpf.RawInstruction{Op: classLd | modeImm, K: v.k})
	case valLen:
		s.put(bpf.RawInstruction{Op: classLd | modeLen})
	case valMem:
		s.put(bpf.RawInstruction{Op: classLd | modeMem, K: v.k})
	case valHeader:
		s.index(v)
		s.put(bpf.RawInstruction{Op: classMisc | miscTxa})
	case valLoad:
		if v.a == nil {
			s.put(bpf.RawInstruction{Op: classLd | modeAbs | sizes[v.size], K: v.k})
			break
		}
		s.index(v.a)
		s.put(bpf.RawInstruction{Op: classLd | modeInd | sizes[v.size], K: v.k})
	case valNeg:
		s.load(v.a)
		s.put(bpf.RawInstruction{Op: classALU | aluNeg})
	case valALU:
		if v.b.op == valConst {
			s.load(v.a)
			s.put(bpf.RawInstruction{Op: classALU | v.alu | srcK, K: v.b.k})
			break
		}
		s.both(v.a, v.b)
		s.put(bpf.RawInstruction{Op: classALU | v.alu | srcX})
	}
	s.a = v
}

// direct reports whether a value can be loaded into the index without the accumulator.
func direct(v *value) bool {
	return v.op == valConst || v.op == valLen || v.op == valMem || v.op == valHeader
}

// index loads a value into the index. Unless it is direct, the accumulator is overwritten.
func (s *selector) index(v *value) {
	if s.x == v {
		return
	}
	switch v.op {
	case valConst:
		s.put(bpf.RawInstruction{Op: classLdx | modeImm, K: v.k})
	case valLen:
		s.put(bpf.RawInstruction{Op: classLdx | modeLen})
	case valMem:
		s.put(bpf.RawInstruction{Op: classLdx | modeMem, K: v.k})
	case valHeader:
		s.put(bpf.RawInstruction{Op: classLdx | modeMsh | sizeB, K: v.k})
	default:
		s.load(v)
		s.put(bpf.RawInstruction{Op: classMisc | miscTax})
	}
	s.x = v
}

// both loads a into the accumulator and b into the index. It loads a first, because the order
// matters.
func (s *selector) both(a, b *value) {
	switch {
	case direct(b):
		s.load(a)
		s.index(b)
	case s.a != a && (direct(a) && a.op != valHeader):
		s.index(b)
		s.load(a)
	default:
		s.load(a)
		r := s.next
		s.put(bpf.RawInstruction{Op: classSt, K: r})
		s.next++
		s.need(s.next)
		s.index(b)
		s.put(bpf.RawInstruction{Op: classLd | modeMem, K: r})
		s.a = a
		s.next--
	}
}
