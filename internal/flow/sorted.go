package flow

import (
	"cmp"
	"iter"
	"slices"
)

// Sorted are the flows in an order, at most top of them, all if top is 0. By flows it is the order in which they began.
func (t *Table) Sorted(by By, top int) iter.Seq[Flow] {
	n := t.store.n
	if top > 0 {
		n = min(n, top)
	}
	if by == ByFlows {
		return t.listed(n, func(i int) uint32 { return uint32(i) })
	}
	order := t.first(n, t.compare(by))
	return t.listed(n, func(i int) uint32 { return order[i] })
}

// listed are n flows, by the number of the entry of each.
func (t *Table) listed(n int, number func(i int) uint32) iter.Seq[Flow] {
	return func(yield func(Flow) bool) {
		for i := range n {
			if !yield(t.flow(number(i))) {
				return
			}
		}
	}
}

// first are the numbers of the first n entries in an order in which no two are equal. Where n is not most of them, they are looked at once: what comes behind n others is left out
// from time to time, and from then on what is behind the last one that stayed.
func (t *Table) first(n int, compare func(x, y uint32) int) []uint32 {
	room := min(2*n, t.store.n)
	list := make([]uint32, 0, room)
	sifted := false
	for i := range uint32(t.store.n) {
		if sifted && compare(i, list[n-1]) > 0 {
			continue
		}
		if list = append(list, i); len(list) == 2*n {
			slices.SortFunc(list, compare)
			list, sifted = list[:n], true
		}
	}
	slices.SortFunc(list, compare)
	return list[:n]
}

// compare compares entries by their numbers; what comes out equal is in the order in which it began.
func (t *Table) compare(by By) func(x, y uint32) int {
	total := func(n uint32) (packets, bytes uint64) {
		c := t.store.total(n)
		return c.Packets, c.Bytes
	}
	return func(x, y uint32) int {
		first := 0
		if by == ByPort {
			first = cmp.Compare(t.servicePort(x), t.servicePort(y))
		}
		p, b := total(x)
		q, c := total(y)
		if by == ByBytes {
			return cmp.Or(cmp.Compare(c, b), cmp.Compare(q, p), cmp.Compare(x, y))
		}
		return cmp.Or(first, cmp.Compare(q, p), cmp.Compare(c, b), cmp.Compare(x, y))
	}
}

// servicePort is the port that a flow counts for, with the protocol behind it.
func (t *Table) servicePort(n uint32) uint32 {
	e := t.store.entry(n)
	k := t.store.fullKey(e)
	return uint32(k.Endpoint(t.opt.Service(k, e.allFacts())).Port)<<8 | uint32(k.Proto)
}
