package pipeline

import (
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/metrics"
)

// A Counter counts packets that are not shown individually.
type Counter interface {
	// Total returns the selected packets so far, without the separate counts of workers.
	Total() flow.Count
	// sums returns the counts so far, without the separate counts of workers.
	sums() (bytes uint64, flows int)
	// onFlow sets a function that is called when a flow begins.
	onFlow(func(k flow.Key, opens bool))
	// snapshot sets the counts in s, without the separate counts of workers.
	snapshot(s *metrics.Snapshot)
	// worker returns a worker that counts one chunk after another. several means that there are
	// other workers.
	worker(several bool) countWorker
}

// A countWorker counts the packets of chunks.
type countWorker interface {
	// prepare does the work that needs no order. quick is what the quick walk found in the packets.
	prepare(list []capture.Record, quick []decode.Quick)
	finish()       // does the rest for the same packets, in order
	join()         // at the end: adds the separate counts
	bytes() uint64 // bytes in the separate counts
}

// batchLen is the number of packets that a flow table counts at a time. The memory loads of their
// table entries overlap.
const batchLen = 512

// Ports counts packets by port and does not track flows.
type Ports struct{ Table *flow.PortTable }

// NewPorts returns a counter with an empty table.
func NewPorts(opt flow.PortOptions) *Ports { return &Ports{flow.NewPortTable(opt)} }

// Total returns the counted packets so far.
func (c *Ports) Total() flow.Count { return c.Table.Total }

func (c *Ports) sums() (uint64, int)                { return c.Table.Total.Bytes, 0 }
func (c *Ports) onFlow(notify func(flow.Key, bool)) { c.Table.OnFlow = notify }

func (c *Ports) worker(several bool) countWorker {
	w := &portWorker{all: c.Table}
	if several && !c.Table.Ordered() {
		w.own = c.Table.Empty()
	}
	return w
}

// A portWorker counts plain packets in its own table. Packets that need the whole walk are counted
// in order, because a later fragment needs its first fragment.
type portWorker struct {
	all, own *flow.PortTable // own is nil if all packets are counted in order
	rest     []capture.Record
	quick    []decode.Quick // results of the quick walk for rest
}

func (w *portWorker) prepare(list []capture.Record, quick []decode.Quick) {
	if w.own == nil {
		w.rest, w.quick = list, quick
		return
	}
	w.rest, w.quick = w.rest[:0], w.quick[:0]
	for i := range list {
		if !w.own.AddPlain(&list[i], &quick[i]) {
			w.rest, w.quick = append(w.rest, list[i]), append(w.quick, quick[i])
		}
	}
}

func (w *portWorker) finish() {
	for i := range w.rest {
		w.all.Add(&w.rest[i], &w.quick[i])
	}
}

func (w *portWorker) join() {
	if w.own != nil {
		w.all.Merge(w.own)
	}
}

func (w *portWorker) bytes() uint64 {
	if w.own == nil {
		return 0
	}
	return w.own.Total.Bytes
}

// Flows counts packets by flow.
type Flows struct{ Table *flow.Table }

// NewFlows returns a counter with an empty table.
func NewFlows(opt flow.Options) *Flows { return &Flows{flow.NewTable(opt)} }

// Total returns the counted packets so far.
func (c *Flows) Total() flow.Count { return c.Table.Total }

func (c *Flows) sums() (uint64, int)                { return c.Table.Total.Bytes, c.Table.Len() }
func (c *Flows) onFlow(notify func(flow.Key, bool)) { c.Table.OnFlow = notify }
func (c *Flows) worker(bool) countWorker            { return &flowWorker{table: c.Table} }

// A flowWorker prepares batches. One table counts them in order. The order determines which side
// opened a flow, the number of a flow, and which flows are evicted.
type flowWorker struct {
	table   *flow.Table
	batches []*flow.Batch
	n       int
}

