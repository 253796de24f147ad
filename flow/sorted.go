package flow

import (
	"cmp"
	"iter"
	"slices"
)

// Sorted are the flows in an order, at most top of them, all if top is 0. By flows it is the order in which they began.
func (t *Table) Sorted(by By, top int) iter.Seq[Flow] {
	if by == ByFlows && top == 0 {
		return t.Flows()
	}
	order := make([]uint32, t.store.n)
	for i := range order {
		order[i] = uint32(i)
	}
	if by != ByFlows {
		slices.SortStableFunc(order, t.compare(by))
	}
	if top > 0 {
		order = order[:min(top, len(order))]
	}
	return func(yield func(Flow) bool) {
		for _, n := range order {
			if !yield(t.flow(n)) {
				return
			}
		}
	}
}

// compare compares entries by their numbers; those that come out equal stay in the order in which they began.
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
			return cmp.Or(cmp.Compare(c, b), cmp.Compare(q, p))
		}
		return cmp.Or(first, cmp.Compare(q, p), cmp.Compare(c, b))
	}
}

// servicePort is the port that a flow counts for, with the protocol behind it.
func (t *Table) servicePort(n uint32) uint32 {
	e := t.store.entry(n)
	k := t.store.fullKey(e)
	return uint32(k.Endpoint(t.opt.Service(k, e.allFacts())).Port)<<8 | uint32(k.Proto)
}
