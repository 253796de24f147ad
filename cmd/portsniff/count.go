package main

import (
	"io"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// A tally counts packets that nobody looks at one by one.
type tally interface {
	// records counts some that follow one another, the first of which has the given number. Their bytes are gone afterwards.
	records(list []capture.Record, first int64)
	// frames does the same for those of a batch.
	frames(f *capture.Frames)
	sums() (bytes uint64, flows int)
	// began has a function told of flows as they begin.
	began(flow.Began)
}

// A framer is a source that gives packets where they lie in its memory.
type framer interface {
	Frames(out *capture.Frames, max int)
}

// count has a tally count every packet until the input ends, and gives the error that it ended with, if it was no good end.
func (s *session) count(t tally) error {
	if j := s.divided(t); j != nil {
		return j.count()
	}
	src, ok := s.src.(framer)
	if ok && s.filter == nil {
		var frames capture.Frames
		return s.attend(t.sums, func() error { return s.each64(t, func() (int, error) { return s.framed(t, src, &frames) }) })
	}
	records := make([]capture.Record, flow.BatchSize)
	return s.attend(t.sums, func() error { return s.each64(t, func() (int, error) { return s.recorded(t, records) }) })
}

// each64 counts what is in memory, by some, and what is not, one packet at a time.
func (s *session) each64(t tally, some func() (int, error)) error {
	one := make([]capture.Record, 1)
	for s.more() {
		n, err := some()
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		err = s.src.Next(&s.read)
		if idle(err) {
			if err = s.rest(); err == nil {
				continue
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		one[0] = s.read.Record()
		if err := s.tell(t, one, s.read.Number); err != nil {
			return err
		}
	}
	return nil
}

// gateFrames is how many batches at most are counted between one look at the gate and the next.
const gateFrames = 8

// framed has a tally count the next packets where they lie, and gives how many there were.
func (s *session) framed(t tally, src framer, frames *capture.Frames) (n int, err error) {
	s.gate.Lock()
	defer s.gate.Unlock()
	for range gateFrames {
		left := int64(capture.FramesLen)
		if s.limit > 0 {
			left = min(left, s.limit-s.seen)
		}
		if src.Frames(frames, int(left)); frames.N == 0 {
			break
		}
		t.frames(frames)
		s.seen += int64(frames.N)
		n += frames.N
	}
	s.progress.Add(n)
	return n, nil
}

// recorded has a tally count those of the next packets that pass the filters, and gives how many there were before.
func (s *session) recorded(t tally, list []capture.Record) (int, error) {
	if left := s.limit - s.seen; s.limit > 0 && left < int64(len(list)) && s.filter == nil {
		list = list[:left]
	}
	n, first := s.src.Batch(list)
	if n == 0 {
		return 0, nil
	}
	return n, s.tell(t, list[:n], first)
}

// tell has a tally count those of some records that pass the filters, and no more than are left to be counted.
func (s *session) tell(t tally, list []capture.Record, first int64) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	defer s.progress.Add(len(list))
	defer s.gatherOwners()
	if s.filter == nil {
		t.records(list, first)
		s.seen += int64(len(list))
		return nil
	}
	passed, err := s.filter.Select(list, first, max(s.limit-s.seen, 0), t.records)
	s.seen += passed
	return usageOf(s.cmd, err)
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
	w.packet.Decode(r.Link, r.Data, int(r.Length))
	w.fragments.Observe(&w.packet, frame, at)
	return &w.packet
}

// A portTally counts by port and follows no flows.
type portTally struct {
	wholeWalk
	table *flow.PortTable
}

func newPortTally(which flow.Which, only *flow.Filter) *portTally {
	return &portTally{wholeWalk: newWholeWalk(), table: flow.NewPortTable(which, flow.Chooser{Low: annotate.LinuxLow, Choose: annotate.ToService}, only)}
}

func (t *portTally) records(list []capture.Record, first int64) {
	for i := range list {
		t.record(&list[i], first+int64(i))
	}
}

func (t *portTally) record(r *capture.Record, number int64) {
	if !t.table.Quick(r.Link, r.Data, r.Length, r.Nanos) {
		t.table.Packet(t.walk(r, number), r.Length, r.Nanos)
	}
}

func (t *portTally) frames(f *capture.Frames) {
	if t.table.Plain() {
		t.slowly(f, t.quickly(f))
		return
	}
	for i := range f.N {
		r := f.Record(i)
		t.record(&r, f.First+int64(i))
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
	opt.Service, opt.Recognise = analysis.ServiceSide, analysis.Recognise
	table := flow.NewTable(opt)
	return &flowTally{wholeWalk: newWholeWalk(), table: table, batch: table.Batch(only)}
}

func (t *flowTally) frames(f *capture.Frames) {
	t.batch.Clear()
	t.slowly(&t.batch, f, quickly(&t.batch, f))
	t.table.Count(&t.batch)
}

func (t *flowTally) records(list []capture.Record, first int64) {
	t.batch.Clear()
	for i := range list {
		r, frame := &list[i], first+int64(i)
		if !t.batch.Quick(r.Link, r.Data, r.Length, r.Nanos, frame) {
			t.batch.Packet(t.walk(r, frame), r.Length, r.Nanos, frame)
		}
	}
	t.table.Count(&t.batch)
}

func (t *flowTally) began(tell flow.Began) { t.table.Began(tell) }

func (t *flowTally) sums() (uint64, int) { return t.table.Total.Bytes, t.table.Len() }
