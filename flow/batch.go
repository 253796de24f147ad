package flow

import (
	"github.com/portsniff/portsniff/decode"
)

// A Batch has what a Table is to count of many packets, so that each step of the work goes over many of them at a time: the processor then fetches what one
// needs from memory while it works on another. What needs no table is done when packets are added, by whoever adds them: names of flows and their hashes.
type Batch struct {
	gathering

	seed seed
	all  list
	late list          // of the packets for which Run left room
	room []uint32      // which places in all those are, in their order; filled says how many have theirs
	data [][]byte      // where packets lie
	v6   [][2][16]byte // addresses of the ends of IPv6 headers
	one  decode.Quick

	filled int
}

// BatchSize is how many packets are best added one by one before they are counted.
const BatchSize = 64

// A header is one transport header of one packet as a table counts it.
type header struct {
	a, b    uint64 // ends A and B as in a key; with IPv6 the number of the addresses is above A's port
	nanos   int64
	frame   int64
	bytes   uint32 // the packet's length on the wire
	payload uint32 // bytes of the data where the payload begins, 0 where that isn't known, and ends
	end     uint32
	data    uint32 // which data
	kind    uint8  // as in a key; kindRoom where it stands for those of a packet that comes later: a to b in late
	from    Side
	flags   uint8
	opens   decode.Opening
	refused bool // as in an Item
}

// kindRoom is no key's kind.
const kindRoom = 0xff

// A list has headers and, side by side, what is looked up for them.
type list struct {
	headers []header
	hash    []uint32
	near    []uint32 // numbers plus one of entries that probably have the keys, 0 for none
}

// more makes room for n more headers.
func (l *list) more(n int) {
	if n += len(l.headers); n > len(l.hash) {
		n = max(n, 2*len(l.hash))
		headers := make([]header, len(l.headers), n)
		copy(headers, l.headers)
		hash := make([]uint32, n)
		copy(hash, l.hash)
		l.headers, l.hash, l.near = headers, hash, make([]uint32, n)
	}
}

// Batch is an empty batch of what the table counts. What passes the filter is added, all if that is nil.
func (t *Table) Batch(only *Filter) Batch {
	return Batch{gathering: gathering{Only: only, refusals: t.opt.Answers != nil}, seed: t.seed}
}

// Clear forgets packets and totals, and keeps the memory.
func (b *Batch) Clear() {
	b.clear()
	clear(b.data)
	b.all.headers, b.late.headers, b.room, b.data, b.v6, b.filled = b.all.headers[:0], b.late.headers[:0], b.room[:0], b.data[:0], b.v6[:0], 0
}

// Len is how many transport headers were added, with one for each packet that room was left for.
func (b *Batch) Len() int { return len(b.all.headers) }

// A Run is packets that follow one another: figures side by side.
type Run struct {
	Link   decode.LinkType
	Data   []byte                 // where they lie
	First  int64                  // number of the first one
	N      int                    // how many there are, at most decode.RunLen
	At     *[decode.RunLen]uint32 // where in Data each begins
	Len    *[decode.RunLen]uint32 // how many bytes of it were captured
	Length *[decode.RunLen]uint32 // and its length on the wire
	Nanos  *[decode.RunLen]int64  // times
}

// packet is one of them.
func (r *Run) packet(i int) []byte { return r.Data[r.At[i]:][:r.Len[i]] }

// Run adds the packets that the quick walk takes, and gives a bit for each one that it leaves, the lowest for the first one. For these it leaves room: Fill is to be called
// for each, in their order.
func (b *Batch) Run(r *Run) (left uint64) {
	b.all.more(r.N)
	n, total := len(b.all.headers), Count{}
	headers, hash := b.all.headers[:n+r.N], b.all.hash[:n+r.N]
	caplen, length, nanos := r.Len[:r.N], r.Length[:r.N], r.Nanos[:r.N]
	plain, number := r.Link == decode.LinkEthernet && b.Only == nil, uint32(len(b.data))
	for i, at := range r.At[:r.N] {
		h, data := &headers[n], r.Data[at:][:caplen[i]]
		h.bytes, h.nanos, h.frame, h.data, h.refused = length[i], nanos[i], r.First+int64(i), number, false
		if plain {
			if proto, flags, src, dst, payload, end := decode.PlainHeader(data); proto != decode.ProtoNone { // most packets: a key from registers
				h.a, h.b, h.from = order(src, dst)
				h.kind, h.flags, h.opens = uint8(proto)|kindV4, flags, decode.PlainOpens(flags)
				h.payload, h.end = within(payload, at), uint32(end)+at
				hash[n] = b.seed.hash4(h.a, h.b, h.kind)
				total.Add(length[i])
				n++
				continue
			}
		}
		q := &b.one
		if !q.Decode(r.Link, data, int(length[i])) {
			left |= 1 << (i % 64)
			b.room = append(b.room, uint32(n))
			h.kind, hash[n] = kindRoom, 0
			n++
			continue
		}
		if b.Only != nil && !b.Only.passes(q, data, nanos[i]) {
			continue
		}
		total.Add(length[i])
		if q.Proto == decode.ProtoNone {
			b.NoPorts[q.NoPorts].Add(length[i])
			continue
		}
		h.payload, h.end = within(q.Payload, at), uint32(max(q.End, 0))+at
		hash[n] = b.name(h, q, data)
		n++
	}
	b.Total.Plus(total)
	b.data = append(b.data, r.Data)
	b.all.headers = headers[:n]
	return left
}

