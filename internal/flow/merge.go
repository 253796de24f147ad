package flow

// Merge adds what another table counted of other packets of the same input; packets have the same
// numbers in both. Flows with the same key become one, and the earlier packets decide about its
// roles, whichever table has them. The other table stays as it is.
func (t *Table) Merge(o *Table) {
	t.Totals.plus(&o.Totals)
	t.Evicted.Flows += o.Evicted.Flows
	t.Evicted.Plus(o.Evicted.Count)
	t.gone.plus(&o.gone)
	for e := range o.living() {
		h := header{key: e.key, hash: t.seed.hash(&e.key), from: e.first, frame: e.frame, nth: e.nth}
		t.entries.at(t.place(&h)).plus(e)
	}
}

// plus adds what another entry counted of the same flow.
func (e *entry) plus(o *entry) {
	early, late := e, o
	if o.frame < e.frame {
		early, late = o, e
	}
	sum := *early
	for side := range sum.packets {
		sum.packets[side] += late.packets[side]
		sum.bytes[side] += late.bytes[side]
		sum.flags[side] |= late.flags[side]
		if !sum.heard[side] {
			sum.heard[side], sum.payload[side] = late.heard[side], late.payload[side]
		}
	}
	if sum.asked == None {
		sum.asked = late.asked
	}
	if sum.answered == None {
		sum.answered = late.answered
	}
	if sum.start == NoTime || late.start != NoTime && late.start < sum.start {
		sum.start = late.start
	}
	sum.end, sum.last = max(sum.end, late.end), max(sum.last, late.last)
	sum.hash = e.hash
	sum.mergeReply(late)
	*e = sum
}

// mergeReply finds the first packet from the end that did not send first.
func (e *entry) mergeReply(late *entry) {
	first := late.reply
	if late.first != e.first { // all that the other one sent first answers this one
		first = late.frame
	}
	if e.reply == 0 && first != 0 {
		e.reply, e.refused = first, late.refused && first == late.reply
	}
}
