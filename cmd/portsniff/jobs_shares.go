package main

import (
	"math/bits"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/flow"
)

// A portShare counts by port. What the quick walk takes may be counted in any order, and apart, as each packet is looked at by itself. What it leaves is for one
// tally, and counted in the order of the packets: a later fragment needs what was seen of its first one, whichever worker had that.
type portShare struct {
	ordered *portTally
	apart   *portTally
	left    [blockFrames]uint64
}

// share makes none for a single worker, nor where the order of packets makes a difference.
func (t *portTally) share(of int) share {
	if of < 2 || !t.table.Divides() {
		return nil
	}
	return &portShare{ordered: t, apart: &portTally{table: t.table.Empty()}}
}

func (s *portShare) early(frames []capture.Frames) {
	for i := range frames {
		s.left[i] = s.apart.quickly(&frames[i])
	}
}

func (s *portShare) first(r *capture.Record, number int64) { s.ordered.record(r, number) }

func (s *portShare) inTurn(frames []capture.Frames) {
	for i := range frames {
		s.ordered.slowly(&frames[i], s.left[i])
	}
}

func (s *portShare) bytes() uint64 { return s.apart.table.Total.Bytes }
func (s *portShare) join()         { s.ordered.table.Merge(s.apart.table) }

// quickly counts what the quick walk takes of a batch, in whatever order, and gives a bit for each packet that it leaves.
func (t *portTally) quickly(f *capture.Frames) (left uint64) {
	if t.table.Plain() {
		r := sideBySide(f)
		return t.table.Run(&r)
	}
	for i := range f.N {
		if r := f.Record(i); !t.table.Quick(r.Link, r.Data, r.Length, r.Nanos) {
			left |= 1 << i
		}
	}
	return left
}

// slowly counts those of a batch that the quick walk left, in their order.
func (t *portTally) slowly(f *capture.Frames, left uint64) {
	for ; left != 0; left &= left - 1 {
		i := bits.TrailingZeros64(left)
		r := f.Record(i)
		t.table.Packet(t.walk(&r, f.First+int64(i)), r.Length, r.Nanos)
	}
}

// A flowShare follows flows. All that is known of a packet by itself, its flow's name and hash above all, is found early; the table is one, and sees the
// packets in their order: which flow comes first, who opened it, and which are evicted depend on that.
type flowShare struct {
	tally *flowTally
	batch flow.Batch
	left  [blockFrames]uint64
}

func (t *flowTally) share(int) share { return &flowShare{tally: t, batch: t.table.Batch(t.batch.Only)} }

func (s *flowShare) early(frames []capture.Frames) {
	s.batch.Clear()
	for i := range frames {
		s.left[i] = quickly(&s.batch, &frames[i])
	}
}

func (s *flowShare) first(r *capture.Record, number int64) {
	s.tally.records([]capture.Record{*r}, number)
}

func (s *flowShare) inTurn(frames []capture.Frames) {
	for i := range frames {
		s.tally.slowly(&s.batch, &frames[i], s.left[i])
	}
	s.tally.table.Count(&s.batch)
}

func (s *flowShare) bytes() uint64 { return 0 }
func (s *flowShare) join()         {}

// quickly adds what the quick walk takes to a batch, with room for the packets that it leaves, for each of which it gives a bit.
func quickly(b *flow.Batch, f *capture.Frames) (left uint64) {
	r := sideBySide(f)
	return b.Run(&r)
}

// sideBySide puts a batch of packets in flow's words.
func sideBySide(f *capture.Frames) flow.Run {
	return flow.Run{Link: f.Link, Data: f.Data, First: f.First, N: f.N, At: &f.At, Len: &f.Len, Length: &f.Wire, Nanos: &f.Nanos}
}

// slowly puts those whose bit is set where room was left for them.
func (t *flowTally) slowly(b *flow.Batch, f *capture.Frames, left uint64) {
	for ; left != 0; left &= left - 1 {
		i := bits.TrailingZeros64(left)
		r, number := f.Record(i), f.First+int64(i)
		b.Fill(t.walk(&r, number), r.Length, r.Nanos, number)
	}
}
