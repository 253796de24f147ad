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
	// blockLen is how many packets a block has at most.
	blockLen = 2048
)

// Jobs counts with several workers. Each worker reads a block of packets, does what needs no order,
// and then, when all blocks before are counted, what does.
type jobs struct {
	session *session
	tally   tally
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
	share  tallyWorker
	packet capture.Packet
	list   []capture.Record
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

// divided makes the workers for a tally, or returns nil if there is one worker only, the source is
// no file, or the tally cannot be shared.
func (s *session) divided(t tally) *jobs {
	if s.jobs < 2 || s.filter != nil || s.live() != nil {
		return nil
	}
	j := &jobs{session: s, tally: t}
	j.counted.turn.L = &j.counted.mu
	for range s.jobs {
		share := t.worker()
		if share == nil {
			return nil
		}
		j.workers = append(j.workers, &worker{jobs: j, share: share,
			list: make([]capture.Record, 0, blockLen)})
	}
	return j
}

// count counts until the input ends.
func (j *jobs) count() error {
	err := j.session.attend(j.sums, j.run)
	for _, w := range j.workers { // which have ended, or are at the gate
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

// work counts blocks until there are no more. A block passes the gate in its turn to be read, so
// that one who closes the gate finds all packets counted up to some packet and none after it.
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
		w.share.prepare(w.list)
		w.counted.wait(n)
		w.share.finish()
		w.session.seen += int64(len(w.list))
		w.session.progress.Add(len(w.list))
		w.counted.pass()
		w.session.gate.RUnlock()
	}
}

// take takes a packet and all after it that are in memory then. It reports whether there was one.
func (w *worker) take() bool {
	limit := w.session.limit
	if w.end != nil || limit > 0 && w.taken >= limit {
		return false
	}
	if w.end = w.session.src.Next(&w.packet); w.end != nil {
		return false
	}
	w.data = w.data[:0]
	w.list = append(w.list[:0], w.packet.Record())
	room := int64(cap(w.list))
	if limit > 0 {
		room = min(room, limit-w.taken)
	}
	n := w.session.src.Batch(w.list[1:room])
	w.list = w.list[:1+n]
	for i := range w.list {
		w.list[i].Data = w.keep(w.list[i].Data)
	}
	w.taken += int64(len(w.list))
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
