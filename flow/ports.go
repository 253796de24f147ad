package flow

import "github.com/portsniff/portsniff/decode"

// A Chooser says whether a packet goes to the port that it counts for, by its two port numbers alone.
type Chooser func(proto decode.Proto, src, dst uint16) (toService bool)

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
	batch  Batch

	buckets *Buckets

	began  Began // nil for none
	seed   seed
	recent []key // that began was told of
}

// NewPortTable makes a table that counts each packet that passes the filter (all if it is nil) for one of its ports.
func NewPortTable(which Which, choose Chooser, only *Filter) *PortTable {
	return &PortTable{which: which, choose: choose, only: only, batch: Batch{Only: only}}
}

// Quick counts a packet if the quick walk takes it, and reports whether that does. bytes is its length on the wire, nanos its time.
func (t *PortTable) Quick(link decode.LinkType, data []byte, bytes uint32, nanos int64) bool {
	it := &t.quick
	if !it.Decode(link, data, int(bytes)) {
		return false
	}
	it.Bytes, it.Nanos = bytes, nanos
	if it.Data = data; t.only != nil && !t.only.passes(it) {
		return true
	}
	t.Total.Add(bytes)
	if it.Proto == decode.ProtoNone {
		t.NoPorts[it.NoPorts].Add(bytes)
		return true
	}
	t.item(it)
	return true
}

// Packet counts a packet after the whole walk.
func (t *PortTable) Packet(p *decode.Packet, bytes uint32, nanos int64) {
	t.batch.Clear()
	t.batch.Packet(p, bytes, nanos, 0)
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
		t.count(it, t.choose(it.Proto, it.Src, it.Dst))
	case ClientPort:
		t.count(it, !t.choose(it.Proto, it.Src, it.Dst))
	case SourcePort:
		t.count(it, false)
	case DestinationPort:
		t.count(it, true)
	case AnyPort:
		t.count(it, true)
		if it.Src != it.Dst {
			t.count(it, false)
		}
	}
}

// count counts an item for its destination port or for its source port. Which of them it is changes with each packet: no branch depends on it.
func (t *PortTable) count(it *Item, toPort bool) {
	port, way := it.Src, from
	if toPort {
		port = it.Dst
	}
	if toPort {
		way = to
	}
	c := t.cells.of(it.Proto, port)
	c.sent[way].Add(it.Bytes)
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
