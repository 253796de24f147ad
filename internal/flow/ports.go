package flow

import (
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// A Chooser says whether a packet goes to the port that it counts for, by its two port numbers alone.
type Chooser struct {
	// Low is a bit of the port numbers that decides where one of them has it and the other one hasn't: it is the one without that counts. That
	// is so for most packets, and costs no call. 0 for none. Where a port is 0, it does not decide.
	Low uint16
	// Choose decides about all others.
	Choose func(proto decode.Proto, src, dst uint16) (toService bool)
}

// toService is 1 where the packet goes to the port that it counts for, else 0.
func (c *Chooser) toService(proto decode.Proto, src, dst uint16) (to uint16) {
	if (src^dst)&c.Low != 0 && src != 0 && dst != 0 {
		return bit(src&c.Low != 0)
	}
	return bit(c.Choose(proto, src, dst))
}

// bit is 1 for true. The compiler makes no branch of it.
func bit(b bool) (n uint16) {
	if b {
		n = 1
	}
	return n
}

// Which is the port of a packet that it counts for.
type Which uint8

// The ports that a packet can count for.
const (
	ServicePort Which = iota // the one that the two numbers make out to be the service's
	ClientPort               // the other one
	SourcePort
	DestinationPort
	AnyPort // both; once where they are equal
)

// A PortTable counts packets by port and follows no flows: it needs a few megabytes, whatever it is fed. It decides for each packet on its own
// what the service's port is, and so can differ from a Table, which knows who opened the connection.
type PortTable struct {
	Totals
	which  Which
	choose Chooser
	only   *Filter
	cells  cells
	quick  Item
	batch  gathering

	buckets *Buckets

	began  Began // nil for none
	seed   seed
	recent []key // that began was told of
}

// NewPortTable makes a table that counts each packet that passes the filter (all if it is nil) for one of its ports.
func NewPortTable(which Which, choose Chooser, only *Filter) *PortTable {
	return &PortTable{which: which, choose: choose, only: only, batch: gathering{Only: only}}
}

// Quick counts a packet if the quick walk takes it, and reports whether that does. bytes is its length on the wire, nanos its time.
func (t *PortTable) Quick(link linktype.Type, data []byte, bytes uint32, nanos int64) bool {
	it := &t.quick
	if !it.Decode(link, data, int(bytes)) {
		return false
	}
	it.Bytes, it.Nanos = bytes, nanos
	if it.Data = data; t.only != nil && !t.only.passes(&it.Quick, data, nanos) {
		return true
	}
	t.counted(it)
	return true
}

// counted counts a packet that the quick walk took.
func (t *PortTable) counted(it *Item) {
	t.Total.Add(it.Bytes)
	if it.Proto == decode.ProtoNone {
		t.NoPorts[it.NoPorts].Add(it.Bytes)
		return
	}
	t.item(it)
}

// Run counts those of a run's packets that the quick walk takes, and gives a bit for each one that it leaves, the lowest for the first one. Only a table that is
// Plain has a use for it.
func (t *PortTable) Run(r *Run) (left uint64) {
	for i := range r.N {
		if !t.Quick(r.Link, r.packet(i), r.Length[i], r.Nanos[i]) {
			left |= 1 << i
		}
	}
	return left
}

// Plain tells whether the table counts each packet for its service's port and looks at nothing else of it, which is what Run does.
func (t *PortTable) Plain() bool {
	return t.which == ServicePort && t.only == nil && t.buckets == nil && t.began == nil
}

// Empty makes a table that counts the same way and has counted nothing.
func (t *PortTable) Empty() *PortTable { return NewPortTable(t.which, t.choose, t.only) }

// Divides tells whether several tables may count some of the packets each, to be merged: not where each packet is told about, or counts in buckets, too.
func (t *PortTable) Divides() bool { return t.buckets == nil && t.began == nil }

// Packet counts a packet after the whole walk.
func (t *PortTable) Packet(p *decode.Packet, bytes uint32, nanos int64) {
	t.batch.clear()
	t.batch.walked(p, bytes, nanos, 0)
	t.plus(&t.batch.Totals)
	for i := range t.batch.items {
		t.item(&t.batch.items[i])
	}
}

// item counts one transport header.
func (t *PortTable) item(it *Item) {
	if t.began != nil {
		t.tell(it)
	}
	switch t.which {
	case ServicePort:
		t.count(it, t.choose.toService(it.Proto, it.Src, it.Dst))
	case ClientPort:
		t.count(it, 1-t.choose.toService(it.Proto, it.Src, it.Dst))
	case SourcePort:
		t.count(it, 0)
	case DestinationPort:
		t.count(it, 1)
	case AnyPort:
		t.count(it, 1)
		if it.Src != it.Dst {
			t.count(it, 0)
		}
	}
}

// count counts an item for its destination port, where to is 1, or for its source port, where it is 0. Which of them it is changes with each packet: no branch
// depends on it.
func (t *PortTable) count(it *Item, to uint16) {
	port := it.Src ^ (it.Src^it.Dst)&-to
	c := t.cells.of(it.Proto, port)
	c.sent[to%2].Add(it.Bytes)
	c.seen(it.Nanos, it.Nanos)
	if t.buckets != nil {
		t.buckets.add(PortKey{it.Proto, port}, it.Nanos, it.Bytes)
	}
}

// Ports are what was counted, the busiest first.
func (t *PortTable) Ports() []Port { return t.cells.ports() }

// Merge adds what another table counted of other packets.
func (t *PortTable) Merge(o *PortTable) {
	t.plus(&o.Totals)
	t.cells.plus(&o.cells)
}
