package filter

// condOp is the kind of a condition.
type condOp uint8

const (
	condTest  condOp = iota // v cmp w
	condConst               // yes
	condAnd
	condOr
	condNot
	condStore // true, after w was stored in register reg
	condChain // a walk through a chain of headers, see chain
)

// A cond is a condition on a frame. Its parts are evaluated from left to right, and only if needed.
// The order matters: a load beyond the captured bytes rejects the frame, whatever the other parts
// are.
type cond struct {
	op    condOp
	yes   bool
	l, r  *cond
	cmp   uint16
	v, w  *value
	reg   uint32
	chain *chain
}

var (
	always = &cond{op: condConst, yes: true}
	never  = &cond{op: condConst}
)

func and(l, r *cond) *cond { return &cond{op: condAnd, l: l, r: r} }
func or(l, r *cond) *cond  { return &cond{op: condOr, l: l, r: r} }
func not(c *cond) *cond    { return &cond{op: condNot, l: c} }

// all returns the conjunction of the conditions that are not nil.
func all(cs ...*cond) (c *cond) {
	for _, next := range cs {
		switch {
		case c == nil:
			c = next
		case next != nil:
			c = and(c, next)
		}
	}
	return c
}

// first returns the condition that is evaluated first.
func (c *cond) first() *cond {
	for c.l != nil {
		c = c.l
	}
	return c
}

// one returns the disjunction of the conditions.
func one(cs ...*cond) *cond {
	c := cs[0]
	for _, next := range cs[1:] {
		c = or(c, next)
	}
	return c
}

// store returns a condition that stores w in a register and is always true.
func store(reg uint32, w *value) *cond { return &cond{op: condStore, reg: reg, w: w} }

// test compares a with b. It simplifies three forms, so that equal tests become the same node: a
// difference compared with a number or with zero, and a masked value compared with zero.
func (v values) test(a *value, cmp uint16, b *value) *cond {
	if a.op == valConst && b.op == valConst {
		if compare(cmp, a.k, b.k) {
			return always
		}
		return never
	}
	if cmp == jmpEq && b.op == valConst && a.op == valALU {
		switch {
		case a.alu == aluSub && a.b.op == valConst:
			return v.test(a.a, cmp, v.constant(a.b.k+b.k))
		case a.alu == aluSub && b.k == 0:
			return v.test(a.a, cmp, a.b)
		case a.alu == aluAnd && a.b.op == valConst && b.k == 0:
			return not(v.test(a.a, jmpSet, a.b))
		}
	}
	return &cond{op: condTest, v: a, cmp: cmp, w: b}
}

// outcome is test for computed operands. If the result is known, it returns a comparison that
// computed removes late, see optimize.
func (v values) outcome(a *value, cmp uint16, b *value) *cond {
	switch c := v.test(a, cmp, b); c {
	case always:
		return &cond{op: condTest, v: v.constant(0), cmp: jmpEq, w: v.constant(0)}
	case never:
		return &cond{op: condTest, v: v.constant(0), cmp: jmpEq, w: v.constant(1)}
	default:
		return c
	}
}

// compare returns a cmp b, unsigned.
func compare(cmp uint16, a, b uint32) bool {
	switch cmp {
	case jmpEq:
		return a == b
	case jmpGt:
		return a > b
	case jmpGe:
		return a >= b
	}
	return a&b != 0
}

// eq returns a test for equality with a number.
func (v values) eq(a *value, k uint32) *cond { return v.test(a, jmpEq, v.constant(k)) }
