package filter

// valueOp is the kind of a value.
type valueOp uint8

const (
	valConst  valueOp = iota // k
	valLen                   // the frame's length on the wire
	valLoad                  // size bytes of the frame at k, or at a + k
	valHeader                // 4*(byte at k & 15): the length of an IPv4 header there
	valMem                   // the value of the ver-th store to register k
	valALU                   // a alu b
	valNeg                   // -a
)

// A value is a 32-bit number that a program computes from a frame. Equal values of a program are
// the same pointer, so comparing pointers shows which values were already loaded and tested.
type value struct {
	op   valueOp
	alu  uint16 // the bits of the instruction for the operation
	size uint32
	k    uint32
	ver  int
	a, b *value
}

// values creates values; equal ones are the same pointer.
type values map[value]*value

func (v values) intern(x value) *value {
	if old, ok := v[x]; ok {
		return old
	}
	v[x] = &x
	return &x
}

func (v values) constant(k uint32) *value { return v.intern(value{op: valConst, k: k}) }
func (v values) mem(reg uint32, ver int) *value {
	return v.intern(value{op: valMem, k: reg, ver: ver})
}

// load returns size bytes at base + k, where base may be nil. A constant base is added with 32-bit
// wraparound, as in libpcap's optimizer: ip[-1] is the byte before the IP header.
func (v values) load(base *value, k, size uint32) *value {
	if base == nil {
		return v.intern(value{op: valLoad, k: k, size: size})
	}
	if base.op == valConst {
		return v.load(nil, base.k+k, size)
	}
	return v.intern(value{op: valLoad, a: base, k: k, size: size})
}

// plus returns a + k.
func (v values) plus(a *value, k uint32) *value {
	x, _ := v.arith(aluAdd, a, v.constant(k)) // adding cannot fail
	return x
}

// and returns a & k.
func (v values) and(a *value, k uint32) *value {
	x, _ := v.arith(aluAnd, a, v.constant(k))
	return x
}

// neutral reports whether op with 0 on the right side returns the left side.
func neutral(op uint16) bool {
	return op == aluAdd || op == aluSub || op == aluOr || op == aluXor || op == aluLsh ||
		op == aluRsh
}

// arith returns a op b, computed now if both are known. A division by zero is an error only if the
// divisor is known.
func (v values) arith(op uint16, a, b *value) (*value, error) {
	if b.op == valConst {
		switch {
		case b.k == 0 && (op == aluDiv || op == aluMod):
			return nil, &Error{Problem: "division by zero"}
		case b.k > 31 && (op == aluLsh || op == aluRsh):
			return nil, &Error{Problem: "a shift by more than 31 bits leaves nothing"}
		case a.op == valConst:
			return v.constant(compute(op, a.k, b.k)), nil
		case b.k == 0 && neutral(op):
			return a, nil
		case b.k == 0:
			return b, nil // x * 0 and x & 0 are 0
		}
	}
	if a.op == valConst && a.k == 0 {
		switch op {
		case aluAdd, aluOr, aluXor:
			return b, nil
		case aluMul, aluAnd, aluLsh, aluRsh:
			return a, nil
		}
	}
	return v.intern(value{op: valALU, alu: op, a: a, b: b}), nil
}

// neg returns -a.
func (v values) neg(a *value) *value {
	if a.op == valConst {
		return v.constant(-a.k)
	}
	return v.intern(value{op: valNeg, a: a})
}

// compute returns a op b for unsigned 32-bit numbers. A shift by more than 31 returns 0. The
// divisor must not be 0.
func compute(op uint16, a, b uint32) uint32 {
	switch op {
	case aluAdd:
		return a + b
	case aluSub:
		return a - b
	case aluMul:
		return a * b
	case aluDiv:
		return a / b
	case aluMod:
		return a % b
	case aluAnd:
		return a & b
	case aluOr:
		return a | b
	case aluXor:
		return a ^ b
	case aluLsh:
		return a << b
	}
	return a >> b
}