func (w *flowWorker) prepare(list []capture.Record, quick []decode.Quick) {
	for w.n = 0; len(list) > 0; w.n++ {
		if w.n == len(w.batches) {
			w.batches = append(w.batches, w.table.NewBatch())
		}
		b, n := w.batches[w.n], min(batchLen, len(list))
		b.Clear()
		for i := range list[:n] {
			b.Add(&list[i], &quick[i])
		}
		list, quick = list[n:], quick[n:]
	}
}

func (w *flowWorker) finish() {
	for _, b := range w.batches[:w.n] {
		w.table.Count(b)
	}
}

func (w *flowWorker) join()         {}
func (w *flowWorker) bytes() uint64 { return 0 }

// sharedLen is the maximum number of packets in a chunk if there are several workers.
const sharedLen = 4096

// Count counts every packet until the input ends. It returns the error that ended the input, or nil
// at its normal end.
func (p *Pipeline) Count(c Counter) error {
	p.counter = c
	if p.stored != nil {
		c = &alsoStored{c, p.stored}
	}
	if p.Processes != nil {
		c.onFlow(p.Processes.Add)
	}
	workers, n := p.workers()
	length := batchLen
	if n > 1 {
		length = sharedLen
	}
	chunks, counts := make([]chunk, n), make([]countWorker, n)
	for i := range chunks {
		counts[i] = c.worker(n > 1)
		chunks[i] = &countedChunk{p: p, worker: counts[i], single: n == 1,
			list: make([]capture.Record, 0, length), quick: make([]decode.Quick, length)}
	}
	err := p.run(workers, func() (sum uint64, flows int) {
		sum, flows = c.sums()
		for _, w := range counts {
			sum += w.bytes()
		}
		return sum, flows
	}, chunks...)
	for _, w := range counts { // the workers have ended, or wait
		w.join()
	}
	return err
}

// A countedChunk counts its packets.
type countedChunk struct {
	p      *Pipeline
	worker countWorker
	single bool // there is no other chunk
	packet capture.Packet
	list   []capture.Record
	quick  []decode.Quick // what the quick walk found in the packets of list
	taken  int            // number of packets before the filter
	memory []byte
	inUse  bool // the packets are in the source's memory
}

func (c *countedChunk) wait() bool {
	in := &c.p.input
	if in.ended() {
		return false
	}
	c.list = c.list[:cap(c.list)]
	n := in.src.Batch(c.list[:in.allowance(len(c.list))], c.quick)
	c.list = c.list[:n]
	return n > 0 || c.next()
}

// next waits for one packet and adds it. It returns false at the end of the input.
func (c *countedChunk) next() bool {
	if !c.p.next(&c.packet) {
		return false
	}
	r := c.packet.Record()
	c.quick[len(c.list)].Decode(r.Link, r.Data, int(r.Length))
	c.list = append(c.list, r)
	return true
}

// read adds the packets that are already in memory. A single chunk adds none to those from wait.
func (c *countedChunk) read() {
	in := &c.p.input
	for allowance := in.allowance(cap(c.list)); !c.single && len(c.list) < allowance; {
		have := len(c.list)
		if n := in.src.Batch(c.list[have:allowance], c.quick[have:]); n > 0 {
			c.list = c.list[:have+n]
			continue
		}
		if !in.src.Ready() || !c.next() {
			break
		}
	}
	c.taken = len(c.list)
	c.list = in.pick(c.list, c.quick)
	c.inUse = true
	if !c.single {
		if memory := in.src.Detach(c.memory); memory != nil {
			c.memory, c.inUse = memory, false
		}
	}
}

func (c *countedChunk) alone() bool { return c.inUse }
func (c *countedChunk) prepare()    { c.worker.prepare(c.list, c.quick) }
func (c *countedChunk) analyze()    { c.worker.finish(); c.p.done(c.taken, len(c.list)) }
func (c *countedChunk) render()     {}

func (c *countedChunk) write() error { return nil }
