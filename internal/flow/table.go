package flow

import (
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
)

// DefaultMemory is the memory limit of a Table by default, in bytes.
const DefaultMemory = 256 << 20

// minMemory is the smallest useful limit, in bytes: enough for hundreds of flows.
const minMemory = 128 << 10

// Options configure a Table. The zero value works.
type Options struct {
	Memory int     // bytes at most for flows and for the addresses of Hosts; DefaultMemory if 0
	Only   *Filter // selects the packets of Batches; all packets count if nil
	Hosts  bool    // count the addresses at each port
	TCP    bool    // analyze TCP segments, in Flow.TCP
	Proofs bool    // record evidence about ports, including ICMP errors, in Flow.Proofs

	// Idle ends a flow that had no packet for this time. Active ends a flow of this age at its next
	// packet. Ended flows leave the table. 0 means never. Times are those of the packets.
	Idle, Active time.Duration
}

// Addresses may use 1/hostPart of the memory for each of hostTables sets: one for flows that left
// the table, and one for all flows while ports are listed.
const (
	hostPart   = 8
	hostTables = 2
)

// hostMemory returns the memory that one set of addresses may use, in bytes.
func (o *Options) hostMemory() int { return o.Memory / hostPart }

// flowMemory returns the memory that flows may use, in bytes.
func (o *Options) flowMemory() int {
	if o.Hosts {
		return o.Memory - hostTables*o.hostMemory()
	}
	return o.Memory
}

// A Table tracks flows in bounded memory. When the memory is full, it evicts the flows that were
// idle the longest. Their counts are added to those of their ports, which stay exact. A flow that
// continues after its eviction is a new flow.
type Table struct {
	Totals
	Evicted Evicted

	// OnFlow is called for each flow that begins and for each packet that opens a connection. opens
	// is true in the latter case. A flow may open several connections.
	OnFlow func(k Key, opens bool)
	// OnEnd is called for each flow that ends, and by Finish for all others. A flow ends when it
	// leaves the table or when another connection uses its ports. In the latter case the table
	// still lists the flow if neither Idle nor Active is set.
	OnEnd func(f *Flow, why EndReason)

	opt     Options
	seed    seed
	index   index
	entries chunks[entry]
	proofs  chunks[proofs] // of the entries, with Options.Proofs
	tcp     chunks[tcpState]
	n       int        // entries
	ended   int        // entries of flows that have left the table
	began   uint64     // number of flows that began
	gone    portTotals // of flows that have left the table
	now     int64      // time of the latest packet
	swept   int64      // when flows were last checked for Idle
	walker  walker
	one     Batch
	matches []Match
	loaded  uint64 // sum of what lookUp loaded, so that the compiler keeps the loads
}

// Evicted counts the flows that were evicted.
type Evicted struct {
	Flows uint64
	Count
}

// NewTable returns an empty table.
func NewTable(opt Options) *Table {
	if opt.Memory <= 0 {
		opt.Memory = DefaultMemory
	}
	opt.Memory = max(opt.Memory, minMemory)
	t := &Table{opt: opt, seed: newSeed(), index: newIndex(firstIndex), now: NoTime, swept: NoTime}
	t.gone = newPortTotals(&t.opt)
	t.one = *t.NewBatch()
	return t
}

// Count counts a batch. The caller clears the batch afterwards. Count looks up all slots, then all
// entries, then updates them. The memory loads of each loop overlap.
func (t *Table) Count(b *Batch) {
	b.walk(&t.walker)
	t.Totals.plus(&b.totals)
	t.lookUp(b.headers)
	t.lookUp(b.late)
	at, late := 0, 0
	for i := range b.deferred {
		d := &b.deferred[i]
		t.countAll(b.headers[at:d.at])
		t.countAll(b.late[late:d.late])
		at, late = d.at, d.late
	}
	t.countAll(b.headers[at:])
	if b.now != NoTime {
		t.now = b.now
		t.Expire(t.now)
	}
}

// lookUp finds the entries that headers probably belong to, and loads them into the cache.
func (t *Table) lookUp(list []header) {
	if t.n == 0 {
		return
	}
	slots, mask, limit := t.index.slots, uint32(len(t.index.slots)-1), t.index.limit()
	for i := range list {
		h := &list[i]
		slot := t.index.begin(h.hash)
		h.found = slots[slot&mask] ^ t.index.lower(h.hash)
		if h.found >= limit { // another flow's slot
			_, h.found = t.index.next(slot, h.hash)
		}
	}
	sum := uint64(0)
	for i := range list {
		e := t.entries.at(max(list[i].found, 1) - 1)
		sum += e.ends + e.bytes[0]
	}
	t.loaded += sum
}

func (t *Table) countAll(list []header) {
	for i := range list {
		t.count(&list[i])
	}
}

