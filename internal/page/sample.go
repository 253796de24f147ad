package page

import (
	"cmp"
	"container/heap"
	"math"
	"math/bits"
	"slices"
)

// A kept packet is one that the page shows.
type kept struct {
	number  int64
	flow    uint64 // number of the innermost header's flow
	ports   bool   // there is such a header
	notable bool
	rank    uint64 // within its class: packets with the highest ones go first
	json    []byte
	stored  *stored // nil where packets are not kept whole
}

// size is what it takes, in bytes.
func (k *kept) size() int {
	if k.stored == nil {
		return len(k.json)
	}
	return len(k.json) + k.stored.size()
}

// A sample keeps all packets while they are within its bounds. Then each new packet removes one of
// the larger class: notable packets, or all others. What stays of a class is always spread evenly
// over it.
type sample struct {
	limit, memory int // packets, and bytes that they take

	size int
	seen [2]int64 // of the others, of the notable ones
	kept [2]ranked
	open [2]uint64 // no rank from here on is wanted any more
}

func newSample(limit, memory int) *sample {
	return &sample{limit: max(limit, 1), memory: memory,
		open: [2]uint64{math.MaxUint64, math.MaxUint64}}
}

func class(notable bool) int {
	if notable {
		return 1
	}
	return 0
}

// rank returns the place of the i-th packet of a class in the order in which packets stay: the bits
// of i reversed, which is van der Corput's sequence. Those whose rank is below any bound lie evenly
// among all i, so that a bound that falls bit by bit thins them out evenly, without jumps.
func rank(i int64) uint64 { return bits.Reverse64(uint64(i)) }

// next counts a packet, and reports whether it is to be added, and with which rank.
func (s *sample) next(notable bool) (r uint64, wanted bool) {
	c := class(notable)
	r = rank(s.seen[c])
	s.seen[c]++
	return r, r < s.open[c]
}

// add adds a packet that next wanted, which may be the one that goes.
func (s *sample) add(k kept) {
	heap.Push(&s.kept[class(k.notable)], &k)
	s.size += k.size()
	for n := s.count(); n > s.limit || s.size > s.memory && n > 1; n-- {
		c := class(len(s.kept[1]) > len(s.kept[0]))
		gone := heap.Pop(&s.kept[c]).(*kept) // that is what was pushed
		s.open[c] = gone.rank
		s.size -= gone.size()
	}
}

// count is the number of packets that are kept.
func (s *sample) count() int { return len(s.kept[0]) + len(s.kept[1]) }

// list are the kept packets in their order.
func (s *sample) list() []*kept {
	return slices.SortedFunc(slices.Values(slices.Concat(s.kept[0], s.kept[1])),
		func(a, b *kept) int { return cmp.Compare(a.number, b.number) })
}

// ranked is a heap with the highest rank on top.
type ranked []*kept

// Len is the number of them.
func (h ranked) Len() int { return len(h) }

// Less puts the higher rank first.
func (h ranked) Less(i, j int) bool { return h[i].rank > h[j].rank }

// Swap swaps two.
func (h ranked) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push adds one at the end.
func (h *ranked) Push(x any) { *h = append(*h, x.(*kept)) }

// Pop takes the last one.
func (h *ranked) Pop() any {
	last := len(*h) - 1
	k := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return k
}
