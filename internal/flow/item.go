package flow

import (
	"github.com/portsniff/portsniff/decode"
)

// An Item is one transport header of one packet, or one packet without ports, as it is to be counted.
type Item struct {
	decode.Quick
	Bytes uint32 // the packet's length on the wire
	Nanos int64  // the packet's time since 1970, NoTime if it has none
	Frame int64  // the packet's number
	Data  []byte // the captured bytes; needed until the item is counted

	refused bool // an ICMP error quotes the header, for nothing listens on its destination port: it counts for no flow
}

// A gathering has the items of packets after the whole walk. A packet's items follow one another.
type gathering struct {
	Totals         // of the packets that were added
	Only   *Filter // adds only what passes, everything if nil
	items  []Item

	refusals bool // also adds what an ICMP error quotes that refuses a port
}

// walked adds a packet after the whole walk.
func (b *gathering) walked(p *decode.Packet, bytes uint32, nanos, frame int64) {
	n, own := 0, 0
	before := len(b.items)
	for i := range p.Ports {
		quoted := p.Ports[i].Quoted
		if quoted && !(b.refusals && p.Refuses(&p.Ports[i])) {
			continue
		}
		if !quoted && p.Ports[i].InheritedFrom == 0 {
			own++
		}
		it := b.next()
		it.From(p, i)
		it.Bytes, it.Nanos, it.Frame, it.Data, it.refused = bytes, nanos, frame, p.Data, quoted
		b.items = b.items[:len(b.items)+1]
		n++
	}
	b.items = b.items[:before]
	if n == 0 {
		it := b.next()
		*it = Item{Bytes: bytes, Nanos: nanos, Frame: frame, Data: p.Data}
	}
	b.add(n, own, p.NoPorts)
}

// add counts a packet whose n items stand behind the last one, as far as the filter passes them. A packet without any has one that only says when it was.
func (b *gathering) add(n, own int, why decode.Reason) {
	bytes := b.items[:len(b.items)+1][len(b.items)].Bytes
	if b.Only == nil {
		b.items = b.items[:len(b.items)+n]
		b.packet(why, own, bytes)
		return
	}
	if kept, pass := b.filter(n); pass {
		b.items = b.items[:len(b.items)+kept]
		b.packet(why, own, bytes)
	}
}

// filter moves those of the n items behind the last one to the front that pass, and gives how many there are and whether the packet counts.
func (b *gathering) filter(n int) (kept int, pass bool) {
	more := b.items[len(b.items) : len(b.items)+max(n, 1)]
	if !b.Only.time(more[0].Nanos) {
		return 0, false
	}
	for i := range more[:n] {
		if b.Only.item(&more[i].Quick, more[i].Data) {
			more[kept] = more[i]
			kept++
		}
	}
	return kept, kept > 0 || n == 0 && !b.Only.ends()
}

// next is the item behind the last one.
func (b *gathering) next() *Item {
	if len(b.items) == cap(b.items) {
		b.grow()
	}
	return &b.items[:len(b.items)+1][len(b.items)]
}

// firstItems is how many items there is room for at first.
const firstItems = 16

// grow makes room for more items.
func (b *gathering) grow() {
	grown := make([]Item, len(b.items), 2*cap(b.items)+firstItems)
	copy(grown, b.items)
	b.items = grown
}

// clear forgets items and totals, and keeps the memory.
func (b *gathering) clear() { b.items, b.Totals = b.items[:0], Totals{} }

// Totals are what was counted of all packets, with ports or without.
type Totals struct {
	Total   Count                 // all packets
	Nested  Count                 // packets that count more than once, for they have several transport headers
	NoPorts [decode.Reasons]Count // packets without ports, by reason
}

// packet counts a packet that has so many transport headers of its own.
func (t *Totals) packet(why decode.Reason, own int, bytes uint32) {
	t.Total.Add(bytes)
	switch {
	case own == 0:
		t.NoPorts[why].Add(bytes)
	case own > 1:
		t.Nested.Add(bytes)
	}
}

// plus adds other totals.
func (t *Totals) plus(o *Totals) {
	t.Total.Plus(o.Total)
	t.Nested.Plus(o.Nested)
	for i := range t.NoPorts {
		t.NoPorts[i].Plus(o.NoPorts[i])
	}
}
