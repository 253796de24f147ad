package flow

import (
	"cmp"
	"slices"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// Put adds a flow, or a part of one, that another table counted. Parts with the same key become one
// flow, as in Merge; those of one flow come in order. The table's Totals stay as they are. Order is
// to be called when all flows are there.
func (t *Table) Put(f *Flow) {
	k := keyOf(f.Key)
	h := header{key: k, hash: t.seed.hash(&k), from: f.First, frame: f.FirstFrame}
	n := int(t.place(&h))
	e, o := t.entries.at(uint32(n)), entryOf(f)
	if e.packets == [2]uint64{} && e.reply == 0 {
		o.hash = h.hash
		*e = o
		return
	}
	e.plus(&o)
}

// entryOf is the reverse of entry.flow.
func entryOf(f *Flow) entry {
	return entry{
		key:      keyOf(f.Key),
		flags:    [2]uint8{f.Flags[A], f.Flags[B]},
		payload:  [2]annotate.Payload{f.Payloads[A], f.Payloads[B]},
		heard:    [2]bool{f.Heard[A], f.Heard[B]},
		asked:    f.Asked,
		answered: f.Answered,
		first:    f.First,
		refused:  f.Refused,
		packets:  [2]uint64{f.From[A].Packets, f.From[B].Packets},
		bytes:    [2]uint64{f.From[A].Bytes, f.From[B].Bytes},
		frame:    f.FirstFrame,
		nth:      f.Header,
		last:     f.LastFrame,
		start:    f.Start,
		end:      f.End,
		reply:    f.ReplyFrame,
	}
}

// Order puts flows that came by Put in the order of their first packets.
func (t *Table) Order() {
	t.compact()
	list := make([]entry, t.n)
	for i := range list {
		list[i] = *t.entries.at(uint32(i))
	}
	slices.SortFunc(list, func(x, y entry) int {
		return cmp.Or(cmp.Compare(x.frame, y.frame), cmp.Compare(x.nth, y.nth))
	})
	for i := range list {
		*t.entries.at(uint32(i)) = list[i]
	}
	clear(t.index.slots)
	t.reindex()
}

// Put adds what was counted for a port in a minute.
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
