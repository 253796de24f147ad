package filter

// maxThreaded is how many nodes a program may have to be made shorter: the work grows faster than the program.
const maxThreaded = 3000

// thread leads jumps past comparisons whose outcome is known from those made on every way there, until nothing changes. What is
// passed by was loaded before, so that no load that would have failed is lost; for the same reason comparisons stay that lead to the same
// node either way.
func thread(root *node) {
	for range maxRounds {
		nodes := order(root)
		if len(nodes) > maxThreaded {
			return
		}
		t := &threader{nodes: nodes, index: make(map[*node]int, len(nodes)), known: make([][]uint64, len(nodes)), alike: map[likeness][]int{}}
		if !t.round() {
			break
		}
	}
}

// maxRounds is how often the whole program is gone through; a program is done long before.
const maxRounds = 50

// threader goes through the nodes once. known has, for each node, the edges that every way to it takes: edge 2i+1 leaves node i where
// its comparison held, edge 2i where it did not.
type threader struct {
	nodes []*node
	index map[*node]int
	known [][]uint64
	alike map[likeness][]int // nodes that compare the same value the same way
}

// likeness is what comparisons have in common of which one may tell the other's outcome.
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

// arrive notes that a node can be reached with these edges taken; what holds there is what holds on every way.
func (t *threader) arrive(i int, edges []uint64) {
	if t.known[i] == nil {
		t.known[i] = append([]uint64(nil), edges...)
		return
	}
	for w := range edges {
		t.known[i][w] &= edges[w]
	}
}

// past is the first node from n on whose outcome the edges do not tell.
func (t *threader) past(n *node, edges []uint64) *node {
	for n.op == condTest {
		yes, ok := t.outcome(n, edges)
		switch {
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

// outcome is what a comparison gives, if one of the edges tells: the same one was made, or its value was found equal to another number.
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
