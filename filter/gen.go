package filter

import "fmt"

// generator converts a parsed expression to a condition. It works from left to right. vlan, mpls,
// pppoes and geneve change the offsets of all later words, even after "or" and outside of their
// parentheses: the language defines it so.
type generator struct {
	opt  Options
	v    values
	link link
	regs uint32 // registers that hold positions, from 0
	ver  int    // number of stores so far
	not  bool   // inside an odd number of negations
	span []PortSpan
	live int // numbers held while an arithmetic expression is computed, counted in libpcap's way

	asks []func(*Decoded) bool // with Options.Decoded, the program's questions
	// the expression contains protochain, even if the link type does not support it
	chained bool
}

func (g *generator) clause(c *clause) (*cond, error) {
	if c.op == opPrimitive {
		return c.prim.generate(g)
	}
	if c.op == opNot {
		g.not = !g.not
		l, err := g.clause(c.l)
		g.not = !g.not
		return not(l), err
	}
	l, err := g.clause(c.l)
	if err != nil {
		return nil, err
	}
	r, err := g.clause(c.r)
	if c.op == opAnd {
		return and(l, r), err
	}
	return or(l, r), err
}

// fail returns an error about one token.
func fail(t token, format string, args ...any) error {
	return &Error{At: t.at, End: t.end, Problem: fmt.Sprintf(format, args...)}
}

// at returns size bytes of the frame, off bytes after a place.
func (g *generator) at(p place, off, size uint32) *value { return g.v.load(p.base, p.k+off, size) }

// net returns size bytes of the network header.
func (g *generator) net(off, size uint32) *value {
	return g.at(g.link.payload, g.link.nl+off,
		size)
}

// netIs tests one byte of the network header.
func (g *generator) netIs(off, k uint32) *cond { return g.v.eq(g.net(off, 1), k) }

// masked tests a value with a mask. An empty mask needs no load, so a frame that ends before the
// field may match.
func (g *generator) masked(v *value, k, mask uint32) *cond {
	if mask != 0xffffffff {
		v = g.v.and(v, mask)
	}
	return g.v.eq(v, k)
}

// reserve reserves n registers that hold a place until the program ends. libpcap uses three for
// each geneve, and one of the sixteen for other purposes.
func (g *generator) reserve(t token, n uint32) (uint32, error) {
	if g.regs+n > registers {
		return 0, fail(t, "the expression needs more than the %d registers that a program has",
			registers)
	}
	r := g.regs
	g.regs += n
	return r, nil
}

// storing stores a value in a register. It returns the condition that stores it, and the value to
// read it back.
func (g *generator) storing(reg uint32, v *value) (*cond, *value) {
	g.ver++
	return store(reg, v), g.v.mem(reg, g.ver)
}

// either combines the tests of source and destination according to a direction.
func either(dir string, src, dst *cond) *cond { return joined(dir, src, dst, and, or) }

// joined is either for any type.
func joined[T any](dir string, src, dst T, and, or func(src, dst T) T) T {
	switch dir {
	case "src":
		return src
	case "dst":
		return dst
	case dirBoth:
		return and(src, dst)
	}
	return or(src, dst)
}

// wlanOnly returns an error for directions that only 802.11 has.
func wlanOnly(q qualifiers, t token) error {
	switch q.dir {
	case "", "src", "dst", dirBoth, dirEither:
		return nil
	}
	return fail(t, "%s is a direction of 802.11 frames, which can't be filtered here", q.dir)
}

func (r *relation) generate(g *generator) (*cond, error) {
	a, need, err := g.number(r.a)
	if err != nil {
		return nil, err
	}
	b, alsoNeed, err := g.number(r.b)
	if err != nil {
		return nil, err
	}
	g.live = 0
	test := g.v.test
	if r.a.computed() || r.b.computed() {
		test = g.v.outcome
	}
	var c *cond
	switch r.op.text {
	case "=":
		c = test(a, jmpEq, b)
	case "!=":
		c = not(test(a, jmpEq, b))
	case ">":
		c = test(a, jmpGt, b)
	case ">=":
		c = test(a, jmpGe, b)
	case "<":
		c = not(test(a, jmpGe, b))
	default:
		c = not(test(a, jmpGt, b))
	}
	return all(need, alsoNeed, c), nil
}

// computed reports whether the number is the result of an operator.
func (n *number32) computed() bool { return n.op != "" && n.op != "len" && n.op != "load" }

func (b *byteTest) generate(g *generator) (*cond, error) {
	if g.link.cooked {
		return nil, fail(b.index,
			"on all interfaces at once the kernel's filter has no link header to look into")
	}
	v, k := g.at(g.link.header, b.index.num, 1), g.v.constant(b.value.num)
	switch b.op.text {
	case "=":
		return g.v.test(v, jmpEq, k), nil
	case "<":
		return not(g.v.test(v, jmpGe, k)), nil
	case ">":
		return g.v.test(v, jmpGt, k), nil
	case "&":
		return not(g.v.eq(g.v.and(v, b.value.num), 0)), nil
	}
	x, err := g.v.arith(aluOr, v, k)
	return not(g.v.eq(x, 0)), err
}
