package flow

import "github.com/portsniff/portsniff/decode"

// chunk is how many headers are looked up before the first of them is counted: enough that the processor waits for many at once, and few enough that what it
// fetched is still in the cache.
const chunk = 512

// Count counts a batch. All room that was left in it is filled.
func (t *Table) Count(b *Batch) {
	t.plus(&b.Totals)
	t.prepare(b, &b.late, 0, len(b.late.headers))
	for from := 0; from < len(b.all.headers); from += chunk {
		to := min(from+chunk, len(b.all.headers))
		t.prepare(b, &b.all, from, to)
		t.inOrder(b, from, to)
	}
}

// inOrder counts headers after prepare. Most are of flows in IPv4 that are known and stand where prepare saw them: for these it does what count does, with nothing else to ask.
func (t *Table) inOrder(b *Batch, from, to int) {
	simple := t.began == nil && !t.store.answer // then there are no headers that refuse, either
	for i := from; i < to; i++ {
		h := &b.all.headers[i]
		if n := b.all.near[i] - 1; simple && h.kind&kindV6 == kindV4 && n < uint32(t.store.n) {
			if e := t.store.entry(n); e.same4(h) {
				t.see(e, n, b, h)
				continue
			}
		}
		if h.kind != kindRoom {
			t.header(b, &b.all, i)
			continue
		}
		for n := h.a; n < h.b; n++ {
			t.header(b, &b.late, int(n))
		}
	}
}

// header counts one of a list's headers.
func (t *Table) header(b *Batch, l *list, i int) {
	h := &l.headers[i]
	if h.refused {
		var k key
		b.key(&k, h)
		t.refuse(&k, l.hash[i], h.frame)
		return
	}
	t.count(b, h, l.hash[i], l.near[i])
}

// prepare reads where each header's flow probably is, so that memory is fetched for many of them at the same time: first the slots, then the entries that they
// name, then addresses that lie apart. The loops are short, so that the processor is many rounds ahead of what it waits for.
func (t *Table) prepare(b *Batch, l *list, from, to int) {
	headers, hash, near := l.headers[from:to], l.hash[from:to], l.near[from:to]
	var sum uint64
	slots, shift := t.index.slots, t.index.shift
	for _, h := range hash {
		sum += slots[h>>shift]
	}
	for i, h := range hash {
		near[i] = t.index.look(h)
	}
	if t.store.n > 0 {
		for _, n := range near {
			sum += uint64(t.store.entry(max(n, 1) - 1).kind)
		}
	}
	if len(b.v6) > 0 {
		sum += t.prepare6(headers, near)
	}
	t.sink = sum
}

func (t *Table) prepare6(headers []header, near []uint32) (sum uint64) {
	t.six = t.six[:0]
	for i, n := range near {
		if n > 0 && headers[i].kind&kindV6 == kindV6 {
			t.six = append(t.six, n)
		}
	}
	for _, n := range t.six {
		sum += t.store.touch6(n - 1)
	}
	return sum
}

// count counts a header for its flow, a new one if need be. near is what look said of the hash some packets ago, or 0: meanwhile flows may have come, and
// entries moved.
func (t *Table) count(b *Batch, h *header, hash, near uint32) *entry {
	n, begins := near-1, false
	if n >= uint32(t.store.n) || !t.same(b, h, t.store.entry(n)) {
		n, begins = t.place(b, h, hash)
	}
	if t.began != nil && (begins || h.opens == decode.OpensAsk) {
		var k key
		b.key(&k, h)
		t.began(k.full(), h.opens == decode.OpensAsk)
	}
	e := t.store.entry(n)
	t.see(e, n, b, h)
	if t.store.answer {
		t.answers(e, n, h.frame, h.from)
	}
	return e
}

// same tells whether an entry has a header's key.
func (t *Table) same(b *Batch, h *header, e *entry) bool {
	if h.kind&kindV6 != kindV6 {
		return e.same4(h)
	}
	if e.kind != h.kind || e.portA != uint16(h.a) || e.portB != uint16(h.b) {
		return false
	}
	x, y := t.store.addrs6(e), &b.v6[h.a>>16] // which an entry of IPv4 has none of
	return same16(&x[0], &y[0]) && same16(&x[1], &y[1])
}

// same4 is same for what has no IPv6 addresses.
func (e *entry) same4(h *header) bool {
	return e.kind == h.kind && e.portA == uint16(h.a) && e.portB == uint16(h.b) && e.a == uint32(h.a>>16) && e.b == uint32(h.b>>16)
}

// place finds the entry for a header, or begins one.
func (t *Table) place(b *Batch, h *header, hash uint32) (n uint32, begins bool) {
	var k key
	b.key(&k, h)
	if n, ok := t.find(&k, hash); ok {
		return n, false
	}
	return t.add(&k, hash, h.frame), true
}

// see counts a packet of a flow.
func (t *Table) see(e *entry, n uint32, b *Batch, h *header) {
	e.see(h)
	if h.payload != 0 && h.payload < h.end && e.facts>>(spokeShift-1+h.from)&1 == 0 {
		t.listen(e, n, b, h)
	}
}

// see counts a packet that a side sent.
func (e *entry) see(h *header) {
	side := h.from - A
	e.packets[side]++
	e.bytes[side] += uint64(h.bytes)
	e.flags[side] |= h.flags
	at := h.nanos
	if at == NoTime { // then the order of the packets stands for it, below all times that captures have
		at += h.frame
	}
	if e.end < at {
		e.end = at
	}
	if h.nanos < e.start && h.nanos != NoTime || e.start == NoTime {
		e.start = h.nanos
	}
	e.learn(firstShift, h.from)
	switch h.opens {
	case decode.OpensAsk: // the first word counts: a connection that reuses the ports does not change the roles of the one before it
		e.learn(askedShift, h.from)
	case decode.OpensAnswer:
		e.learn(answeredShift, h.from)
	}
}

// listen notes what a side's first payload looks like.
func (t *Table) listen(e *entry, n uint32, b *Batch, h *header) {
	e.facts |= 1 << (spokeShift - 1 + h.from)
	if t.opt.Recognise != nil {
		t.store.note(n).says[h.from-A] = t.opt.Recognise(e.proto(), b.data[h.data][h.payload:h.end])
	}
}
