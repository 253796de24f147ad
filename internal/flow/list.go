package flow

import (
	"cmp"
	"iter"
	"slices"

	"github.com/portsniff/portsniff/annotate"
)

// living returns the entries of flows that have not left the table, with their numbers.
func (t *Table) living() iter.Seq2[uint32, *entry] {
	return func(yield func(uint32, *entry) bool) {
		for i := range uint32(t.n) {
			if e := t.entries.at(i); !e.gone() && !yield(i, e) {
				return
			}
		}
	}
}

// Flows returns the flows in the table, in the order of their first packets.
func (t *Table) Flows() iter.Seq[Flow] {
	return func(yield func(Flow) bool) {
		for i := range t.living() {
			if !yield(t.flow(i)) {
				return
			}
		}
	}
}

// Recognized returns the flows with a recognized payload for which wanted is true with either port.
func (t *Table) Recognized(wanted func(PortKey, annotate.Payload) bool) iter.Seq[Flow] {
	return func(yield func(Flow) bool) {
		for i, e := range t.living() {
			if e.payload != [2]annotate.Payload{} && e.wanted(wanted) && !yield(t.flow(i)) {
				return
			}
		}
	}
}

func (e *entry) wanted(wanted func(PortKey, annotate.Payload) bool) bool {
	a, b := PortKey{e.proto(), e.portA()}, PortKey{e.proto(), e.portB()}
	for _, p := range e.payload {
		if p != annotate.NoPayload && (wanted(a, p) || wanted(b, p)) {
			return true
		}
	}
	return false
}

// Sorted returns the first top flows in an order, or all flows if top is 0. ByFlows is the order in
// which they began.
func (t *Table) Sorted(by By, top int) iter.Seq[Flow] {
	n := t.Len()
	if top > 0 {
		n = min(n, top)
	}
	return func(yield func(Flow) bool) {
		if by == ByFlows {
			left := n
			for f := range t.Flows() {
				if left--; left < 0 || !yield(f) {
					return
				}
			}
			return
		}
		for _, i := range t.first(n, t.compare(by)) {
			if !yield(t.flow(i)) {
				return
			}
		}
	}
}

// first returns the numbers of the first n entries in an order without equal elements. It keeps at
// most 2n numbers in memory.
func (t *Table) first(n int, compare func(x, y uint32) int) []uint32 {
	list := make([]uint32, 0, min(2*n, t.n))
	sifted := false
	for i := range uint32(t.n) {
		if t.entries.at(i).gone() || sifted && compare(i, list[n-1]) > 0 {
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

// compare returns a function that compares the entries with two numbers. Flows that are otherwise
// equal are in the order in which they began.
func (t *Table) compare(by By) func(x, y uint32) int {
	return func(x, y uint32) int {
		e, f := t.entries.at(x), t.entries.at(y)
		first := 0
		switch by {
		case ByPort:
			first = cmp.Compare(e.servicePort(), f.servicePort())
		case ByRecent:
			first = cmp.Compare(f.last, e.last)
		}
		a, b := e.total(), f.total()
		packets, bytes := cmp.Compare(b.Packets, a.Packets), cmp.Compare(b.Bytes, a.Bytes)
		if by == ByBytes {
			packets, bytes = bytes, packets
		}
		return cmp.Or(first, packets, bytes, cmp.Compare(x, y))
	}
}

// servicePort returns the port that a flow counts for, in the bits above the protocol.
func (e *entry) servicePort() uint32 {
	f := Flow{Key: e.key.full(), Facts: e.facts()}
	k := f.ServicePort()
	return uint32(k.Port)<<8 | uint32(k.Proto)
}
