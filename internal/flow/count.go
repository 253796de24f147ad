package flow

import (
	"github.com/portsniff/portsniff/decode"
)

// Count counts a batch, which is to be cleared then. All room that was left in it is filled. All
// entries are looked up before the first header is counted: these loads do not wait for each other.
func (t *Table) Count(b *Batch) {
	t.plus(&b.Totals)
	t.lookUp(&b.slots)
	t.lookUp(&b.late)
	t.prepare6(b)
	next := 0
	for i := range b.runs {
		r := &b.runs[i]
		t.rooms(b, next, r.slot)
		t.count(b, &span{n: r.N, places: b.slots.from(r.slot), run: r, nanos: r.Nanos, bytes: r.Length})
		next = r.slot + r.N
	}
	t.rooms(b, next, b.slots.n)
	b.six = b.six[:0] // whose slots have the entries' ends now
}

// rooms counts what is in slots that all are rooms.
func (t *Table) rooms(b *Batch, from, to int) {
	for i := from; i < to; i++ {
		t.counted(b, b.slots.ends[i])
	}
}

// counted counts the late headers that a room stands for.
func (t *Table) counted(b *Batch, room ends) {
	for i := room.a & endMask; i < room.b; i++ {
		t.countLate(b, int(i))
	}
}

func (t *Table) countLate(b *Batch, i int) {
	x := &b.extra[i]
	t.late.nanos[0], t.late.bytes[0] = x.nanos, x.bytes
	t.count(b, &span{n: 1, places: b.late.from(i), extra: x, nanos: &t.late.nanos, bytes: &t.late.bytes})
}

// A span is headers that follow one another: those of a run's packets, or a late one.
type span struct {
	n int
	places
	run   *placed
	extra *extra // where run is nil
	nanos *[runLen]int64
	bytes *[runLen]uint32
}

// Places are some headers' figures: as many as a run may have, of which the last may be nobody's.
type places struct {
	ends *[runLen]ends
	hash *[runLen]uint32
	near *[runLen]uint32
}

func (h *headers) from(i int) places {
	return places{(*[runLen]ends)(h.ends[i:]), (*[runLen]uint32)(h.hash[i:]), (*[runLen]uint32)(h.near[i:])}
}

// frame is the number of a header's packet.
func (s *span) frame(i int) int64 {
	if s.run == nil {
		return s.extra.frame
	}
	return s.run.First + int64(i)
}

// payload is what a header's packet has behind it.
func (s *span) payload(q *decode.Quick, i int) []byte {
	if s.run == nil {
		return s.extra.payload
	}
	data := s.run.packet(i)
	if !q.Decode(s.run.Link, data, int(s.run.Length[i])) || q.Payload == 0 || q.Payload >= q.End {
		return nil
	}
	return data[q.Payload:q.End]
}

// lookUp finds the entries that headers are probably of, first the slots and then the entries.
func (t *Table) lookUp(h *headers) {
	if t.store.n == 0 {
		clear(h.near[:h.n])
		return
	}
	for i, hash := range h.hash[:h.n] {
		_, h.near[i] = t.index.next(t.index.begins(hash), hash)
	}
	for _, near := range h.near[:h.n] { // only so that they are in the cache
		t.touched += t.store.entry(max(near, 1) - 1).a
	}
}

// prepare6 compares the addresses of headers in IPv6 with those of the entries that they probably
// are of, which lie apart. Where they are the same, the header gets the number of the entry's
// addresses in place of that of its own, and is counted like all others.
func (t *Table) prepare6(b *Batch) {
	if t.known() == 0 {
		return
	}
	for i := range b.six {
		x := &b.slots.ends[b.six[i].slot]
		if e := t.near6(b, i); e != nil && t.store.same(e, x.a&^(kindApart<<kindShift), x.b, &b.v6[uint32(x.a>>16)]) {
			b.six[i].own, x.a = x.a, e.a&(1<<factsShift-1)
		}
	}
}

// near6 is the entry that a header in IPv6 is probably of, nil if there is none in IPv6. Since it was looked for, it may have gone, with what is left of it in memory.
func (t *Table) near6(b *Batch, i int) *entry {
	near := b.slots.near[b.six[i].slot]
	if near == 0 || near > uint32(t.store.n) {
		return nil
	}
	if e := t.store.entry(near - 1); e.kind()&kindV6 == kindV6 {
		return e
	}
	return nil
}

// restore6 takes back what prepare6 said of entries, which have moved.
func (b *Batch) restore6() {
	for _, s := range b.six {
		if s.own != 0 {
			b.slots.ends[s.slot].a = s.own
		}
	}
}

// count counts headers, in their order.
func (t *Table) count(b *Batch, s *span) {
	for i, n := 0, min(s.n, runLen); i < n; i++ {
		t.countOne(b, s, i)
	}
}

