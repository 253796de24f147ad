package flow

import (
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// A Batch has what a Table is to count of many packets, so that each step of the work goes over many of them at a time: the processor then fetches what one
// needs from memory while it works on another. What needs no table is done when packets are added, by whoever adds them: names of flows and their hashes.
type Batch struct {
	gathering

	seed  seed
	slots headers // one for each packet that was added
	late  headers // of packets after the whole walk
	runs  []placed
	six   []six         // slots that have a header in IPv6
	room  []uint32      // which slots are to be filled, in their order; filled says how many are
	extra []extra       // of late
	v6    [][2][16]byte // addresses of the ends of IPv6 headers
	one   decode.Quick

	filled int
}

// runLen is how many packets a Run has at most.
const runLen = 64

// BatchSize is how many packets are best added one by one before they are counted.
const BatchSize = 64

// Headers are transport headers as a table counts them: figures side by side, so that each step reads only what it is about.
type headers struct {
	n    int
	ends []ends
	hash []uint32
	near []uint32 // number plus one of the entry that has the key, probably; 0 for none
}

// Ends are a key's, with what the places below say above them. With IPv6 the number of the addresses is above A's port.
type ends struct{ a, b uint64 }

// Places in ends.a and in entry.a, in bits: above end A, of 48 bits, stands a key's kind, and in an entry the facts.
const (
	kindShift  = 48
	factsShift = 56
)

// Kinds of slots without a key. Another kind with the bit kindApart is a key's that is not compared as it stands: with IPv6 addresses, or refused.
const (
	kindApart = 1 << 7
	kindNone  = 0    // a packet that counts for no flow
	kindRoom  = 0xff // stands for those late ones from a to b that are of a packet which comes later
)

// Places in ends.b above end B.
const (
	flagsShift   = 48
	opensShift   = flagsShift + 8
	payloadShift = opensShift + 2
	fromShift    = payloadShift + 1 // whether side B sent it
	refusedShift = fromShift + 1    // as in an Item
)

// endMask has the bits of an end: an address, or with IPv6 a number in its place, and a port.
const endMask = 1<<48 - 1

// An extra is what the whole walk found besides.
type extra struct {
	nanos   int64
	frame   int64
	bytes   uint32
	payload []byte
}

// A six is a slot with a header in IPv6.
type six struct {
	slot int
	own  uint64 // what the slot had as its ends.a before it got that of an entry, 0 if it has its own
}

// A placed run has its first slot.
type placed struct {
	Run
	slot int
}

// more makes n more headers, whose figures may be anything.
func (h *headers) more(n int) {
	if h.n += n; h.n+runLen <= len(h.hash) { // so that there are as many from each on
		return
	}
	size := max(h.n+runLen, 2*len(h.hash))
	grow(&h.ends, size)
	grow(&h.hash, size)
	grow(&h.near, size)
}

// grow makes a list longer.
func grow[T any](list *[]T, n int) {
	longer := make([]T, n)
	copy(longer, *list)
	*list = longer
}

// Batch is an empty batch of what the table counts. What passes the filter is added, all if that is nil.
func (t *Table) Batch(only *Filter) Batch {
	return Batch{gathering: gathering{Only: only, refusals: t.opt.Answers != nil}, seed: t.seed}
}

// Clear forgets packets and totals, and keeps the memory.
func (b *Batch) Clear() {
	b.clear()
	clear(b.runs) // they point to packets
	clear(b.extra)
	b.slots.n, b.late.n, b.filled = 0, 0, 0
	b.runs, b.six, b.room, b.extra, b.v6 = b.runs[:0], b.six[:0], b.room[:0], b.extra[:0], b.v6[:0]
}

// Len is how many slots are in use: one for each packet of a run, and for each other one that counts for a flow.
func (b *Batch) Len() int { return b.slots.n }

// A Run is packets that follow one another: figures side by side.
type Run struct {
	Link   linktype.Type
	Data   []byte          // where they lie
	First  int64           // number of the first one
	N      int             // how many there are, at most runLen
	At     *[runLen]uint32 // where in Data each begins
	Len    *[runLen]uint32 // how many bytes of it were captured
	Length *[runLen]uint32 // and its length on the wire
	Nanos  *[runLen]int64  // times
}

// packet is one of them.
func (r *Run) packet(i int) []byte { return r.Data[r.At[i]:][:r.Len[i]] }

// Run adds the packets that the quick walk takes, and gives a bit for each one that it leaves, the lowest for the first one. For these it leaves room: Fill is to be called
// for each, in their order. What the run consists of is needed until the batch is counted.
func (b *Batch) Run(r *Run) (left uint64) {
	base := b.slots.n
	b.slots.more(r.N)
	b.runs = append(b.runs, placed{*r, base})
	for i := range r.N {
		if !b.quick(r, i, base+i) {
			left |= 1 << i
			b.leave(base + i)
		}
	}
	return left
}

// quick sets the slot of a packet if the quick walk takes that.
func (b *Batch) quick(r *Run, i, slot int) bool {
	q, data, length := &b.one, r.packet(i), r.Length[i]
	if !q.Decode(r.Link, data, int(length)) {
		return false
	}
	if b.slots.ends[slot].a = kindNone; b.Only != nil && !b.Only.passes(q, data, r.Nanos[i]) {
		return true
	}
	b.Total.Add(length)
	if q.Proto == decode.ProtoNone {
		b.NoPorts[q.NoPorts].Add(length)
		return true
	}
	if b.name(&b.slots, slot, q, data, false); q.Version == 6 {
		b.six = append(b.six, six{slot: slot})
	}
	return true
}

// leave leaves room for a packet in a slot.
func (b *Batch) leave(slot int) {
	b.slots.room(slot)
	b.room = append(b.room, uint32(slot))
}

// room makes a slot that stands for no late headers yet.
func (h *headers) room(slot int) { h.ends[slot], h.hash[slot] = ends{a: kindRoom << kindShift}, 0 }

// name sets a header's figures.
func (b *Batch) name(to *headers, n int, q *decode.Quick, data []byte, refused bool) {
	kind := uint8(q.Proto) | q.Version<<4
	x, y, from, hash := b.endsOf(q, data, kind)
	if q.Version == 6 || refused {
		kind |= kindApart
	}
	to.ends[n].a = x | uint64(kind)<<kindShift
	to.ends[n].b = y | uint64(q.Flags)<<flagsShift | uint64(q.Opens)<<opensShift | uint64(bit(q.Payload != 0 && q.Payload < q.End))<<payloadShift |
		uint64(from-A)<<fromShift | uint64(bit(refused))<<refusedShift
	to.hash[n] = hash
}

// endsOf are a header's ends, which of them sent it, and the key's hash.
func (b *Batch) endsOf(q *decode.Quick, data []byte, kind uint8) (x, y uint64, from Side, hash uint32) {
	if q.Version != 6 {
		x, y, from = ends4(q, data)
		return x, y, from, b.seed.hash4(x, y, kind)
	}
	b.v6 = append(b.v6, [2][16]byte{})
	v6 := &b.v6[len(b.v6)-1]
	x, y, from = ends6(q, data, v6)
	return x | uint64(len(b.v6)-1)<<16, y, from, b.seed.hash6(x, y, kind, v6)
}

// Quick adds a packet if the quick walk takes it, and reports whether that does. bytes is its length on the wire, nanos its time, frame its number.
func (b *Batch) Quick(link linktype.Type, data []byte, bytes uint32, nanos, frame int64) bool {
	q := &b.one
	if !q.Decode(link, data, int(bytes)) {
		return false
	}
	if b.Only != nil && !b.Only.passes(q, data, nanos) {
		return true
	}
	b.Total.Add(bytes)
	if q.Proto == decode.ProtoNone {
		b.NoPorts[q.NoPorts].Add(bytes)
		return true
	}
	b.items = append(b.items[:0], Item{Quick: *q, Bytes: bytes, Nanos: nanos, Frame: frame, Data: data})
	b.last()
	return true
}

// Packet adds a packet after the whole walk.
func (b *Batch) Packet(p *decode.Packet, bytes uint32, nanos, frame int64) {
	b.items = b.items[:0]
	b.walked(p, bytes, nanos, frame)
	b.last()
}

// last puts the items behind all that was added.
func (b *Batch) last() {
	if len(b.items) > 0 {
		b.slots.more(1)
		slot := b.slots.n - 1
		b.slots.room(slot)
		b.fill(slot)
	}
}

// Fill adds a packet after the whole walk in the place that was left for it, the first one that is not filled.
func (b *Batch) Fill(p *decode.Packet, bytes uint32, nanos, frame int64) {
	b.items = b.items[:0]
	b.walked(p, bytes, nanos, frame)
	b.fill(int(b.room[b.filled]))
	b.filled++
}

// fill has a slot's room stand for the items.
func (b *Batch) fill(slot int) {
	from := b.late.n
	for i := range b.items {
		it := &b.items[i]
		b.late.more(1)
		b.name(&b.late, b.late.n-1, &it.Quick, it.Data, it.refused)
		x := extra{nanos: it.Nanos, frame: it.Frame, bytes: it.Bytes}
		if it.Payload != 0 && it.Payload < it.End {
			x.payload = it.Data[it.Payload:it.End]
		}
		b.extra = append(b.extra, x)
	}
	b.slots.ends[slot].a |= uint64(from)
	b.slots.ends[slot].b = uint64(b.late.n)
}
