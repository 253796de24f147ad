package flow

import (
	"iter"

	"github.com/portsniff/portsniff/decode"
)

// DefaultMemory is how much memory a Table takes for its flows unless told otherwise, in bytes.
const DefaultMemory = 256 << 20

// minMemory is the least that makes sense, in bytes: hundreds of flows.
const minMemory = 64 << 10

// Options say how a Table works. The zero value will do.
type Options struct {
	Memory    int     // bytes at most for the flows, and for the addresses that Hosts has counted; DefaultMemory if 0
	Service   Service // which end's port a flow counts for; end A's if nil
	Recognise func(proto decode.Proto, payload []byte) Saying
	Hosts     bool       // count addresses per port
	Answers   *HostPorts // gathers how ports of hosts answered, if not nil

	flowMemory int // of Memory, what is for flows
}

// Addresses may take one part in hostPart of the memory, twice: those of evicted flows, and while ports are listed those of all.
const (
	hostPart   = 8
	hostTables = 2
)

// hostMemory is how much memory addresses may take, in bytes.
func (o *Options) hostMemory() int { return o.Memory / hostPart }

// A Table follows flows in a bounded amount of memory. When that is used up, the flows that were idle the longest are evicted: they are added to
// the counts of their ports, which stay exact, and are flows no more. One that goes on afterwards is a new flow.
type Table struct {
	Totals
	Evicted Evicted

	opt     Options
	seed    seed
	index   index
	store   store
	gone    sums // of evicted flows
	one     Batch
	hits    []Hit
	quick   decode.Quick
	touched uint64 // what lookUp read, lest the compiler leaves that out
	late    struct {
		nanos [runLen]int64
		bytes [runLen]uint32
	}
	began Began // nil for none
}

// Evicted says what became of flows that memory had no room for.
type Evicted struct {
	Flows uint64
	Count
}

// NewTable makes an empty table.
func NewTable(opt Options) *Table {
	if opt.Memory <= 0 {
		opt.Memory = DefaultMemory
	}
	opt.Memory = max(opt.Memory, minMemory)
	if opt.flowMemory = opt.Memory; opt.Hosts {
		opt.flowMemory -= hostTables * opt.hostMemory()
	}
	if opt.Service == nil {
		opt.Service = func(Key, Facts) Side { return A }
	}
	t := &Table{opt: opt, seed: newSeed(), index: newIndex(firstIndex), store: store{answer: opt.Answers != nil}}
	t.one = Batch{seed: t.seed}
	t.gone.hosts.room = opt.hostMemory()
	return t
}

// A Hit ties one of a packet's transport headers to its flow.
type Hit struct {
	Known bool  // there is such a flow; false where the header is quoted and its flow was not seen
	Facts Facts // the flow's, up to this packet
	From  Side  // which side of the flow sent this packet
}

// Add counts one packet after the whole walk: bytes is its length on the wire, nanos its time, frame its number. The hits that it gives match
// p.Ports one by one and stay as they are until the next call.
func (t *Table) Add(p *decode.Packet, bytes uint32, nanos, frame int64) []Hit {
	t.one.Clear()
	t.one.Packet(p, bytes, nanos, frame)
	t.plus(&t.one.Totals)
	t.hits = t.hits[:0]
	next := 0
	for i := range p.Ports {
		if p.Ports[i].Quoted {
			t.hits = append(t.hits, t.look(p, i))
			continue
		}
		t.one.late.near[next] = 0
		t.countLate(&t.one, next)
		e := t.store.entry(t.one.late.near[next] - 1)
		t.hits = append(t.hits, Hit{true, e.allFacts(), A + Side(t.one.late.ends[next].b>>fromShift&1)})
		next++
	}
	return t.hits
}

// look finds the flow that a quoted header speaks of, without counting.
func (t *Table) look(p *decode.Packet, i int) Hit {
	it := Item{Data: p.Data}
	it.From(p, i)
	var k key
	k.of(&it)
	if n, ok, _ := t.find(k.endA(), k.b, &k.v6, t.seed.hash(&k)); ok {
		return Hit{true, t.store.entry(n).allFacts(), k.from}
	}
	return Hit{From: k.from}
}

