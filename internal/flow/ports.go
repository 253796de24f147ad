package flow

import (
	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
)

// CountBy selects the port that a packet counts for.
type CountBy uint8

// The ports that a packet can count for.
const (
	ServicePort CountBy = iota // the service's port, derived from the two port numbers
	ClientPort                 // the other one
	SourcePort
	DestinationPort
	AnyPort // both; once if they are equal
)

// PortOptions configure a PortTable. The zero value works.
type PortOptions struct {
	By      CountBy
	Only    *Filter  // selects packets; all packets count if nil
	Buckets *Buckets // if not nil, also counts by time
	Minutes *Minutes // if not nil, also counts by minute
}

// A PortTable counts packets by port and does not track flows. It needs a few megabytes for any
// input. It chooses the service's port for each packet alone. A Table can choose another port,
// because it knows which end opened the connection.
type PortTable struct {
	Totals

	// OnFlow is called when a flow begins and for each packet that opens a connection. opens is
	// true in the latter case. The table does not track flows, so it may call OnFlow several times
	// for a flow, but not for every packet.
	OnFlow func(k Key, opens bool)

	opt      PortOptions
	counters portCounters
	hits     []hit // to be added to counters
	walker   walker
	seed     seed
	recent   []key // flows that OnFlow was called for
}

// NewPortTable returns an empty table.
func NewPortTable(opt PortOptions) *PortTable { return &PortTable{opt: opt, seed: newSeed()} }

// Ordered reports whether the table must see all packets in order. If not, several tables may each
// count a part of the packets with AddPlain. Merge then adds them up.
func (t *PortTable) Ordered() bool {
	return t.opt.Buckets != nil || t.opt.Minutes != nil || t.OnFlow != nil
}

// Empty returns an empty table with the same options.
func (t *PortTable) Empty() *PortTable { return NewPortTable(t.opt) }

// Add counts a packet. q is what the quick walk found in it.
func (t *PortTable) Add(r *capture.Record, q *decode.Quick) {
	if t.AddPlain(r, q) {
		return
	}
	w := &t.walker
	p := w.Decode(r)
	var one Totals // of this packet
	w.list = one.walked(p, r.Length, r.Nanos, t.opt.Only, false, w.list[:0])
	t.plus(&one)
	if t.opt.Minutes != nil && one.Total.Packets > 0 {
		w.minutes(t.opt.Minutes, r, p.NoPorts, &one)
	}
	for i := range w.list {
		t.header(&w.list[i].Quick, r)
	}
}

// AddPlain counts a packet if the quick walk decoded it, and reports whether it did. All other
// packets must go to Add, in order.
func (t *PortTable) AddPlain(r *capture.Record, q *decode.Quick) bool {
	if !q.Found() {
		return false
	}
	if !t.opt.Only.plain(q, r.Data, r.Nanos) {
		return true
	}
	t.plain(q, r.Length, r.Nanos)
	if t.opt.Minutes != nil {
		t.opt.Minutes.plain(q, r)
	}
	if q.Proto != decode.ProtoNone {
		t.header(q, r)
	}
	return true
}

// header counts one transport header.
func (t *PortTable) header(q *decode.Quick, r *capture.Record) {
	if t.OnFlow != nil {
		t.notify(q, r)
	}
	switch t.opt.By {
	case ServicePort:
		t.port(q, r, toService(q))
	case ClientPort:
		t.port(q, r, 1-toService(q))
	case SourcePort:
		t.port(q, r, from)
	case DestinationPort:
		t.port(q, r, to)
	case AnyPort:
		t.port(q, r, to)
		if q.Src != q.Dst {
			t.port(q, r, from)
		}
	}
}

// toService returns 1 if a header goes to the port that it counts for, else 0.
func toService(q *decode.Quick) (direction uint16) {
	if annotate.ToService(q.Proto, q.Src, q.Dst) {
		return to
	}
	return from
}

// port counts a header for its destination port if direction is 1, for its source port if it is 0.
// The direction changes with each packet, so no branch depends on it.
func (t *PortTable) port(q *decode.Quick, r *capture.Record, direction uint16) {
	port := q.Src ^ (q.Src^q.Dst)&-direction
	t.hits = append(t.hits, hit{port, q.Proto, uint8(direction), r.Length, r.Nanos})
	if len(t.hits) == maxHits {
		t.addHits()
	}
	if t.opt.Buckets != nil {
		t.opt.Buckets.add(PortKey{q.Proto, port}, r.Nanos, r.Length)
	}
	if t.opt.Minutes != nil {
		t.opt.Minutes.port(PortKey{q.Proto, port}, direction, r.Length, r.Nanos)
	}
}

// A hit is a header that counts for a port.
type hit struct {
	port      uint16
	proto     decode.Transport
	direction uint8 // 1 for a header to the port
	bytes     uint32
	nanos     int64
}

// maxHits is the maximum number of hits that wait to be added. In the short loop of addHits, the
// memory loads of many counters overlap.
const maxHits = 512

// addHits adds the waiting hits to their counters.
func (t *PortTable) addHits() {
	for i := range t.hits {
		h := &t.hits[i]
		t.counters.of(h.proto, h.port).packet(h.direction, h.bytes, h.nanos)
	}
	t.hits = t.hits[:0]
}

// recentFlows is how many flows a PortTable remembers for OnFlow; a power of two.
const recentFlows = 1 << 12

// notify calls OnFlow for a header, unless its flow is already in its slot of recent. Headers that
// open a connection are always reported.
func (t *PortTable) notify(q *decode.Quick, r *capture.Record) {
	if t.recent == nil {
		t.recent = make([]key, recentFlows)
	}
	var k key
	k.of(q, r.Data)
	last, opens := &t.recent[t.seed.hash(&k)%recentFlows], q.Opens == decode.OpensAsk
	if *last != k || opens {
		*last = k
		t.OnFlow(k.full(), opens)
	}
}

// Ports returns the ports with packets, the busiest first.
func (t *PortTable) Ports() []Port {
	t.addHits()
	return t.counters.ports()
}

// Merge adds the counts of another table, which counted other packets.
func (t *PortTable) Merge(o *PortTable) {
	o.addHits()
	t.plus(&o.Totals)
	t.counters.plus(&o.counters)
}
