package main

import (
	"io"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/flow"
)

// A tally counts packets that nobody looks at one by one.
type tally interface {
	count(list []capture.Record)
	// worker returns a worker that shares the counting with others, nil if it cannot be shared.
	worker() tallyWorker
	sums() (bytes uint64, flows int)
	// onFlow sets a function that is called for flows as they begin.
	onFlow(func(k flow.Key, opens bool))
}

// A tallyWorker counts some of a tally's packets.
type tallyWorker interface {
	// prepare does what needs no order, at the same time as other workers.
	prepare(list []capture.Record)
	// finish does the rest for the same packets, in the order of the packets.
	finish()
	// join adds what was counted apart from the tally, at the end.
	join()
	// bytes is how many were counted apart.
	bytes() uint64
}

// batchSize is how many packets are counted at a time: the processor waits for as many entries of a
// flow table at once.
const batchSize = 512

// count counts every packet until the input ends, and returns the error that it ended with, if it
// was no good end.
func (s *session) count(t tally) error {
	if j := s.divided(t); j != nil {
		return j.count()
	}
	return s.attend(t.sums, func() error { return s.countAll(t) })
}

func (s *session) countAll(t tally) error {
	records := make([]capture.Record, batchSize)
	for s.more() {
		n, err := s.countMemory(t, records)
		if n > 0 || err != nil {
			if err != nil {
				return err
			}
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
		records[0] = s.read.Record()
		if err := s.tell(t, records[:1]); err != nil {
			return err
		}
	}
	return nil
}

// countMemory counts the packets that are in memory, as far as they pass the filters, and returns
// how many there were before.
func (s *session) countMemory(t tally, list []capture.Record) (int, error) {
	if left := s.limit - s.seen; s.limit > 0 && left < int64(len(list)) && s.filter == nil {
		list = list[:left]
	}
	n := s.src.Batch(list)
	if n == 0 {
		return 0, nil
	}
	return n, s.tell(t, list[:n])
}

// say counts those of some packets that pass the filters, and no more than are left to be counted.
func (s *session) tell(t tally, list []capture.Record) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	defer s.progress.Add(len(list))
	defer s.gatherOwners()
	list, err := s.selected(list)
	t.count(list)
	s.seen += int64(len(list))
	return usageOf(s.cmd, err)
}

// selected keeps the packets that pass the filters, as many as are asked for. Where a filter fails,
// those before are kept.
func (s *session) selected(list []capture.Record) ([]capture.Record, error) {
	if s.filter == nil {
		return list, nil
	}
	kept := list[:0]
	for i := range list {
		if s.limit > 0 && s.seen+int64(len(kept)) == s.limit {
			break
		}
		match, err := s.filter.Match(&list[i])
		if err != nil {
			return kept, err
		}
		if match {
			kept = append(kept, list[i])
		}
	}
	return kept, nil
}

// tableMemory is how much of the memory that a user allows is for tables: the program itself needs
// some.
func (in *input) tableMemory() int { return int(in.memory - in.memory/8) }

// A portTally counts by port and follows no flows.
type portTally struct{ table *flow.PortTable }

func newPortTally(opt flow.PortOptions) *portTally { return &portTally{flow.NewPortTable(opt)} }

func (t *portTally) count(list []capture.Record) {
	for i := range list {
		t.table.Add(&list[i])
	}
}

func (t *portTally) onFlow(tell func(flow.Key, bool)) { t.table.OnFlow = tell }

func (t *portTally) sums() (uint64, int) { return t.table.Total.Bytes, 0 }

func (t *portTally) worker() tallyWorker {
	if t.table.Ordered() {
		return nil
	}
	return &portWorker{all: t.table, own: t.table.Empty()}
}

// A portWorker counts plain packets in a table of its own. Those that need the whole walk are
// counted in order, for a later fragment needs its first one.
type portWorker struct {
	all, own *flow.PortTable
	rest     []capture.Record
}

func (w *portWorker) prepare(list []capture.Record) {
	w.rest = w.rest[:0]
	for i := range list {
		if !w.own.AddPlain(&list[i]) {
			w.rest = append(w.rest, list[i])
		}
	}
}

func (w *portWorker) finish() {
	for i := range w.rest {
		w.all.Add(&w.rest[i])
	}
}

func (w *portWorker) join()         { w.all.Merge(w.own) }
func (w *portWorker) bytes() uint64 { return w.own.Total.Bytes }

// A flowTally follows flows.
type flowTally struct {
	table *flow.Table
	batch *flow.Batch
}

func newFlowTally(opt flow.Options) *flowTally {
	table := flow.NewTable(opt)
	return &flowTally{table, table.NewBatch()}
}

func (t *flowTally) count(list []capture.Record) {
	fill(t.batch, list)
	t.table.Count(t.batch)
}

func fill(b *flow.Batch, list []capture.Record) {
	b.Clear()
	for i := range list {
		b.Add(&list[i])
	}
}

func (t *flowTally) onFlow(tell func(flow.Key, bool)) { t.table.OnFlow = tell }

func (t *flowTally) sums() (uint64, int) { return t.table.Total.Bytes, t.table.Len() }

func (t *flowTally) worker() tallyWorker { return &flowWorker{table: t.table} }

// A flowWorker prepares batches. The one table counts them in order, for which flow comes first,
// who opened it, and which are evicted depends on that.
type flowWorker struct {
	table   *flow.Table
	batches []*flow.Batch
	n       int
}

func (w *flowWorker) prepare(list []capture.Record) {
	w.n = 0
	for len(list) > 0 {
		if w.n == len(w.batches) {
			w.batches = append(w.batches, w.table.NewBatch())
		}
		n := min(batchSize, len(list))
		fill(w.batches[w.n], list[:n])
		list = list[n:]
		w.n++
	}
}

func (w *flowWorker) finish() {
	for _, b := range w.batches[:w.n] {
		w.table.Count(b)
	}
}

func (w *flowWorker) join()         {}
func (w *flowWorker) bytes() uint64 { return 0 }
