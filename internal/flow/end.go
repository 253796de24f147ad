package flow

import (
	"slices"
	"time"
)

// An EndReason is the reason why a flow left the table: IPFIX's flowEndReason (information element
// 136, RFC 5102 section 5.11.3).
type EndReason uint8

// Reasons with the numbers of IPFIX.
const (
	EndIdle     EndReason = 1 // idle timeout
	EndActive   EndReason = 2 // active timeout
	EndDetected EndReason = 3 // a RST, or a FIN from both sides
	EndOfInput  EndReason = 4 // forced end
	EndEvicted  EndReason = 5 // lack of resources
)

// String returns IPFIX's name for the reason, with hyphens.
func (r EndReason) String() string {
	names := [...]string{"", "idle-timeout", "active-timeout", "end-of-flow", "forced-end",
		"lack-of-resources"}
	if int(r) < len(names) {
		return names[r]
	}
	return ""
}

// linger is the time that a closed connection stays in the table, for its last packets.
const linger = 5 * time.Second

// ends returns the reason if a flow ends before a packet at time now, else 0.
func (t *Table) ends(e *entry, now int64) EndReason {
	switch idle, active := t.opt.Idle, t.opt.Active; {
	case idle > 0 && e.closed() && since(e.end, now, min(linger, idle)):
		return EndDetected
	case idle > 0 && since(e.end, now, idle):
		return EndIdle
	case active > 0 && since(e.start, now, active):
		return EndActive
	}
	return 0
}

// Expire ends the flows that are idle at time now, in nanoseconds since 1970. Count calls it with
// packet times. A live capture without packets calls it with the clock's time.
func (t *Table) Expire(now int64) {
	interval := int64(max(t.opt.Idle/4, time.Second))
	if t.opt.Idle == 0 || now == NoTime || now >= t.swept &&
		uint64(now-t.swept) < uint64(interval) {
		return
	}
	t.expire(now)
}

func (t *Table) expire(now int64) {
	t.swept = now
	for i := range uint32(t.n) {
		e := t.entries.at(i)
		if why := t.ends(e, now); !e.gone() && (why == EndIdle || why == EndDetected) {
			t.leave(i, why)
		}
	}
	if t.ended > 0 {
		t.compact()
	}
}

// restart ends the flow of entry i and begins another one for h, which has the same key. It returns
// the new entry and its number.
func (t *Table) restart(i uint32, why EndReason, h *header) (uint32, *entry) {
	_, slot := t.find(&h.key, h.hash)
	if t.opt.Idle|t.opt.Active != 0 {
		t.leave(i, why)
	} else {
		t.notifyEnd(i, why)
		t.entries.at(i).ends |= pastBit
	}
	if t.index.full(t.n) || t.over() {
		t.makeRoom()
		t.index.insert(h.hash, uint32(t.n))
	} else {
		t.index.set(slot, h.hash, uint32(t.n))
	}
	n := t.begin(h)
	return n, t.entries.at(n)
}

// leave removes a flow from the table. Its entry stays in place until compact.
func (t *Table) leave(i uint32, why EndReason) {
	e, f := t.entries.at(i), t.flow(i)
	t.gone.add(&f)
	t.notifyEnd(i, why)
	e.key = key{}
	t.ended++
	if why == EndEvicted {
		t.Evicted.Flows++
		t.Evicted.Plus(e.total())
	}
}

// notifyEnd calls OnEnd unless the flow already ended because another connection uses its ports.
func (t *Table) notifyEnd(i uint32, why EndReason) {
	if t.OnEnd != nil && !t.entries.at(i).past() {
		f := t.flow(i)
		t.OnEnd(&f, why)
	}
}

// Finish calls OnEnd for all flows that are in the table at the end of the input. The flows stay in
// the table.
func (t *Table) Finish() {
	if t.OnEnd == nil {
		return
	}
	if t.opt.Idle > 0 && t.now != NoTime {
		t.expire(t.now)
	}
	for i, e := range t.living() {
		why := EndOfInput
		if e.closed() {
			why = EndDetected
		}
		t.notifyEnd(i, why)
	}
}

// Memory in bytes of an entry with its number while flows are sorted, of its proofs, and of its TCP
// state.
const (
	entrySize  = 128 + 4
	proofsSize = 40
	tcpSize    = 192
)

// entrySize returns the memory that one more flow takes, in bytes.
func (t *Table) entrySize() int {
	size := entrySize
	if t.opt.Proofs {
		size += proofsSize
	}
	if t.opt.TCP {
		size += tcpSize
	}
	return size
}

// over reports whether one more flow would exceed the memory. The index counts three times, because
// the slots before the last growth may not be collected yet and chunks have unused ends.
func (t *Table) over() bool {
	return (t.n+1)*t.entrySize()+len(t.index.slots)*slotSize*3 > t.opt.flowMemory()
}

// quickGrowth limits fast growth: an index grows fourfold only within 1/quickGrowth of the memory.
const quickGrowth = 8

// makeRoom removes flows that have ended or enlarges the index. If memory does not allow that, it
// evicts flows. While the index grows, the old and the new one exist. A small index grows fourfold,
// so that entries are inserted again less often.
func (t *Table) makeRoom() {
	if t.ended > t.n/4 {
		t.compact()
		return
	}
	bits, grown := t.index.bits+1, len(t.index.slots)*slotSize*2*3
	if bits > firstIndex+1 && bits < lastIndex && grown*2 <= t.opt.flowMemory()/quickGrowth {
		bits, grown = bits+1, grown*2
	}
	if !t.over() && (t.n+1)*t.entrySize()+grown <= t.opt.flowMemory() && bits <= lastIndex {
		t.index = newIndex(bits)
		t.reindex()
		return
	}
	t.evict()
}

// evict takes a sample of evictSample flows to find the 1/evictPart that were idle the longest.
// Evicting fewer flows at a time would move the other entries more often.
const (
	evictSample = 4096
	evictPart   = 2
)

// evict removes the flows that were idle the longest, about half of the table.
func (t *Table) evict() {
	var sample []int64
	for i := 0; i < t.n; i += t.n/evictSample + 1 {
		sample = append(sample, t.entries.at(uint32(i)).last)
	}
	slices.Sort(sample)
	limit := sample[len(sample)/evictPart]
	for i, e := range t.living() {
		if e.last <= limit {
			t.leave(i, EndEvicted)
		}
	}
	t.compact()
}

// compact removes the entries of flows that have left the table.
func (t *Table) compact() {
	kept := uint32(0)
	for i, e := range t.living() {
		*t.entries.at(kept) = *e
		if t.opt.Proofs {
			*t.proofs.at(kept) = *t.proofs.at(i)
		}
		if t.opt.TCP {
			*t.tcp.at(kept) = *t.tcp.at(i)
		}
		kept++
	}
	t.n, t.ended = int(kept), 0
	clear(t.index.slots)
	t.reindex()
}

// reindex inserts all entries of current flows into an empty index.
func (t *Table) reindex() {
	for i := range uint32(t.n) {
		if e := t.entries.at(i); !e.gone() && !e.past() {
			t.index.insert(t.seed.hash(&e.key), i)
		}
	}
}
