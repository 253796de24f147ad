package flow

import (
	"sort"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// Put adds a flow, or a part of one, that another table counted. Parts with the same key must come
// in order. They become one flow, unless a part begins another connection. Put does not change the
// table's Totals. Call Order after the last flow.
func (t *Table) Put(f *Flow) {
	o := entryOf(f)
	h := header{key: o.key, hash: t.seed.hash(&o.key), from: f.First, frame: f.FirstFrame,
		opens: f.Opening, isn: f.ISN, time: f.Start}
	began := t.began
	n := t.place(&h)
	e := t.entries.at(n)
	if e.reuses(&h) {
		n, e = t.restart(n, EndDetected, &h)
	}
	if t.opt.Proofs {
		t.proofs.at(n).plus(e, &o, &f.Proofs)
	}
	if t.began == began {
		e.plus(&o)
		return
	}
	o.number = e.number
	*e = o
}

// plus adds a later part of the same flow. A flow that only ICMP errors quoted so far keeps its
// first frame and its first sender.
func (e *entry) plus(late *entry) {
	refused := e.refused || e.refusedIn(late)
	if !e.used() {
		e.opening, e.isn = late.opening, late.isn
	}
	for side := range e.packets {
		e.packets[side] += late.packets[side]
		e.bytes[side] += late.bytes[side]
		e.flags[side] |= late.flags[side]
		if !e.heard[side] {
			e.heard[side], e.payload[side] = late.heard[side], late.payload[side]
		}
	}
	if !e.opened() && late.opened() {
		e.isn = late.isn
	}
	if e.asked == None {
		e.asked = late.asked
	}
	if e.answered == None {
		e.answered = late.answered
	}
	e.refused = refused && e.answered == None
	if e.start == NoTime || late.start != NoTime && late.start < e.start {
		e.start = late.start
	}
	e.end, e.last = max(e.end, late.end), max(e.last, late.last)
}

// refusedIn reports whether a RST in a later part answers the flow's SYN.
func (e *entry) refusedIn(late *entry) bool {
	if e.asked == None {
		server := late.asked.Other()
		return late.refused && e.packets[(server-A)&1] == 0 &&
			e.flags[(late.asked-A)&1]&(decode.FlagACK|decode.FlagRST) == 0
	}
	rst := header{from: late.first, flags: late.flags[(late.first-A)&1], isn: late.isn}
	return late.refused && late.asked == e.asked && e.onlySYNs(e.asked) ||
		late.opening == decode.OpensRefusal && e.refusedBy(&rst)
}

// entryOf is the reverse of Table.flow.
func entryOf(f *Flow) entry {
	return entry{
		key:      keyOf(f.Key),
		flags:    [2]uint8{f.Flags[A], f.Flags[B]},
		payload:  [2]annotate.Payload{f.Payloads[A], f.Payloads[B]},
		heard:    [2]bool{f.Heard[A], f.Heard[B]},
		asked:    f.Asked,
		answered: f.Answered,
		first:    f.First,
		opening:  f.Opening,
		isn:      f.ISN,
		refused:  f.Refused,
		packets:  [2]uint64{f.From[A].Packets, f.From[B].Packets},
		bytes:    [2]uint64{f.From[A].Bytes, f.From[B].Bytes},
		frame:    f.FirstFrame,
		nth:      f.Header,
		last:     f.LastFrame,
		start:    f.Start,
		end:      f.End,
	}
}

// Order sorts the flows that Put added by their first packets and numbers them.
func (t *Table) Order() {
	t.compact()
	sort.Sort(byFirstPacket{t})
	for i := range t.n {
		t.entries.at(uint32(i)).number = uint64(i + 1)
	}
	clear(t.index.slots)
	t.reindex()
}

// byFirstPacket sorts the entries of a table, with their proofs, by their first packets.
type byFirstPacket struct{ *Table }

func (t byFirstPacket) Len() int { return t.n }

func (t byFirstPacket) Less(i, j int) bool {
	x, y := t.entries.at(uint32(i)), t.entries.at(uint32(j))
	return x.frame < y.frame || x.frame == y.frame && x.nth < y.nth
}

func (t byFirstPacket) Swap(i, j int) {
	x, y := t.entries.at(uint32(i)), t.entries.at(uint32(j))
	*x, *y = *y, *x
	if t.opt.Proofs {
		x, y := t.proofs.at(uint32(i)), t.proofs.at(uint32(j))
		*x, *y = *y, *x
	}
}

// Put adds the counts of one port, or of packets without ports, in one minute.
func (t *PortTable) Put(m *MinutePort) {
	if m.Reason != decode.HasPorts {
		t.NoPorts[m.Reason].Plus(m.To)
		return
	}
	c := t.counters.of(m.Proto, m.Port)
	c.sent[to].Plus(m.To)
	c.sent[from].Plus(m.From)
	c.seen(m.First, m.Last)
	if t.opt.Buckets != nil {
		n := m.To
		n.Plus(m.From)
		t.opt.Buckets.plus(m.PortKey, m.Minute, n)
	}
}