// countOne counts a header, whatever it is of. Since guess saw its entry, others may have come, and entries moved.
func (t *Table) countOne(b *Batch, s *span, i int) {
	x, at, known := s.ends[i], s.near[i]-1, t.known()
	var e *entry
	if at < known {
		if e = t.store.entry(at); (e.a^x.a)<<(64-factsShift)|(e.b^x.b)<<(64-flagsShift) != 0 {
			e = nil
		}
	} else if known != 0 && t.begin(s, i) {
		return
	}
	if e == nil {
		if at = t.resolve(b, s, i); at == noEntry {
			return
		}
		e = t.store.entry(at)
	}
	side := x.b >> fromShift & 1
	if e.packets[side]++; e.packets[side] == 0 {
		t.store.carry(at, A+Side(side), 1)
	}
	e.bytes[side] += uint64(s.bytes[i])
	e.b |= x.b >> flagsShift & 0xff << (flagsShift + 8*side)
	time := biased(s.nanos[i])
	e.end = max(e.end, time)
	if time <= e.start-1 { // or start is 0
		e.begin(time, s.frame(i))
	}
	if x.b>>opensShift&3 != 0 {
		e.open(x.b)
	}
	if x.b>>payloadShift&1&^(e.a>>(factsShift+spokeShift+side)) != 0 {
		t.listen(e, at, s, i)
	}
	if t.store.answer {
		t.answers(e, at, s.frame(i), A+Side(side))
	}
}

// known is of how many entries a packet may be counted with nothing else to be done: of none where somebody is to be told.
func (t *Table) known() uint32 {
	if t.began != nil || t.store.answer {
		return 0
	}
	return uint32(t.store.n)
}

// noEntry stands for the number of an entry where there is none.
const noEntry = ^uint32(0)

// resolve finds the entry of a header, or begins one. Where the header counts for none, what it has to say is done with, and it gives noEntry.
func (t *Table) resolve(b *Batch, s *span, i int) uint32 {
	x, y, frame := s.ends[i].a, s.ends[i].b, s.frame(i)
	switch uint8(x >> kindShift) {
	case kindNone:
		return noEntry
	case kindRoom:
		t.counted(b, s.ends[i])
		return noEntry
	}
	var v6 *[2][16]byte
	if x>>kindShift&kindV6 == kindV6 {
		v6 = &b.v6[uint32(x>>16)]
		x &^= endMask &^ 0xffff
	}
	x &^= kindApart << kindShift
	if y>>refusedShift&1 != 0 {
		t.refuse(x, y, v6, s.hash[i], frame)
		return noEntry
	}
	n, begins := s.near[i]-1, false
	if n >= uint32(t.store.n) || !t.store.same(t.store.entry(n), x, y, v6) {
		evicted := t.Evicted.Flows
		n, begins = t.place(x, y, v6, s.hash[i], frame)
		if s.near[i] = n + 1; t.Evicted.Flows != evicted {
			b.restore6()
		}
	}
	if asks := decode.Opening(y>>opensShift&3) == decode.OpensAsk; t.began != nil && (begins || asks) {
		t.began(t.store.fullKey(t.store.entry(n)), asks)
	}
	return n
}

// begin begins the flow of a header and counts it, if there is nothing to be thought of: no slot has its hash, there is room, it is in IPv4, and nobody is to be told. It reports
// whether it did.
func (t *Table) begin(s *span, i int) bool {
	x, hash := s.ends[i], s.hash[i]
	kind, n := uint8(x.a>>kindShift), uint32(t.store.n)
	if kind == kindNone || kind&kindApart != 0 || t.index.full(t.store.n) || t.over() || t.store.n == len(t.store.entries.list)<<pieceBits {
		return false
	}
	slot, known := t.index.next(t.index.begins(hash), hash)
	if known != 0 {
		return false
	}
	t.store.n++
	t.index.set(slot, hash, n)
	s.near[i] = n + 1
	e, side, frame, time := t.store.entry(n), x.b>>fromShift&1, s.frame(i), biased(s.nanos[i])
	*e = entry{}
	e.a = x.a | (1+side)<<(factsShift+firstShift)
	e.b = x.b&endMask | x.b>>flagsShift&0xff<<(flagsShift+8*side)
	e.packets[side], e.bytes[side] = 1, uint64(s.bytes[i])
	e.note = noteOf(frame)
	e.start, e.end = time, time
	if time == 0 {
		e.begin(time, frame)
	}
	if x.b>>opensShift&3 != 0 {
		e.open(x.b)
	}
	if x.b>>payloadShift&1 != 0 {
		t.listen(e, n, s, i)
	}
	return true
}

// place gives the number of the entry that a header counts for, a new one where there is none. Who sent it sent the flow's first packet then.
func (t *Table) place(x, y uint64, v6 *[2][16]byte, hash uint32, frame int64) (n uint32, begins bool) {
	n, ok, slot := t.find(x, y, v6, hash)
	if !ok {
		n = t.add(x, y, v6, hash, slot, frame)
	}
	t.store.entry(n).learn(firstShift, A+Side(y>>fromShift&1))
	return n, !ok
}

// begin takes note of a time that is not after an entry's first one, where there is such. 0 is no time.
func (e *entry) begin(time uint64, frame int64) {
	if time == 0 { // then the order of the packets stands for it, below all times that captures have
		e.end = max(e.end, uint64(frame))
		return
	}
	e.start = time
}

// open takes note of a header that opens a connection. The first word counts: a connection that reuses the ports does not change the roles of the one before it.
func (e *entry) open(y uint64) {
	from := A + Side(y>>fromShift&1)
	if decode.Opening(y>>opensShift&3) == decode.OpensAsk {
		e.learn(askedShift, from)
	} else {
		e.learn(answeredShift, from)
	}
}

// listen notes what a side's first payload looks like.
func (t *Table) listen(e *entry, n uint32, s *span, i int) {
	side := s.ends[i].b >> fromShift & 1
	e.a |= 1 << (factsShift + spokeShift + side)
	if t.opt.Recognise != nil {
		e.note.say[side] = t.opt.Recognise(e.proto(), s.payload(&t.quick, i))
	}
}
