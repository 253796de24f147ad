package filter

import "slices"

// maxOptimized is the largest number of nodes of a program that is optimized: the cost grows faster
// than the program.
const maxOptimized = 3000

// optimize shortens a program until nothing changes, and returns its first node. A jump skips a
// comparison whose result is known on every path to it. Its value was then already loaded. A jump
// also skips a comparison whose two branches lead to the same node. Its value is then not loaded.
// So "port 80 or udp" accepts a packet that ends before its ports, as in libpcap. Only free allows
// this. The first comparison is skipped in this way only before a leaf, or if bare is set: a
// constant precedes it. Comparisons of two numbers, such as 1 + 1 = 2, are resolved last.
func optimize(root *node, free, bare bool) *node {
	for range maxRounds {
		nodes := order(root)
		if len(nodes) > maxOptimized {
			break
		}
		t := &threader{nodes: nodes, index: make(map[*node]int, len(nodes)),
			known: make([][]uint64, len(nodes)), alike: map[likeness][]int{}, free: free}
		if t.round() || free && t.pull() {
			continue
		}
		if free && root.op == condTest && root.t == root.f && (bare || root.t.op == condConst) {
			root = root.t
		}
		break
	}
	return computed(root)
}

// computed makes jumps skip comparisons of two numbers.
func computed(root *node) *node {
	past := func(n *node) *node {
		for n.numbers() {
			if compare(n.cmp, n.v.k, n.w.k) {
				n = n.t
			} else {
				n = n.f
			}
		}
		return n
	}
	for _, n := range order(root) {
		if n.op != condConst {
			n.t, n.f = past(n.t), past(n.f)
		}
	}
	return past(root)
}

// numbers reports whether a node compares two numbers.
func (n *node) numbers() bool {
	return n.op == condTest && n.v.op == valConst &&
		n.w.op == valConst
}

// maxRounds is the largest number of passes over the program; most programs need far fewer.
const maxRounds = 50

// threader makes one pass over the nodes. known contains, for each node, the edges that are on
// every path to it: edge 2i+1 leaves node i if its comparison was true, edge 2i if it was false.
type threader struct {
	nodes []*node
	index map[*node]int
	known [][]uint64
	alike map[likeness][]int // nodes that compare the same value with the same operator
	free  bool               // unneeded loads may be removed, and the order may change

	before [][]*node  // the predecessors of each node
	passed [][]uint64 // the nodes on every path to each node
}

// likeness is the common part of related comparisons: one may determine the result of another.
type likeness struct {
	v   *value
	cmp uint16
}

func (t *threader) round() (changed bool) {
	for i, n := range t.nodes {
		t.index[n] = i
		if n.op == condTest {
			like := likeness{n.v, n.cmp}
			t.alike[like] = append(t.alike[like], i)
		}
	}
	words := (2*len(t.nodes) + 63) / 64
	t.known[0] = make([]uint64, words)
	here := make([]uint64, words)
	for i, n := range t.nodes {
		if n.op == condConst {
			continue
		}
		for _, e := range [...]struct {
			to  **node
			bit int
		}{{&n.f, 2 * i}, {&n.t, 2*i + 1}} {
			copy(here, t.known[i])
			if n.op == condTest {
				here[e.bit/64] |= 1 << (e.bit % 64)
			}
			if to := t.past(*e.to, here); to != *e.to {
				*e.to, changed = to, true
			}
			t.arrive(t.index[*e.to], here)
		}
	}
	return changed
}

// arrive records that a path with these edges leads to a node. The node keeps the edges that are on
// every path.
func (t *threader) arrive(i int, edges []uint64) {
	if t.known[i] == nil {
		t.known[i] = append([]uint64(nil), edges...)
		return
	}
	for w := range edges {
		t.known[i][w] &= edges[w]
	}
}

