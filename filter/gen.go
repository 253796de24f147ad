package filter

import "fmt"

// generator turns a parsed expression into a condition. It goes from left to right as the words
// stand, since vlan, mpls, pppoes and geneve change where later words look, even after "or" and
// outside of their parentheses: that is how the language is.
type generator struct {
	opt  Options
	v    values
	link link
	regs uint32 // registers that hold places, from 0
	ver  int    // stores so far
	not  bool   // inside of an odd number of negations
	span []PortSpan
	live int // numbers held while an arithmetic expression is computed, counted as libpcap does

	asks []func(*Decoded) bool // with Options.Decoded, what the program asks
	// there is a protochain in the expression, whether or not the link type can have it
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

// fail is an error about one token.
func fail(t token, format string, args ...any) error {
	return &Error{At: t.at, End: t.end, Problem: fmt.Sprintf(format, args...)}
}

// at is size bytes in the frame, off bytes after a place.
func (g *generator) at(p place, off, size uint32) *value { return g.v.load(p.base, p.k+off, size) }

// net is size bytes of the network header.
func (g *generator) net(off, size uint32) *value {
	return g.at(g.link.payload, g.link.nl+off,
		size)
}

// netIs tests a byte of the network header.
func (g *generator) netIs(off, k uint32) *cond { return g.v.eq(g.net(off, 1), k) }

// masked tests a value under a mask. An empty mask needs no load, so that a frame that ends before
// the field may pass.
func (g *generator) masked(v *value, k, mask uint32) *cond {
	if mask != 0xffffffff {
		v = g.v.and(v, mask)
	}
	return g.v.eq(v, k)
}

// reserve takes n registers that keep a place until the program ends. libpcap has three for each
// geneve, and of sixteen one more is needed.
func (g *generator) reserve(t token, n uint32) (uint32, error) {
	if g.regs+n > registers {
		return 0, fail(t, "the expression needs more than the %d registers that a program has",
			registers)
	}
	r := g.regs
	g.regs += n
	return r, nil
}

// storing puts a value into a register, and gives the condition that does so and the value to read
// it back.
func (g *generator) storing(reg uint32, v *value) (*cond, *value) {
	g.ver++
	return store(reg, v), g.v.mem(reg, g.ver)
}

// either joins what a direction asks of source and destination: both, or one of them.
func either(dir string, src, dst *cond) *cond { return joined(dir, src, dst, and, or) }

// joined is either for whatever can be joined.
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

// wlanOnly complains about directions that only 802.11 has.
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

// computed reports whether there is something to compute.
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
