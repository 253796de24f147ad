package main

import (
	"io"
	"sync"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
)

const (
	// maxJobs is how many workers there may be. Reading is done by one at a time, so that more than
	// a few have nothing to do.
	maxJobs = 8
	// blockFrames is how many batches of packets a block has at most.
	blockFrames = 32
)

// A divisible tally can have some of its work done by several workers, each of which has a share.
type divisible interface {
	tally
	// share makes a share for one of so many workers; nil where the work is better not divided.
	share(of int) share
}

// A share does a worker's part of a tally's work on a block of packets.
type share interface {
	// early does what needs no order, while other workers do the same for their blocks.
	early(frames []capture.Frames)
	// first counts the packet before those, in order.
	first(r *capture.Record, number int64)
	// inTurn does the rest for the batches of the latest early, in order.
	inTurn(frames []capture.Frames)
	// bytes is how many were counted apart from the tally, as yet.
	bytes() uint64
	// join adds to the tally what was counted apart.
	join()
}

// Jobs counts with several workers. Each worker reads a block of packets, does what needs no order,
// and then, when all blocks before are counted, what does.
type jobs struct {
	session *session
	from    framer
	tally   divisible
	workers []*worker
	read    sequence
	counted sequence

	// For the worker that reads.
	taken int64 // packets
	end   error // what the source ended with
}

// A worker has a block, and a share of the work.
type worker struct {
	*jobs
	share  share
	packet capture.Packet
	first  capture.Record // the block's first packet; the others are in frames
	frames [blockFrames]capture.Frames
	n      int    // how many batches there are
	data   []byte // the packets' bytes
}

// A sequence lets blocks pass one by one, in the order of their numbers.
type sequence struct {
	mu   sync.Mutex
	turn sync.Cond
	next int64
}

// wait waits until all blocks before n have passed.
func (q *sequence) wait(n int64) {
	q.mu.Lock()
	for q.next != n {
		q.turn.Wait()
	}
	q.mu.Unlock()
}

// pass lets the next block through.
func (q *sequence) pass() {
	q.mu.Lock()
	q.next++
	q.mu.Unlock()
	q.turn.Broadcast()
}

// divided makes the workers for a tally where there is more than one, the source is a file, and the
// tally gains by it; else it gives nil.
func (s *session) divided(t tally) *jobs {
	divides, ok := t.(divisible)
	from, frames := s.src.(framer)
	if s.jobs < 2 || s.filter != nil || !ok || !frames {
		return nil
	}
	j := &jobs{session: s, from: from, tally: divides}
	j.counted.turn.L = &j.counted.mu
	for range s.jobs {
		share := divides.share(s.jobs)
		if share == nil {
			return nil
		}
		j.workers = append(j.workers, &worker{jobs: j, share: share})
	}
	return j
}

// count counts until the input ends.
func (j *jobs) count() error {
	err := j.session.attend(j.sums, j.run)
	for _, w := range j.workers { // which have ended, or stand at the gate
		w.share.join()
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
	sum, flows = j.tally.sums()
	for _, w := range j.workers {
		sum += w.share.bytes()
	}
	return sum, flows
}

// work counts blocks until there are no more. A block passes the gate in its turn to be read, so that
// one who closes the gate finds all packets counted up to some packet and none behind it.
func (w *worker) work() {
	for {
		w.read.mu.Lock()
		n := w.read.next
		if !w.take() {
			w.read.mu.Unlock()
			return
		}
		w.session.gate.RLock()
		w.read.next++
		w.read.mu.Unlock()
		frames := w.frames[:w.n]
		w.share.early(frames)
		w.counted.wait(n)
		packets := w.finish(frames)
		w.session.seen += int64(packets)
		w.session.progress.Add(packets)
		w.counted.pass()
		w.session.gate.RUnlock()
	}
}

// finish counts a block's packets, and gives how many there are.
func (w *worker) finish(frames []capture.Frames) int {
	w.share.first(&w.first, w.packet.Number)
	w.share.inTurn(frames)
	n := 1
	for i := range frames {
		n += frames[i].N
	}
	return n
}

// take takes a packet and all behind it that are in memory then. It reports whether there was one.
func (w *worker) take() bool {
	limit := w.session.limit
	if w.end != nil || limit > 0 && w.taken >= limit {
		return false
	}
	if w.end = w.session.src.Next(&w.packet); w.end != nil {
		return false
	}
	w.data = w.data[:0]
	w.first = w.packet.Record()
	w.first.Data = w.keep(w.first.Data)
	w.taken++
	for w.n = 0; w.n < len(w.frames); w.n++ {
		f, room := &w.frames[w.n], int64(capture.FramesLen)
		if limit > 0 {
			room = min(room, limit-w.taken)
		}
		w.from.Frames(f, int(room))
		if f.N == 0 {
			break
		}
		w.taken += int64(f.N)
		begin, last := f.At[0], f.N-1
		f.Data = w.keep(f.Data[begin : f.At[last]+f.Len[last]])
		for i := range f.N {
			f.At[i] -= begin
		}
	}
	return true
}

// keep copies bytes of packets, which the source is about to overwrite. Where there is no room for
// them, what was kept before stays where it is.
func (w *worker) keep(data []byte) []byte {
	if len(data) > cap(w.data)-len(w.data) {
		w.data = make([]byte, 0, max(2*cap(w.data), len(data)))
	}
	from := len(w.data)
	w.data = append(w.data, data...)
	return w.data[from:]
}

// addJobs adds the flag that says how many count at a time.
func (in *input) addJobs(cmd *cobra.Command) {
	cmd.Flags().IntVar(&in.jobs, "jobs", 1, "count with `N` workers")
}
