package main

import (
	"fmt"
	"io"
	"math/bits"
	"sync"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
)

const (
	// maxJobs is how many workers there may be. Reading and framing is done by one at a time, so that more than a few have nothing to do.
	maxJobs = 8
	// blockFrames is how many batches a block has room for: those of a full buffer whose packets take 32 bytes or more.
	blockFrames = 128
	// blockRest is how much may be copied from one block's memory to the next one's, in bytes: a record that is not whole.
	blockRest = 64 << 10
)

// A swapper is a source that can leave the packets it gave where they are and go on in other memory.
type swapper interface {
	framer
	Next(p *capture.Packet) error
	Swap(spare []byte, most int) (was []byte, ok bool)
}

// jobs counts by port with several workers. Each in turn reads and frames a block, some thousand packets that are in memory together, and counts what the
// quick walk takes of it, while another one reads. What the quick walk leaves is for one tally, and counted in the order of the packets: a later fragment
// needs what was seen of its first one, whichever worker had that. All others may be counted in any order, as each is looked at by itself.
type jobs struct {
	session *session
	from    swapper
	ordered *portTally // of what the quick walk leaves
	workers []*worker

	source sync.Mutex // held by the worker that reads; it guards what follows
	taken  int64      // packets
	end    error      // what the source ended with
	last   chan struct{}
}

// A worker has a block, and a tally of its own.
type worker struct {
	*jobs
	tally  *portTally
	spare  []byte // memory that nothing lies in
	packet capture.Packet
	first  capture.Record // the block's first packet; the others are in frames
	frames [blockFrames]capture.Frames
	left   [blockFrames]uint64
	n      int // how many batches there are

	before, after chan struct{} // closed when the block before this one, and when this one is counted
}

// newJobs makes the workers that count with a tally.
func (s *session) newJobs(t *portTally, from swapper) *jobs {
	j := &jobs{session: s, from: from, ordered: t, last: make(chan struct{})}
	close(j.last)
	for range s.jobs {
		j.workers = append(j.workers, &worker{jobs: j, tally: &portTally{table: t.table.Empty()}})
	}
	return j
}

// countJobs is count by several workers.
func (s *session) countJobs(t *portTally, from swapper) error {
	j := s.newJobs(t, from)
	err := s.attend(j.sums, j.run)
	for _, w := range j.workers { // which have ended, or stand at the gate
		t.table.Merge(w.tally.table)
	}
	return err
}

// run has the workers count until the input ends.
func (j *jobs) run() error {
	var all sync.WaitGroup
	for _, w := range j.workers {
		all.Go(w.work)
	}
	all.Wait()
	if j.end == io.EOF {
		return nil
	}
	return j.end
}

func (j *jobs) sums() (sum uint64, flows int) {
	sum = j.ordered.table.Total.Bytes
	for _, w := range j.workers {
		sum += w.tally.table.Total.Bytes
	}
	return sum, 0
}

// work counts blocks until there are no more.
func (w *worker) work() {
	for w.take() {
		w.count()
		w.session.gate.RUnlock()
		close(w.after)
	}
}

// take takes the next block, and passes the gate with it: blocks pass in order, so that one who closes the gate finds all packets counted up to some packet
// and none behind it.
func (w *worker) take() bool {
	w.source.Lock()
	defer w.source.Unlock()
	w.before, w.after = w.last, make(chan struct{})
	w.last = w.after
	for w.read() {
		w.session.gate.RLock()
		if was, ok := w.from.Swap(w.spare, blockRest); ok {
			w.spare = was // which it is again when the block is counted
			return true
		}
		w.count() // before it is overwritten: there was something in the midst of it that only Next takes
		w.session.gate.RUnlock()
	}
	close(w.after)
	return false
}

// read reads what Next has, which is what reads on, and frames all that is in memory then. It reports whether there was something.
func (w *worker) read() bool {
	limit := w.session.limit
	if w.end != nil || limit > 0 && w.taken >= limit {
		return false
	}
	if w.end = w.from.Next(&w.packet); w.end != nil {
		return false
	}
	w.first = w.packet.Record()
	w.taken++
	for w.n = 0; w.n < len(w.frames); w.n++ {
		room := int64(capture.FramesLen)
		if limit > 0 {
			room = min(room, limit-w.taken)
		}
		w.from.Frames(&w.frames[w.n], int(room))
		if w.frames[w.n].N == 0 {
			break
		}
		w.taken += int64(w.frames[w.n].N)
	}
	return true
}

// count counts a block: what the quick walk takes, then, after all blocks before, what it leaves.
func (w *worker) count() {
	frames := w.frames[:w.n]
	for i := range frames {
		w.left[i] = w.tally.quickly(&frames[i])
	}
	<-w.before
	w.ordered.record(&w.first, w.packet.Number)
	n := 1
	for i := range frames {
		w.ordered.slowly(&frames[i], w.left[i])
		n += frames[i].N
	}
	w.session.seen += int64(n)
	w.session.progress.tick(n)
}

// quickly counts what the quick walk takes of a batch, in whatever order, and gives a bit for each packet that it leaves.
func (t *portTally) quickly(f *capture.Frames) (left uint64) {
	n := f.N
	if t.table.Plain() {
		left = decode.QuickAll(decode.LinkType(f.Link), f.Data, f.At[:n], f.Len[:n], f.Wire[:n], t.quick[:n])
		t.table.Frames(t.quick[:n], left, f.Wire[:n], f.Nanos[:n])
		return left
	}
	for i := range n {
		if r := f.Record(i); !t.table.Quick(decode.LinkType(r.Link), r.Data, r.Length, r.Nanos) {
			left |= 1 << i
		}
	}
	return left
}

// slowly counts those of a batch whose bit is set, in their order.
func (t *portTally) slowly(f *capture.Frames, left uint64) {
	for ; left != 0; left &= left - 1 {
		i := bits.TrailingZeros64(left)
		r := f.Record(i)
		t.record(&r, f.First+int64(i))
	}
}

// addJobs adds the flag that says how many count at a time.
func (in *input) addJobs(cmd *cobra.Command) {
	usage := fmt.Sprintf("count with `N` workers at a time, at most %d: the same table, sooner on several processors; with --wide, --every, -i or a FILTER there is one", maxJobs)
	cmd.Flags().IntVar(&in.jobs, "jobs", 1, usage)
}

// divides gives what several workers need, where there are to be several, the order of packets makes no difference, and the source allows for it; else nil.
func (s *session) divides(t tally) (*portTally, swapper) {
	ports, counts := t.(*portTally)
	from, swaps := s.src.(swapper)
	if s.jobs < 2 || s.sieve != nil || !counts || !swaps || !ports.table.Divides() {
		return nil, nil
	}
	return ports, from
}