// count counts one header and returns its flow's entry. Since lookUp, other flows may have begun,
// and entries may have moved.
func (t *Table) count(h *header) *entry {
	n := h.found - 1
	if n >= uint32(t.n) || !t.entries.at(n).key.same(&h.key) {
		n = t.place(h)
	}
	e := t.entries.at(n)
	if t.opt.Idle|t.opt.Active != 0 && h.time != NoTime {
		if why := t.ends(e, h.time); why != 0 {
			n, e = t.restart(n, why, h)
		}
	}
	if h.unreachable != decode.Reachable {
		t.proofs.at(n).unreachable(e, h)
		t.quoted(e, h)
		return e
	}
	if t.onlyQuoted(e, h) || h.opens != decode.OpensNothing && (e.reuses(h) || t.cuts(e, h)) {
		n, e = t.restart(n, EndDetected, h)
	}
	if t.opt.Proofs {
		t.proofs.at(n).count(e, h)
	}
	if t.opt.TCP {
		t.tcp.at(n).count(e, h)
	}
	if t.OnFlow != nil && (e.packets == [2]uint64{} || h.opens == decode.OpensAsk) {
		t.OnFlow(e.key.full(), h.opens == decode.OpensAsk)
	}
	e.count(h)
	return e
}

// place returns the number of the entry with a header's key. It adds an entry if there is none.
func (t *Table) place(h *header) uint32 {
	if n, slot := t.find(&h.key, h.hash); n != 0 {
		return n - 1
	} else if !t.index.full(t.n) && !t.over() {
		t.index.set(slot, h.hash, uint32(t.n))
	} else {
		t.makeRoom()
		t.index.insert(h.hash, uint32(t.n))
	}
	return t.begin(h)
}

// find returns the number + 1 of a key's entry and its slot. Without an entry it returns 0 and the
// empty slot for the key.
func (t *Table) find(k *key, hash uint32) (n, slot uint32) {
	for i := t.index.begin(hash); ; i = slot + 1 {
		slot, n = t.index.next(i, hash)
		if n == 0 || t.entries.at(n-1).key.same(k) {
			return n, slot
		}
	}
}

// begin appends an entry for a header's flow and returns its number.
func (t *Table) begin(h *header) uint32 {
	t.entries.grow(t.n)
	n := uint32(t.n)
	t.n++
	t.began++
	*t.entries.at(n) = entry{
		key:    h.key,
		number: t.began,
		first:  h.from,
		frame:  h.frame,
		nth:    h.nth,
		start:  NoTime,
		end:    NoTime,
	}
	if t.opt.Proofs {
		t.proofs.grow(int(n))
		*t.proofs.at(n) = proofs{}
	}
	if t.opt.TCP {
		t.tcp.grow(int(n))
		*t.tcp.at(n) = tcpState{syn: NoTime, rtt: NoTime}
	}
	return n
}

// A Match connects one of a packet's transport headers to its flow.
type Match struct {
	Known bool  // the table has the flow; false if the header is quoted and its flow was not seen
	Facts Facts // facts of the flow up to this packet
	From  Side  // the side of the flow that sent this packet
	// Flow.Number; 0 if the flow is not known
	Number uint64
}

// Add counts one packet after the whole walk and ignores Options.Only. bytes is its length on the
// wire, nanos its time, frame its number. Each match belongs to the element of p.Ports with the
// same index. The matches are valid until the next call.
func (t *Table) Add(p *decode.Packet, bytes uint32, nanos, frame int64) []Match {
	r := capture.Record{Data: p.Data, Number: frame, Nanos: nanos, Length: bytes, Link: p.Link}
	t.one.Clear()
	t.one.packet(&t.walker, p, &r)
	t.Totals.plus(&t.one.totals)
	list := t.one.late
	t.matches = t.matches[:0]
	for i := range p.Ports {
		x := &p.Ports[i]
		if x.Quoted && !(t.opt.Proofs && p.Unreachable(x) != decode.Reachable) {
			t.matches = append(t.matches, t.match(p, i, &r))
			continue
		}
		h := &list[0]
		list = list[1:]
		e := t.count(h)
		t.matches = append(t.matches, Match{true, e.facts(), h.from, e.number})
	}
	if nanos != NoTime {
		t.now = nanos
		t.Expire(nanos)
	}
	return t.matches
}

// Expect adds the flows of a packet to those that Load prefetches, before Add is called for it.
func (t *Table) Expect(p *decode.Packet) {
	var q decode.Quick
	for i := range p.Ports {
		q.From(p, i)
		h := next(&t.one.headers)
		h.key.of(&q, p.Data)
		h.hash = t.seed.hash(&h.key)
	}
}

// Load prefetches the flows of the expected packets into the cache. The memory loads overlap.
func (t *Table) Load() {
	t.lookUp(t.one.headers)
	t.one.headers = t.one.headers[:0]
}

// match finds the flow of a quoted header, without counting it.
func (t *Table) match(p *decode.Packet, i int, r *capture.Record) Match {
	var q decode.Quick
	var k key
	q.From(p, i)
	m := Match{From: k.of(&q, r.Data)}
	if n, _ := t.find(&k, t.seed.hash(&k)); n != 0 {
		e := t.entries.at(n - 1)
		m.Known, m.Facts, m.Number = true, e.facts(), e.number
	}
	return m
}

// FactsOf returns the facts of the latest flow with a key, or no facts if there is none.
func (t *Table) FactsOf(full Key) Facts {
	k := keyOf(full)
	n, _ := t.find(&k, t.seed.hash(&k))
	if n == 0 {
		return Facts{}
	}
	return t.entries.at(n - 1).facts()
}

// Find returns the flow with a key.
func (t *Table) Find(full Key) (f Flow, ok bool) {
	k := keyOf(full)
	n, _ := t.find(&k, t.seed.hash(&k))
	if n == 0 {
		return Flow{}, false
	}
	return t.flow(n - 1), true
}

// Len returns the number of flows in the table.
func (t *Table) Len() int { return t.n - t.ended }
