package flow

// Merge adds what another table counted of other packets, of the same input: packets have the same numbers in both. The flows of both become
// one where they have the same ends. What the earlier packets said of the roles counts, whichever table has them. The other table stays as it is.
func (t *Table) Merge(o *Table) {
	t.plus(&o.Totals)
	t.Evicted.Flows += o.Evicted.Flows
	t.Evicted.Plus(o.Evicted.Count)
	t.gone.plus(&o.gone)
	for i := range o.store.n {
		t.merge(o, uint32(i))
	}
}

// merge adds one flow of another table. The other one's places are in another order than these, as its seed is another: entries that come
// in the order of their places would make long probes.
func (t *Table) merge(o *Table, i uint32) {
	e := o.store.entry(i)
	note := &e.note
	k := o.store.key(e)
	hash := t.seed.hash(&k)
	n, ok, slot := t.find(k.endA(), k.b, &k.v6, hash)
	if !ok {
		n = t.add(k.endA(), k.b, &k.v6, hash, slot, note.frame())
	}
	mine := t.store.entry(n)
	my := &mine.note
	facts, says := e.facts(), *note
	if !ok || my.frame() > note.frame() { // the other table saw it first
		old := mine.facts()
		mine.setFacts(facts)
		facts = old
		says = *my
		*my = *note
	}
	mine.plus(e)
	for side := A; side <= B; side++ {
		more := uint64(mine.packets[side-A]) + o.store.packets(i, side)
		mine.packets[side-A] = uint32(more)
		t.store.carry(n, side, uint32(more>>32))
	}
	for _, shift := range [...]uint{askedShift, answeredShift, firstShift} {
		mine.learn(shift, Side(facts>>shift&3))
	}
	for side := A; side <= B; side++ {
		if spoke := uint8(1) << (spokeShift + side - A); mine.facts()&spoke == 0 && facts&spoke != 0 {
			mine.setFacts(mine.facts() | spoke)
			my.say[side-A] = says.says(side)
		}
	}
}

// plus adds what another entry counted of the same flow, but for the packets.
func (e *entry) plus(o *entry) {
	for side := range e.bytes {
		e.bytes[side] += o.bytes[side]
	}
	e.b |= o.b &^ endMask      // the flags
	if o.start-1 < e.start-1 { // as numbers without a sign, so that 0, no time, is the latest
		e.start = o.start
	}
	e.end = max(e.end, o.end)
}
