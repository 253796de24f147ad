package pipeline

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
)

// aheadBytes is the maximum number of bytes of packets that an Ahead reads ahead.
const aheadBytes = 4 << 20

// Ahead is a source that returns packets in their order. If a later fragment comes before the first
// one of its datagram, it reads ahead and sets First of the fragment. It reads ahead within the
// bounds of decode.Datagrams and 4 MiB of packets at most. Without datagrams it never reads ahead.
type Ahead struct {
	Source
	queue     []*waiting // packets that were read ahead, oldest first
	size      int        // bytes of their data and comments
	given     *waiting   // the packet that Next returned last; nil if it was not read ahead
	peeked    capture.Packet
	isPeeked  bool              // Ready has read a packet that Next must return
	err       error             // error of the source at its end
	datagrams *decode.Datagrams // nil: nothing is read ahead
	quick     decode.Quick
	packet    decode.Packet
	done      []int64 // frames that wait for the packet that observe saw last
	first     int64   // the frame that they wait for
}

// A waiting packet was read ahead.
type waiting struct {
	capture.Packet
	quick decode.Quick
	about capture.Interface
	waits bool // for its first fragment
}

// size returns the number of bytes of a packet's data and comments.
func (w *waiting) size() int {
	n := len(w.Data)
	for _, c := range w.Comments {
		n += len(c)
	}
	return n
}

// NewAhead returns an Ahead that reads from a source. The source must not be one that waits for
// packets, such as a live capture.
func NewAhead(src Source) *Ahead {
	return &Ahead{Source: src, datagrams: decode.NewDatagrams()}
}

// Next implements capture.Source.
func (a *Ahead) Next(p *capture.Packet) error {
	if a.datagrams == nil {
		return a.Source.Next(p)
	}
	a.given, p.First = nil, nil // the source does not set First
	if a.isPeeked {
		*p, a.isPeeked = a.peeked, false
		return nil
	}
	if len(a.queue) == 0 {
		if a.err != nil {
			return a.err
		}
		if err := a.Source.Next(p); err != nil {
			return err
		}
		if r := p.Record(); !a.observe(&r, &a.quick) {
			return nil
		}
		a.hold(p, true)
	}
	for a.queue[0].waits && a.more() {
		if a.err = a.Source.Next(p); a.err == nil {
			r := p.Record()
			a.hold(p, a.observe(&r, &a.quick))
		}
	}
	w := a.queue[0]
	a.queue[0], a.queue = nil, a.queue[1:]
	a.size -= w.size()
	a.given, *p = w, w.Packet
	return nil
}

// more reports whether the first fragment of the first packet in the queue may still come.
func (a *Ahead) more() bool {
	first, last := a.queue[0], a.queue[len(a.queue)-1]
	return a.err == nil && last.Number-first.Number < decode.FragmentWindow &&
		a.size < aheadBytes &&
		!(first.HasTime && last.HasTime &&
			last.Timestamp.Sub(first.Timestamp) > decode.FragmentLife)
}

// Ready works like that of capture.File. It reads the next packet to find out whether Next would
// read ahead.
func (a *Ahead) Ready() bool {
	switch {
	case a.datagrams == nil:
		return a.Source.Ready()
	case len(a.queue) > 0:
		return !a.queue[0].waits
	case a.isPeeked:
		return true
	case a.err != nil || !a.Source.Ready():
		return false
	}
	a.peeked.First = nil
	if a.err = a.Source.Next(&a.peeked); a.err != nil {
		return false
	}
	r := a.peeked.Record()
	if a.observe(&r, &a.quick) {
		a.hold(&a.peeked, true)
		return false
	}
	a.isPeeked = true
	return true
}

// Given returns the interface of the packet that Next returned last, if that packet was read ahead.
// The source knows only the interface of the packet that it read last.
func (a *Ahead) Given() (about capture.Interface, ok bool) {
	if a.given == nil {
		return about, false
	}
	return a.given.about, true
}

