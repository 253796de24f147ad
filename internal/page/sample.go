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
	ports   bool   // whether there is such a header
	notable bool
	rank    uint64 // within its class; packets with the highest rank are removed first
	json    []byte
	stored  *stored // nil if bytes are not kept
}

// size returns the memory of a kept packet, in bytes.
func (k *kept) size() int {
	if k.stored == nil {
		return len(k.json)
	}
	return len(k.json) + k.stored.size()
}

// A sample keeps all packets while they fit within its bounds. After that each new packet removes
// one of the larger class: notable packets, or all others. The kept packets of a class are always
// spread evenly over it.
type sample struct {
	limit, memory int // greatest number of packets, and of their bytes

	size int
	seen [2]int64 // other packets, notable packets
	kept [2]ranked
	open [2]uint64 // packets of this rank and above are not kept any more
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

// rank returns the priority of the i-th packet of a class; lower ranks are kept longer. It is i
// with its bits reversed, van der Corput's sequence. Packets below any rank are spread evenly over
// all i, and they stay evenly spread while the bound falls.
func rank(i int64) uint64 { return bits.Reverse64(uint64(i)) }

// next counts a packet. It returns the packet's rank and whether the packet should be added.
func (s *sample) next(notable bool) (r uint64, wanted bool) {
	c := class(notable)
	r = rank(s.seen[c])
	s.seen[c]++
	return r, r < s.open[c]
}

// add adds a packet that next accepted. It may remove that same packet.
func (s *sample) add(k kept) {
	heap.Push(&s.kept[class(k.notable)], &k)
	s.size += k.size()
	for n := s.count(); n > s.limit || s.size > s.memory && n > 1; n-- {
		c := class(len(s.kept[1]) > len(s.kept[0]))
		gone := heap.Pop(&s.kept[c]).(*kept) // its type is that of pushed elements
		s.open[c] = gone.rank
		s.size -= gone.size()
	}
}

// count returns the number of kept packets.
func (s *sample) count() int { return len(s.kept[0]) + len(s.kept[1]) }

// list returns the kept packets in the order of their numbers.
func (s *sample) list() []*kept {
	return slices.SortedFunc(slices.Values(slices.Concat(s.kept[0], s.kept[1])),
		func(a, b *kept) int { return cmp.Compare(a.number, b.number) })
}

// ranked is a heap with the highest rank on top.
type ranked []*kept

// Len returns the number of packets.
func (h ranked) Len() int { return len(h) }

// Less orders higher ranks first.
func (h ranked) Less(i, j int) bool { return h[i].rank > h[j].rank }

// Swap swaps two packets.
func (h ranked) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push appends a packet.
func (h *ranked) Push(x any) { *h = append(*h, x.(*kept)) }

// Pop removes the last packet and returns it.
func (h *ranked) Pop() any {
	last := len(*h) - 1
	k := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return k
}