// find gives the number of a key's entry: x is end A with the kind above it, y end B with whatever above it, and v6 are the addresses, if they are such. Where
// there is none it gives the slot that one would have.
func (t *Table) find(x, y uint64, v6 *[2][16]byte, hash uint32) (n uint32, ok bool, slot uint32) {
	for i := t.index.begins(hash); ; i = slot + 1 {
		if slot, n = t.index.next(i, hash); n == 0 {
			return 0, false, slot
		}
		if n--; t.store.same(t.store.entry(n), x, y, v6) {
			return n, true, slot
		}
	}
}

// add makes room for a flow and begins it. What it is given is as in find, and the slot that find gave.
func (t *Table) add(x, y uint64, v6 *[2][16]byte, hash, slot uint32, frame int64) uint32 {
	if t.index.full(t.store.n) || t.over() {
		t.makeRoom()
		slot = t.index.hole(hash)
	}
	n := t.store.add(x, y, v6, frame)
	t.index.set(slot, hash, n)
	return n
}

// over tells whether another flow would not fit the memory. The index counts three times: the slots before the last growth may still lie about, and what was reserved for
// entries and not touched counts for the garbage collector.
func (t *Table) over() bool {
	_, next := t.store.size()
	return next+len(t.index.slots)*slotSize*3 > t.opt.flowMemory
}

// quickGrowth is what part of the memory an index may take, counted as in over, for it to have grown to four times its size.
const quickGrowth = 8

// makeRoom enlarges the index, or evicts flows where memory does not allow that. While it grows, there are two of them. As long as that is little beside the memory, it becomes
// four times as large but for the first time: then less of it is made, and filled again, on the way than if it were doubled.
func (t *Table) makeRoom() {
	_, next := t.store.size()
	bits, grown := t.index.bits+1, len(t.index.slots)*slotSize*2*3
	if bits > firstIndex+1 && bits < lastIndex && grown*2 <= t.opt.flowMemory/quickGrowth {
		bits, grown = bits+1, grown*2
	}
	if !t.over() && next+grown <= t.opt.flowMemory && bits <= lastIndex {
		t.index = newIndex(bits)
		t.reindex()
		return
	}
	t.evict()
}

// Len is how many flows there are, evicted ones left out.
func (t *Table) Len() int { return t.store.n }

// Flows are the flows in the order in which their first packets came, those that were evicted left out.
func (t *Table) Flows() iter.Seq[Flow] {
	return func(yield func(Flow) bool) {
		for i := range t.store.n {
			if !yield(t.flow(uint32(i))) {
				return
			}
		}
	}
}

// Recognised are those of Flows of which a payload looks like something that is wanted, asked of it with the port at either end.
func (t *Table) Recognised(wanted func(PortKey, Saying) bool) iter.Seq[Flow] {
	return func(yield func(Flow) bool) {
		for i := range uint32(t.store.n) {
			if e := t.store.entry(i); e.note.speaks() && e.asked(wanted) && !yield(t.flow(i)) {
				return
			}
		}
	}
}

// asked asks whether what a flow's payloads look like is wanted.
func (e *entry) asked(wanted func(PortKey, Saying) bool) bool {
	a, b := PortKey{e.proto(), uint16(e.a)}, PortKey{e.proto(), uint16(e.b)}
	for side := A; side <= B; side++ {
		if s := e.note.says(side); s != 0 && (wanted(a, s) || wanted(b, s)) {
			return true
		}
	}
	return false
}

// flow is an entry in full.
func (t *Table) flow(n uint32) Flow {
	e := t.store.entry(n)
	f := Flow{Key: t.store.fullKey(e), Facts: e.allFacts(), FirstFrame: e.note.frame(), Start: e.first(), End: e.last()}
	for side := A; side <= B; side++ {
		f.From[side] = t.store.sent(n, side)
		f.Flags[side], f.Says[side] = e.flags(side-A), e.note.says(side)
	}
	return f
}
