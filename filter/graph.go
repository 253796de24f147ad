package filter

// A node is one step of a program: it stores a value, walks a chain, or compares two values. Then
// it continues to t or f. Nodes without a comparison continue to t. The two leaves accept and
// reject.
type node struct {
	op    condOp // condTest, condStore, condChain, or condConst for a leaf
	yes   bool   // of a leaf
	cmp   uint16
	v, w  *value
	reg   uint32
	chain *chain
	t, f  *node
}

// build converts a condition to nodes that go to t if it is true, else to f.
func build(c *cond, t, f *node) *node {
	switch c.op {
	case condConst:
		if c.yes {
			return t
		}
		return f
	case condAnd:
		return build(c.l, build(c.r, t, f), f)
	case condOr:
		return build(c.l, t, build(c.r, t, f))
	case condNot:
		return build(c.l, f, t)
	case condStore:
		return &node{op: condStore, reg: c.reg, v: c.w, t: t, f: t}
	}
	return &node{op: c.op, cmp: c.cmp, v: c.v, w: c.w, chain: c.chain, t: t, f: f}
}

// order returns the reachable nodes, each before its successors. The successor for a true
// comparison is as near as possible.
func order(root *node) []*node {
	type visit struct {
		n    *node
		done bool
	}
	var list []*node
	seen := map[*node]bool{}
	// The deepest come first in the list; an explicit stack supports long chains.
	for stack := []visit{{n: root}}; len(stack) > 0; {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if top.done {
			list = append(list, top.n)
			continue
		}
		if seen[top.n] {
			continue
		}
		seen[top.n] = true
		stack = append(stack, visit{n: top.n, done: true})
		if top.n.op != condConst {
			stack = append(stack, visit{n: top.n.t}, visit{n: top.n.f})
		}
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}
