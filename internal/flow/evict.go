package flow

import "slices"

const (
	evictSample = 4096 // of how many flows is looked at to find out which time is long ago
	evictPart   = 2    // one in so many flows is evicted at a time: fewer would have the others moved more often
)

// evict adds the flows that were idle the longest, half of them or so, to the counts of their ports, and closes the gaps they leave.
func (t *Table) evict() {
	limit := t.longAgo()
	kept := t.store // in the same pieces
	kept.n, kept.n6, kept.carried = 0, 0, nil
	for i := range t.store.n {
		e := t.store.entry(uint32(i))
		if e.end > limit {
			kept.move(&t.store, uint32(i))
			continue
		}
		t.sum(&t.gone, uint32(i))
		if t.opt.Answers != nil {
			t.tell(uint32(i))
		}
		t.Evicted.Flows++
		t.Evicted.Plus(t.store.total(uint32(i)))
	}
	t.store = kept
	clear(t.index.slots)
	t.reindex()
}

// longAgo is the time such that one flow in evictPart, by a sample, has ended by then.
func (t *Table) longAgo() uint64 {
	var ends []uint64
	for i := 0; i < t.store.n; i += t.store.n/evictSample + 1 {
		ends = append(ends, t.store.entry(uint32(i)).end)
	}
	slices.Sort(ends)
	return ends[len(ends)/evictPart]
}

// move takes over entry i of a store that lies in the same pieces, at or behind the place where it goes.
func (s *store) move(from *store, i uint32) {
	n := uint32(s.n)
	e := s.entry(n)
	*e = *from.entry(i)
	if c := from.carried[i]; c != nil {
		s.carry(n, A, c[0])
		s.carry(n, B, c[1])
	}
	if s.answer {
		*s.answers.at(n) = *from.answers.at(i)
	}
	s.n++
	if e.kind()&kindV6 == kindV6 {
		addrs := *from.addrs6(e)
		e.a = e.a&^(endMask&^0xffff) | uint64(s.add6(&addrs))<<16
	}
}

// reindex fills an empty index.
func (t *Table) reindex() {
	for i := range uint32(t.store.n) {
		hash := t.hash(t.store.entry(i))
		t.index.set(t.index.hole(hash), hash, i)
	}
}

// hash is the hash of an entry's key.
func (t *Table) hash(e *entry) uint32 {
	if e.kind()&kindV6 == kindV6 {
		return t.seed.hash6(e.a&0xffff, e.b&endMask, e.kind(), t.store.addrs6(e))
	}
	return t.seed.hash4(e.a&endMask, e.b&endMask, e.kind())
}