// Batch works like that of capture.File, but returns no packet if Next must read ahead. It sets the
// same number of elements of quick to what the quick walk finds in the packets. quick is as long as
// out.
func (a *Ahead) Batch(out []capture.Record, quick []decode.Quick) int {
	if a.isPeeked && len(out) > 0 {
		out[0], quick[0], a.isPeeked = a.peeked.Record(), a.quick, false
		return 1
	}
	if len(a.queue) > 0 || a.err != nil {
		n := 0
		for ; n < len(out) && n < len(a.queue) && !a.queue[n].waits; n++ {
			out[n], quick[n] = a.queue[n].Record(), a.queue[n].quick
			a.size -= a.queue[n].size()
		}
		clear(a.queue[:n])
		a.queue = a.queue[n:]
		return n
	}
	n := a.Source.Batch(out)
	for i := range out[:n] {
		if !a.observe(&out[i], &quick[i]) {
			continue
		}
		a.quick = quick[i]
		for j := range out[i:n] {
			r := &out[i+j]
			p := packetOf(r)
			a.hold(&p, j == 0 || a.observe(r, &a.quick))
		}
		return i
	}
	return n
}

// packetOf returns the packet of a record.
func packetOf(r *capture.Record) (p capture.Packet) {
	p.Number, p.Link, p.Data, p.Length, p.CaptureLength = r.Number, r.Link, r.Data, int(r.Length),
		len(r.Data)
	if p.HasTime = r.Nanos != capture.NoTime; p.HasTime {
		p.Timestamp = time.Unix(0, r.Nanos).UTC()
	}
	return p
}

// hold puts a copy of a packet into the queue. The garbage collector frees the copy, because a
// fragment may point to its first fragment after that left the queue.
func (a *Ahead) hold(p *capture.Packet, waits bool) {
	w := &waiting{Packet: *p, quick: a.quick, waits: waits}
	w.Data, w.Comments = bytes.Clone(p.Data), nil
	for _, c := range p.Comments {
		w.Comments = append(w.Comments, bytes.Clone(c))
	}
	w.about = interfaceOf(a.Source, p)
	a.size += w.size()
	a.queue = append(a.queue, w)
	a.settle()
}

// settle sets First of the packets that waited for the latest packet.
func (a *Ahead) settle() {
	i := a.find(a.first)
	if len(a.done) == 0 || i < 0 {
		return
	}
	first := a.queue[i].Record()
	for _, frame := range a.done {
		if i := a.find(frame); i >= 0 {
			a.queue[i].First, a.queue[i].waits = &first, false
		}
	}
	a.done = nil
}

// find returns the index of a frame in the queue, -1 if it is not there.
func (a *Ahead) find(frame int64) int {
	i, ok := slices.BinarySearchFunc(a.queue, frame, func(w *waiting, frame int64) int {
		return cmp.Compare(w.Number, frame)
	})
	if !ok {
		return -1
	}
	return i
}

// observe reports whether a packet is a later fragment whose first fragment did not come yet. The
// caller then puts the packet into the queue, where settle finds the fragments that wait for it.
// observe sets q to the result of the quick walk, which finds nothing in a fragment.
func (a *Ahead) observe(r *capture.Record, q *decode.Quick) (waits bool) {
	a.done = nil
	if q.Decode(r.Link, r.Data, int(r.Length)) || a.datagrams == nil {
		return false
	}
	a.packet.Decode(r.Link, r.Data, int(r.Length))
	if !a.packet.Frag.Is {
		return false
	}
	waits, a.done, a.first = a.datagrams.Observe(&a.packet, r.Number, timeOf(r))
	return waits
}

// timeOf returns a record's time, zero for none.
func timeOf(r *capture.Record) (at time.Time) {
	if r.Nanos != capture.NoTime {
		at = time.Unix(0, r.Nanos)
	}
	return at
}
