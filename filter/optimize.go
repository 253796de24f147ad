package filter

import "slices"

// maxOptimized is the number of nodes that a program may have to be made shorter: the work grows
// faster than the program.
const maxOptimized = 3000

// optimize leads jumps past comparisons whose outcome is known from those made on every way there,
// and past those that lead to the same node either way, until nothing changes, and gives the node
// to begin with. What is passed by for its outcome was loaded before. What is passed by for its two
// ways was not, so that "port 80 or udp" takes a packet too that ends before its ports, as with
// libpcap. That does so only if free is set; it keeps what the first comparison loads unless
// nothing follows or there was a constant before it, as bare says; and it finds out that 1 + 1 = 2
// when nothing is passed by any more.
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

// computed leads jumps past comparisons of two numbers.
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

// maxRounds is how often the whole program is gone through; a program is done long before.
const maxRounds = 50

// threader goes through the nodes once. known has, for each node, the edges that every way to it
// takes: edge 2i+1 leaves node i where its comparison held, edge 2i where it did not.
type threader struct {
	nodes []*node
	index map[*node]int
	known [][]uint64
	alike map[likeness][]int // nodes that compare the same value the same way
	free  bool               // what does not matter need not be loaded, and the order is free

	before [][]*node  // what leads to each node
	passed [][]uint64 // the nodes that every way to each node passes
}

// likeness is what comparisons have in common if one may decide the other's outcome.
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

// arrive records that a node can be reached with these edges taken; what holds there is what holds
// on every way.
func (t *threader) arrive(i int, edges []uint64) {
	if t.known[i] == nil {
		t.known[i] = append([]uint64(nil), edges...)
		return
	}
	for w := range edges {
		t.known[i][w] &= edges[w]
	}
}

// past is the first node from n on whose outcome matters and is not reported by the edges.
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

// outcome is what a comparison gives, if one of the edges says: the same one was made, or its
// value was found equal to another number.
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

// pull has comparisons of what is in the accumulator already made before others, where the order is
// free: of "port 53 or 80" first the source is compared with both, then the destination. libpcap
// does so too, so that a frame passes which ends after its source port.
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

// way is where a node goes if its comparison comes out so.
func (n *node) way(yes bool) **node {
	if yes {
		return &n.t
	}
	return &n.f
}

// pullTo looks at the comparisons from a node on that lead to one another where they come out so,
// and otherwise all to one place. If all ways there have the same in the accumulator, the first
// comparison of that which has others before it goes before them.
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
	// the first that compares something else, and the one before the node at hand
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

// move puts a node, which last leads to, before another.
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

// replace records that a node is led to by another than before.
func (t *threader) replace(n, old, by *node) {
	list := t.before[t.index[n]]
	for i, b := range list {
		if b == old {
			list[i] = by
			return
		}
	}
}