// within is where in a run's data a payload begins that begins at a byte of a frame, and the frame at a byte of the data: 0 where it is not known.
func within(payload int32, at uint32) uint32 {
	return (uint32(payload) + at) & -uint32(bit(payload != 0))
}

// name sets a header's key, and gives the hash.
func (b *Batch) name(h *header, q *decode.Quick, data []byte) uint32 {
	h.kind, h.flags, h.opens = uint8(q.Proto)|q.Version<<4, q.Flags, q.Opens
	if q.Version == 6 {
		return b.name6(h, q, data)
	}
	h.a, h.b, h.from = ends4(q, data)
	return b.seed.hash4(h.a, h.b, h.kind)
}

func (b *Batch) name6(h *header, q *decode.Quick, data []byte) uint32 {
	b.v6 = append(b.v6, [2][16]byte{})
	v6 := &b.v6[len(b.v6)-1]
	h.a, h.b, h.from = ends6(q, data, v6)
	hash := b.seed.hash6(h.a, h.b, h.kind, v6)
	h.a |= uint64(len(b.v6)-1) << 16
	return hash
}

// Quick adds a packet if the quick walk takes it, and reports whether that does. bytes is its length on the wire, nanos its time, frame its number.
func (b *Batch) Quick(link decode.LinkType, data []byte, bytes uint32, nanos, frame int64) bool {
	q := &b.one
	if !q.Decode(link, data, int(bytes)) {
		return false
	}
	if b.Only != nil && !b.Only.passes(q, data, nanos) {
		return true
	}
	b.Total.Add(bytes)
	if q.Proto == decode.ProtoNone {
		b.NoPorts[q.NoPorts].Add(bytes)
		return true
	}
	b.put(&b.all, &Item{Quick: *q, Bytes: bytes, Nanos: nanos, Frame: frame, Data: data})
	return true
}

// Packet adds a packet after the whole walk.
func (b *Batch) Packet(p *decode.Packet, bytes uint32, nanos, frame int64) {
	b.whole(&b.all, p, bytes, nanos, frame)
}

// Fill adds a packet after the whole walk in the place that was left for it, the first one that is not filled.
func (b *Batch) Fill(p *decode.Packet, bytes uint32, nanos, frame int64) {
	from := len(b.late.headers)
	b.whole(&b.late, p, bytes, nanos, frame)
	h := &b.all.headers[b.room[b.filled]]
	h.a, h.b = uint64(from), uint64(len(b.late.headers))
	b.filled++
}

func (b *Batch) whole(to *list, p *decode.Packet, bytes uint32, nanos, frame int64) {
	b.items = b.items[:0]
	b.walked(p, bytes, nanos, frame)
	for i := range b.items {
		b.put(to, &b.items[i])
	}
}

// put puts an item behind a list.
func (b *Batch) put(to *list, it *Item) {
	to.more(1)
	n := len(to.headers)
	to.headers = to.headers[:n+1]
	h := &to.headers[n]
	*h = header{nanos: it.Nanos, frame: it.Frame, bytes: it.Bytes, payload: uint32(it.Payload), end: uint32(max(it.End, 0)), data: uint32(len(b.data)), refused: it.refused}
	to.hash[n] = b.name(h, &it.Quick, it.Data)
	b.data = append(b.data, it.Data)
}

// key sets k to a header's key in full. It is not given as a value: that would be copied by sixteen bytes which were written by eight, and the processor waits
// with such until all that was written before is out, new flows foremost.
func (b *Batch) key(k *key, h *header) {
	k.a, k.b, k.kind, k.from = h.a, h.b, h.kind, h.from
	if h.kind&kindV6 == kindV6 {
		k.a, k.v6 = h.a&0xffff, b.v6[h.a>>16]
	}
}
