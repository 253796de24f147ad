package main

import (
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
)

const (
	// maxJobs is how many workers there may be. Reading and framing is done by one at a time, so that more than a few have nothing to do.
	maxJobs = 8
	// blockFrames is how many batches a block has room for: those of a full one whose records take 58 bytes or more, with their heads.
	blockFrames = 5 * batchFrames
	// blockRest is how much may be copied from one block's memory to the next one's, in bytes: a record that is not whole. It stands at the beginning of a block's memory.
	blockRest = 64 << 10
	// awake is how often a worker asks whether another one is ready before it sleeps: as long as counting a block takes, about.
	awake = 1000
)

// A swapper is a source that can leave the packets it gave where they are and go on in other memory.
type swapper interface {
	framer
	Next(p *capture.Packet) error
	Swap(spare []byte, most int, piece capture.Piece) (was []byte, ok bool)
	Piece(after int64) capture.Piece
}

// A divisible tally can have some of its work done by several workers, each of which has a share.
type divisible interface {
	tally
	// share makes a share for one of so many workers; nil where the work is better not divided.
	share(of int) share
}

// A share does a worker's part of a tally's work on a block of packets: what needs no order, beside other workers, and what needs it, alone and in turn.
type share interface {
	// block is how many bytes are best read at a time, 0 for what capture does.
	block() int
	// early does what needs no order for some batches, at most as many as a block has.
	early(frames []capture.Frames)
	// first counts the packet before those, in turn.
	first(r *capture.Record, number int64)
	// inTurn does the rest for the batches of the latest early, in turn.
	inTurn(frames []capture.Frames)
	// after does what can be done when the next worker has its turn.
	after()
	// bytes is how many were counted apart from the tally, as yet.
	bytes() uint64
	// join adds to the tally what was counted apart.
	join()
}

// jobs counts with workers. Each in turn has the source and frames a block, some thousand packets that are in memory together; what needs no order it does beside others: before
// its turn it reads the block, if that can be told by then, and behind it it counts what it can. What needs order it does when all blocks before are counted.
type jobs struct {
	session *session
	from    swapper
	tally   divisible
	workers []*worker // in the order of their turns

	// For the worker whose turn it is.
	taken  int64 // packets
	end    error // what the source ended with
	last   chan struct{}
	reader *worker // the last one, whose memory the source goes on in
}

// A worker has a block, and a share of the work.
type worker struct {
	*jobs
	share  share
	mine   chan struct{} // has something when it is this worker's turn
	next   *worker       // whose turn is after that
	room   []byte        // memory for the next block
	piece  capture.Piece // what the source reads in the next turn, if all goes as usual; in room behind blockRest
	spare  []byte        // memory of the block before, once the source has left it; for whose turn it is
	packet capture.Packet
	ahead  capture.Record // the block's first packet; the others are in frames
	frames [blockFrames]capture.Frames
	n      int // how many batches there are

	before, after chan struct{} // closed when the block before this one, and when this one is counted
}

// newJobs makes the workers that count with a tally, or gives nil where the tally has no shares.
func (s *session) newJobs(t divisible, from swapper) *jobs {
	j := &jobs{session: s, from: from, tally: t, last: make(chan struct{})}
	close(j.last)
	n := max(s.jobs, 1)
	for range n {
		share := t.share(n)
		if share == nil {
			return nil
		}
		j.workers = append(j.workers, &worker{jobs: j, share: share, mine: make(chan struct{}, 1)})
	}
	for i, w := range j.workers {
		w.next = j.workers[(i+1)%n]
	}
	j.workers[0].mine <- struct{}{}
	return j
}

// countJobs is count by workers.
func (s *session) countJobs(j *jobs) error {
	err := s.attend(j.sums, j.run)
	for _, w := range j.workers { // which have ended, or stand at the gate
		w.share.join()
	}
	return err
}

// run has the workers count until the input ends.
func (j *jobs) run() error {
	if len(j.workers) == 1 {
		j.workers[0].work()
	} else {
		j.all()
	}
	if j.end == io.EOF {
		return nil
	}
	return j.end
}

func (j *jobs) all() {
	var all sync.WaitGroup
	for _, w := range j.workers {
		all.Go(w.work)
	}
	all.Wait()
}

