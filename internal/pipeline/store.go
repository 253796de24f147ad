package pipeline

import (
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/store"
)

// Stored counts packets for an input of a store: flows when they end, and ports by minute.
type Stored struct {
	Flows *flow.Table
	Ports *flow.PortTable
	Last  int64 // number of the last packet that counts

	Inputs uint64 // number of inputs written to the store

	input   *store.Input
	live    store.Live // capture counts that earlier inputs already contain
	before  int64      // number of the last packet before the input
	minutes *flow.Minutes
	one     *flow.Batch // for Add
	quick   decode.Quick
}

// NewStored returns a counter for an input. opt sets the timeouts that end flows.
func NewStored(in *store.Input, opt flow.Options) *Stored {
	opt.Proofs = true
	c := &Stored{Flows: flow.NewTable(opt), minutes: flow.NewMinutes(), input: in}
	c.Flows.OnEnd = func(f *flow.Flow, why flow.EndReason) { c.input.Flow(f, why) }
	c.minutes.Full = func() { c.input.Take(c.minutes) }
	c.Ports = flow.NewPortTable(flow.PortOptions{Only: opt.Only, Minutes: c.minutes})
	return c
}

// Add counts a packet.
func (c *Stored) Add(r *capture.Record) {
	if c.one == nil {
		c.one = c.Flows.NewBatch()
	}
	c.quick.Decode(r.Link, r.Data, int(r.Length))
	c.one.Clear()
	c.one.Add(r, &c.quick)
	c.Flows.Count(c.one)
	c.Ports.Add(r, &c.quick)
	c.Last = r.Number
}

// An alsoStored counter counts for another counter and for a store.
type alsoStored struct {
	Counter
	stored *Stored
}

func (c *alsoStored) worker(several bool) countWorker {
	return &alsoStoredWorker{c.Counter.worker(several), c.stored.worker(several)}
}

type alsoStoredWorker struct {
	countWorker
	stored countWorker
}

func (w *alsoStoredWorker) prepare(list []capture.Record, quick []decode.Quick) {
	w.countWorker.prepare(list, quick)
	w.stored.prepare(list, quick)
}

func (w *alsoStoredWorker) finish() {
	w.countWorker.finish()
	w.stored.finish()
}

func (w *alsoStoredWorker) join() {
	w.countWorker.join()
	w.stored.join()
}

// Close stores the remaining flows and minutes and ends the input. sum.Live counts from the start
// of a capture. The input receives only the part that no earlier input contains.
func (c *Stored) Close(sum store.Summary) error {
	c.Flows.Finish()
	c.input.Take(c.minutes)
	return c.end(c.input, sum)
}

// end stores an input.
func (c *Stored) end(in *store.Input, sum store.Summary) error {
	sum.Frames = c.Last - c.before
	var total store.Live
	if sum.Live != nil {
		total = *sum.Live
		sum.Live = &store.Live{Received: total.Received - c.live.Received,
			Dropped: total.Dropped - c.live.Dropped}
	}
	if err := in.Close(&sum); err != nil {
		return err
	}
	c.Inputs++
	c.live = total
	return nil
}

// Next ends the input and continues with another one. Flows that are idle at time now, in
// nanoseconds since 1970, end first. All others continue. An input without packets, flows and
// losses is discarded, and its counts in sum.Live go into the next input. See Close.
func (c *Stored) Next(now int64, sum store.Summary, next *store.Input) error {
	c.Flows.Expire(now)
	c.input.Take(c.minutes)
	ended := c.input
	c.input = next
	defer func() { c.before = c.Last }()
	if ended.Empty() && (sum.Live == nil || sum.Live.Dropped == c.live.Dropped) {
		return ended.Discard()
	}
	return c.end(ended, sum)
}

// Total returns the counted packets so far.
func (c *Stored) Total() flow.Count { return c.Ports.Total }

func (c *Stored) sums() (uint64, int)                { return c.Ports.Total.Bytes, c.Flows.Len() }
func (c *Stored) onFlow(notify func(flow.Key, bool)) { c.Flows.OnFlow = notify }
func (c *Stored) worker(bool) countWorker {
	return &storedWorker{flowWorker: flowWorker{table: c.Flows}, stored: c}
}

// A storedWorker prepares flows. It counts ports in order.
type storedWorker struct {
	flowWorker
	stored *Stored
	list   []capture.Record
	quick  []decode.Quick
}

func (w *storedWorker) prepare(list []capture.Record, quick []decode.Quick) {
	w.flowWorker.prepare(list, quick)
	w.list, w.quick = list, quick
}

func (w *storedWorker) finish() {
	w.flowWorker.finish()
	for i := range w.list {
		w.stored.Ports.Add(&w.list[i], &w.quick[i])
	}
	if n := len(w.list); n > 0 {
		w.stored.Last = w.list[n-1].Number
	}
}