// past returns the first node from n on whose result matters and is not known from the edges.
func (t *threader) past(n *node, edges []uint64) *node {
	for n.op == condTest && !n.numbers() {
		yes, ok := t.outcome(n, edges)
		switch {
		case n.t == n.f && t.free:
			n = n.t
		case !ok:
			return n
		case yes:
			n = n.t
		default:
			n = n.f
		}
	}
	return n
}

// outcome returns the result of a comparison if an edge determines it: the same comparison was
// made, or its value was equal to another number.
func (t *threader) outcome(n *node, edges []uint64) (yes, ok bool) {
	for _, i := range t.alike[likeness{n.v, n.cmp}] {
		w := t.nodes[i].w
		held, failed := edges[(2*i+1)/64]>>((2*i+1)%64)&1 == 1, edges[2*i/64]>>(2*i%64)&1 == 1
		if w == n.w && (held || failed) {
			return held, true
		}
		if n.cmp == jmpEq && held && w.op == valConst && n.w.op == valConst {
			return false, true
		}
	}
	return false, false
}

// pull moves comparisons of the value in the accumulator before others, if the order is free. In
// "port 53 or 80" the source is compared with both ports first, then the destination. libpcap does
// the same, so a frame that ends after its source port may match.
func (t *threader) pull() (changed bool) {
	for i, n := range t.nodes {
		t.index[n] = i
	}
	t.before = make([][]*node, len(t.nodes))
	t.passed = make([][]uint64, len(t.nodes))
	for i, n := range t.nodes {
		if t.passed[i] == nil {
			t.passed[i] = make([]uint64, (len(t.nodes)+63)/64)
		}
		t.passed[i][i/64] |= 1 << (i % 64)
		if n.op == condConst {
			continue
		}
		for _, to := range []*node{n.t, n.f} {
			k := t.index[to]
			t.before[k] = append(t.before[k], n)
			if t.passed[k] == nil {
				t.passed[k] = slices.Clone(t.passed[i])
				continue
			}
			for w, bits := range t.passed[i] {
				t.passed[k][w] &= bits
			}
		}
	}
	for _, n := range slices.Backward(t.nodes) {
		for _, on := range []bool{false, true} {
			for t.pullTo(n, on) {
				changed = true
			}
		}
	}
	return changed
}

// way returns the successor of a node for a result of its comparison.
func (n *node) way(yes bool) **node {
	if yes {
		return &n.t
	}
	return &n.f
}

// pullTo follows the comparisons from top through their results on; their other results must all
// lead to one node. If all paths to top hold the same value in the accumulator, the first
// comparison of that value after others moves before them.
func (t *threader) pullTo(top *node, on bool) bool {
	before := t.before[t.index[top]]
	if len(before) == 0 || top.op != condTest {
		return false
	}
	held := before[0].v
	for _, n := range before {
		if n.op != condTest || n.v != held {
			return false
		}
	}
	// the first comparison of another value, and the predecessor of n
	var diff, last *node
	for n := top; ; last, n = n, *n.way(on) {
		at := t.index[top]
		if n.op != condTest || *n.way(!on) != *top.way(!on) ||
			t.passed[t.index[n]][at/64]>>(at%64)&1 == 0 {
			return false
		}
		switch {
		case n.v != held && diff == nil:
			diff = n
		case n.v == held && diff != nil:
			t.move(n, last, diff, on)
			return true
		}
	}
}

// move moves node n, a successor of last, before diff.
func (t *threader) move(n, last, diff *node, on bool) {
	next := *n.way(on)
	*last.way(on) = next
	t.replace(next, n, last)
	before := t.before[t.index[diff]]
	for _, b := range before {
		for _, way := range []**node{&b.t, &b.f} {
			if *way == diff {
				*way = n
			}
		}
	}
	t.before[t.index[n]] = before
	*n.way(on) = diff
	t.before[t.index[diff]] = []*node{n}
}

// replace replaces a predecessor of a node.
func (t *threader) replace(n, old, by *node) {
	list := t.before[t.index[n]]
	for i, b := range list {
		if b == old {
			list[i] = by
			return
		}
	}
}