func (j *jobs) sums() (sum uint64, flows int) {
	sum, flows = j.tally.sums()
	for _, w := range j.workers {
		sum += w.share.bytes()
	}
	return sum, flows
}

// work counts blocks until there are no more.
func (w *worker) work() {
	var turns turns
	for w.take() {
		n := w.count()
		w.session.gate.RUnlock()
		close(w.after)
		w.share.after()
		turns.pass(n, countedInTurn)
	}
}

// take takes the next block, and passes the gate with it: blocks pass in order, so that one who closes the gate finds all packets counted up to some packet
// and none behind it.
func (w *worker) take() bool {
	if len(w.workers) > 1 {
		w.fetch()
	}
	w.turn()
	defer func() { w.next.mine <- struct{}{} }()
	w.before, w.after = w.last, make(chan struct{})
	w.last = w.after
	w.lend()
	if !w.read() {
		close(w.after)
		return false
	}
	w.piece = w.from.Piece(int64(w.share.block()) * int64(len(w.workers)-1))
	w.session.gate.RLock()
	return true
}

// fetch reads what the source is about to read in this worker's turn.
func (w *worker) fetch() {
	if w.piece != (capture.Piece{}) {
		w.provide()
		w.piece.Read(w.room[blockRest:])
	}
}

// provide makes memory for a block and for what is left of the one before. There may be more behind, which a long record needed once.
func (w *worker) provide() {
	most := blockRest + w.share.block()
	if cap(w.room) < most {
		w.room = make([]byte, most)
	}
	w.room = w.room[:most]
}

// turn waits for this worker's turn.
func (w *worker) turn() { w.await(w.mine) }

// await waits for another worker. That is soon, as a rule, and to be woken takes longer: where there are processors enough, the worker stays awake for a while.
func (w *worker) await(c <-chan struct{}) {
	if len(w.workers) <= runtime.GOMAXPROCS(0) {
		for range awake {
			select {
			case <-c:
				return
			default:
				runtime.Gosched()
			}
		}
	}
	<-c
}

// lend has the source go on in the worker's own memory, which its processor's cache knows, and gives back what it went on in till now: the block of the worker
// before, who may be counting it. Where there was something in the midst of that which only Next takes, it stays there, but is not overwritten before it is counted.
func (w *worker) lend() {
	owner := w.reader
	w.reader = w
	if owner == nil || owner == w {
		return
	}
	if w.piece == (capture.Piece{}) && w.spare != nil { // one block's memory will do where nothing is read before its turn
		w.room, w.spare = w.spare, nil
	}
	w.provide()
	was, ok := w.from.Swap(w.room, blockRest, w.piece)
	if !ok {
		<-w.before
		was = w.room
	}
	w.room, w.spare, owner.spare = w.spare, nil, was
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
	w.ahead = w.packet.Record()
	w.taken++
	for w.n = 0; w.n < w.most(); w.n++ {
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

// most is how many batches a worker takes at a time: one who is alone as many as are counted together.
func (w *worker) most() int {
	if len(w.workers) == 1 {
		return batchFrames
	}
	return len(w.frames)
}

// count counts a block, what needs no order, then, after all blocks before, what needs it, and gives how many packets there were.
func (w *worker) count() int {
	frames, n := w.frames[:w.n], 1
	w.share.early(frames)
	w.await(w.before)
	w.share.first(&w.ahead, w.packet.Number)
	w.share.inTurn(frames)
	for i := range frames {
		n += frames[i].N
	}
	w.session.seen += int64(n)
	w.session.progress.tick(n)
	return n
}

// addJobs adds the flag that says how many count at a time.
func (in *input) addJobs(cmd *cobra.Command, without string) {
	usage := fmt.Sprintf("count with `N` workers at a time, at most %d: the same table, sooner on several processors; with %s there is one", maxJobs, without)
	cmd.Flags().IntVar(&in.jobs, "jobs", 1, usage)
}

// divided makes the workers for a tally, where the source allows for them and the tally gains by them; else it gives nil.
func (s *session) divided(t tally) *jobs {
	divides, ok := t.(divisible)
	from, swaps := s.src.(swapper)
	if s.sieve != nil || !ok || !swaps {
		return nil
	}
	return s.newJobs(divides, from)
}
