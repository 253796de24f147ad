package main

import (
	"io"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/flow"
	"github.com/portsniff/portsniff/render"
)

// A tally counts packets that nobody looks at one by one.
type tally interface {
	// records counts some that follow one another, the first of which has the given number. Their bytes are gone afterwards.
	records(list []capture.Record, first int64)
	sums() (bytes uint64, flows int)
	// began has a function told of flows as they begin.
	began(flow.Began)
}

// count has a tally count every packet until the input ends, and gives the error that it ended with, if it was no good end.
func (s *session) count(t tally) error {
	records := make([]capture.Record, flow.BatchSize)
	return s.attend(t.sums, func() error {
		for s.more() {
			list := records
			if left := s.limit - s.seen; s.limit > 0 && left < int64(len(list)) && s.sieve == nil {
				list = list[:left]
			}
			n, first := s.src.Batch(list)
			if n == 0 {
				err := s.src.Next(&s.read)
				if idle(err) {
					if err = s.rest(); err == nil {
						continue
					}
				}
				if err == io.EOF {
					return nil
				}
				if err != nil {
					return err
				}
				list[0], first, n = s.read.Record(), s.read.Number, 1
			}
			if err := s.tell(t, list[:n], first); err != nil {
				return err
			}
		}
		return nil
	})
}

// tell has a tally count those of some records that pass the filters, and no more than are left to be counted.
func (s *session) tell(t tally, list []capture.Record, first int64) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	defer s.progress.tick(len(list))
	defer s.gatherOwners()
	if s.sieve == nil {
		t.records(list, first)
		s.seen += int64(len(list))
		return nil
	}
	passed, err := s.sieve.records(list, first, max(s.limit-s.seen, 0), t.records)
	s.seen += passed
	return err
}

// A wholeWalk is what a tally needs for packets that the quick walk leaves.
type wholeWalk struct {
	packet    decode.Packet
	fragments *decode.Fragments
}

func newWholeWalk() wholeWalk { return wholeWalk{fragments: decode.NewFragments(0)} }

// walk decodes a packet and lends it its first fragment's ports.
func (w *wholeWalk) walk(r *capture.Record, frame int64) *decode.Packet {
	var at time.Time
	if r.Nanos != capture.NoTime {
		at = time.Unix(0, r.Nanos)
	}
	w.packet.Decode(decode.LinkType(r.Link), r.Data, int(r.Length))
	w.fragments.Observe(&w.packet, frame, at)
	return &w.packet
}

// A portTally counts by port and follows no flows.
type portTally struct {
	wholeWalk
	table *flow.PortTable
}

func newPortTally(which flow.Which, only *flow.Filter) *portTally {
	return &portTally{newWholeWalk(), flow.NewPortTable(which, annotate.ToService, only)}
}

func (t *portTally) records(list []capture.Record, first int64) {
	for i := range list {
		r := &list[i]
		if !t.table.Quick(decode.LinkType(r.Link), r.Data, r.Length, r.Nanos) {
			t.table.Packet(t.walk(r, first+int64(i)), r.Length, r.Nanos)
		}
	}
}

func (t *portTally) began(tell flow.Began) { t.table.Began(tell) }

func (t *portTally) sums() (uint64, int) { return t.table.Total.Bytes, 0 }

// tableMemory is how much of the memory that a user allows is for tables: the program itself needs some.
func (in *input) tableMemory() int { return int(in.memory - in.memory/8) }

// A flowTally follows flows.
type flowTally struct {
	wholeWalk
	table *flow.Table
	batch flow.Batch
}

func newFlowTally(opt flow.Options, only *flow.Filter) *flowTally {
	opt.Service, opt.Recognise = render.ServiceSide, render.Recognise
	table := flow.NewTable(opt)
	return &flowTally{newWholeWalk(), table, table.Batch(only)}
}

func (t *flowTally) records(list []capture.Record, first int64) {
	t.batch.Clear()
	for i := range list {
		r, frame := &list[i], first+int64(i)
		if !t.batch.Quick(decode.LinkType(r.Link), r.Data, r.Length, r.Nanos, frame) {
			t.batch.Packet(t.walk(r, frame), r.Length, r.Nanos, frame)
		}
	}
	t.table.Count(&t.batch)
}

func (t *flowTally) began(tell flow.Began) { t.table.Began(tell) }

func (t *flowTally) sums() (uint64, int) { return t.table.Total.Bytes, t.table.Len() }
