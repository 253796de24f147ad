package flow

import (
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
)

// A Batch prepares packets for a Table. Any goroutine may fill one. Table.Count then counts many
// packets at once, so the memory loads of many table entries overlap.
type Batch struct {
	totals Totals
	now    int64   // time of the latest packet, NoTime for none
	only   *Filter // nil for all packets
	tcp    bool    // segments are wanted
	proofs bool    // headers quoted by ICMP errors count too
	seed   seed

	headers  []header   // of plain packets
	deferred []deferred // packets that need the whole walk, in order
	late     []header   // of the deferred packets
}

// A header is one transport header, ready to be counted.
type header struct {
	key
	hash    uint32
	found   uint32 // number + 1 of the entry that probably has the key; 0 for none
	bytes   uint32 // of the packet, on the wire
	from    Side
	flags   uint8 // TCP's control bits
	opens   decode.Handshake
	nth     uint8   // index of the header in the packet, 0 for the outermost
	isn     uint32  // as in decode.Quick
	payload []byte  // nil if none was captured
	segment segment // set if Batch.tcp is set
	// set if an ICMP error quotes the header, which then does not count
	unreachable decode.Unreachable
	time        int64 // NoTime for none
	frame       int64
}

// A deferred packet needs the whole walk, which sees the packets in order.
type deferred struct {
	capture.Record
	at   int // index in Batch.headers of the header after this packet
	late int // end of this packet's headers in Batch.late
}

// NewBatch returns an empty batch for the table.
func (t *Table) NewBatch() *Batch {
	return &Batch{now: NoTime, only: t.opt.Only, tcp: t.opt.TCP, proofs: t.opt.Proofs, seed: t.seed}
}

// Clear forgets all packets and keeps the memory.
func (b *Batch) Clear() {
	clear(b.headers) // they point to packets
	clear(b.deferred)
	clear(b.late)
	b.totals, b.now = Totals{}, NoTime
	b.headers, b.deferred, b.late = b.headers[:0], b.deferred[:0], b.late[:0]
}

// Add adds a packet. q is what the quick walk found in it. The packet's bytes must stay valid until
// the batch is counted.
func (b *Batch) Add(r *capture.Record, q *decode.Quick) {
	if r.Nanos != NoTime {
		b.now = r.Nanos
	}
	if !q.Found() {
		b.deferred = append(b.deferred, deferred{Record: *r, at: len(b.headers)})
		return
	}
	if !b.only.plain(q, r.Data, r.Nanos) {
		return
	}
	if b.totals.plain(q, r.Length, r.Nanos); q.Proto != decode.ProtoNone {
		b.set(next(&b.headers), q, r)
	}
}

// next appends one element to the list and returns a pointer to it.
func next[T any](list *[]T) *T {
	if n := len(*list); n < cap(*list) {
		*list = (*list)[:n+1]
	} else {
		var zero T
		*list = append(*list, zero)
	}
	return &(*list)[len(*list)-1]
}

// set sets all fields for the header that q found in a packet.
func (b *Batch) set(h *header, q *decode.Quick, r *capture.Record) {
	h.from = h.key.of(q, r.Data)
	h.hash, h.found = b.seed.hash(&h.key), 0
	h.bytes, h.flags, h.opens, h.isn = r.Length, q.Flags, q.Opens, q.ISN
	h.unreachable, h.nth = decode.Reachable, 0
	h.time, h.frame, h.payload = r.Nanos, r.Number, nil
	if q.Payload != 0 && q.Payload < q.End {
		h.payload = r.Data[q.Payload:q.End]
	}
	if b.tcp {
		h.segment = segmentAt(q, r.Data)
	}
}

// walk decodes the deferred packets in order. w remembers fragments.
func (b *Batch) walk(w *walker) {
	for i := range b.deferred {
		d := &b.deferred[i]
		b.packet(w, w.Decode(&d.Record), &d.Record)
		d.late = len(b.late)
	}
}

// packet appends the headers of a packet after the whole walk.
func (b *Batch) packet(w *walker, p *decode.Packet, r *capture.Record) {
	w.list = b.totals.walked(p, r.Length, r.Nanos, b.only, b.proofs, w.list[:0])
	for i := range w.list {
		h := next(&b.late)
		b.set(h, &w.list[i].Quick, r)
		h.unreachable, h.nth = w.list[i].unreachable, uint8(i)
	}
}

// A walker decodes the packets that the quick walk does not handle.
type walker struct {
	Decoder
	list []transport
}
