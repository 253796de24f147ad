package filter

import "golang.org/x/net/bpf"

// held contains the known values of the accumulator and the index; nil is unknown.
type held struct{ a, x *value }

// emitter converts nodes to instructions. Only the last instruction of a node jumps. Jump distances
// are computed when all lengths are known.
type emitter struct {
	order   []*node
	code    [][]bpf.RawInstruction // of each node, without the jump at the end
	entry   map[*node]*held        // values that are held on every path to a node
	temps   uint32                 // the first register free for intermediate results
	largest uint32                 // number of registers needed
	err     error
}

// errRegisters is the error for an expression with more intermediate results than a program has
// registers.
var errRegisters = &Error{Problem: "the expression needs too many registers; " +
	"compute less in one comparison"}

// errLong is the error for an expression whose program exceeds maxInstructions.
var errLong = &Error{Problem: "the expression makes too long a program"}

// emit returns the program of a graph. The registers below temps hold positions. They are 0 on
// paths that do not set them.
func emit(root *node, temps, accept uint32) ([]bpf.RawInstruction, error) {
	e := &emitter{order: order(root), entry: map[*node]*held{}, temps: temps, largest: temps}
	e.code = make([][]bpf.RawInstruction, len(e.order))
	var start []bpf.RawInstruction
	if temps > 0 {
		start = append(start, bpf.RawInstruction{Op: classLd | modeImm})
		for r := range temps {
			start = append(start, bpf.RawInstruction{Op: classSt, K: r})
		}
	}
	e.entry[root] = &held{}
	for i, n := range e.order {
		e.code[i] = e.node(n, accept)
		if e.err != nil {
			return nil, e.err
		}
	}
	prog, err := e.link()
	if err != nil {
		return nil, err
	}
	if prog = append(start, prog...); len(prog) > maxInstructions {
		return nil, errLong
	}
	return prog, nil
}

// node returns the instructions of a node without its jump, and records the held values for the
// next nodes.
func (e *emitter) node(n *node, accept uint32) (code []bpf.RawInstruction) {
	s := selector{emitter: e, held: *e.entry[n], next: e.temps}
	switch n.op {
	case condConst:
		if !n.yes {
			accept = 0
		}
		return []bpf.RawInstruction{{Op: classRet | srcK, K: accept}}
	case condStore:
		s.load(n.v)
		s.put(bpf.RawInstruction{Op: classSt, K: n.reg})
	case condChain:
		s.code, s.held = n.chain.instructions(e.temps), held{}
		e.need(e.temps + 1)
	case condTest:
		if n.w.op == valConst {
			s.load(n.v)
		} else {
			s.both(n.v, n.w)
		}
	}
	e.pass(n.t, s.held)
	e.pass(n.f, s.held)
	return s.code
}

// need records the number of registers in use.
func (e *emitter) need(count uint32) {
	e.largest = max(e.largest, count)
	if count > registers {
		e.err = errRegisters
	}
}

// pass records the values held on one path to a node.
func (e *emitter) pass(n *node, h held) {
	old := e.entry[n]
	if old == nil {
		e.entry[n] = &h
		return
	}
	if old.a != h.a {
		old.a = nil
	}
	if old.x != h.x {
		old.x = nil
	}
}

// link joins the nodes from the last to the first, so that the distance of each jump is known. A
// conditional jump reaches 255 instructions; a farther target needs a plain jump after it.
func (e *emitter) link() ([]bpf.RawInstruction, error) {
	fromEnd := map[*node]int{}    // start of each node, counted from the end
	var back []bpf.RawInstruction // the program, backwards
	for i := len(e.order) - 1; i >= 0; i-- {
		n := e.order[i]
		switch {
		case n.op == condConst:
		case n.op == condStore:
			if d := len(back) - fromEnd[n.t]; d > 0 {
				back = append(back, bpf.RawInstruction{Op: classJmp | jmpAlways, K: uint32(d)})
			}
		default:
			back = jump(back, n, fromEnd[n.t], fromEnd[n.f])
		}
		for j := len(e.code[i]) - 1; j >= 0; j-- {
			back = append(back, e.code[i][j])
		}
		if fromEnd[n] = len(back); len(back) > maxInstructions {
			return nil, errLong
		}
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back, nil
}

// near is the longest distance of a conditional jump that leaves space for two plain jumps.
const near = 253

// jump adds a node's jump to the reversed program.
func jump(back []bpf.RawInstruction, n *node, t, f int) []bpf.RawInstruction {
	farT, farF := len(back)-t > near, len(back)-f > near
	if farF {
		back = append(back, bpf.RawInstruction{Op: classJmp | jmpAlways, K: uint32(len(back) - f)})
	}
	if farT {
		back = append(back, bpf.RawInstruction{Op: classJmp | jmpAlways, K: uint32(len(back) - t)})
	}
	jt, jf := len(back)-t, len(back)-f
	switch {
	case farT && farF:
		jt, jf = 0, 1
	case farT:
		jt = 0
	case farF:
		jf = 0
	}
	in := bpf.RawInstruction{Op: classJmp | n.cmp, Jt: uint8(jt), Jf: uint8(jf)}
	switch {
	case n.op == condChain:
		in.Op, in.K = classJmp|jmpEq, n.chain.proto
	case n.w.op == valConst:
		in.K = n.w.k
	default:
		in.Op |= srcX
	}
	return append(back, in)
}
