package pipeline

import "sync"

// A chunk is a group of consecutive packets, and the work on them. The loop repeats its methods in
// the order below. Methods marked "in order" see the packets in the order of the input. The others
// run concurrently with the methods of other chunks.
type chunk interface {
	wait() bool   // in order: waits for a packet; false at the end of the input
	read()        // in order: reads it and the following packets that are already in memory
	alone() bool  // whether the packets are in memory that the next wait overwrites
	prepare()     // work that needs no order, such as decoding
	analyze()     // in order: work that depends on earlier packets
	render()      // writes text to a buffer
	write() error // in order: outputs the result
}

// chunksPerWorker is the number of chunks for each of several workers. While one chunk waits for
// its turn, a worker can continue with another.
const chunksPerWorker = 3

// A step is the next step of work on a chunk. Later steps are more urgent.
type step uint8

const (
	stepRead step = iota
	stepPrepare
	stepAnalyze
	stepRender
	stepWrite
	steps
)

// A job is a chunk and its state in the loop.
type job struct {
	chunk
	number int64 // position of the chunk in the order of reading, from 0
	next   step
	busy   bool // a worker executes the step
}

// A loop runs the steps of chunks.
type loop struct {
	packets *sync.RWMutex // held for reading from read to write

	mu      sync.Mutex // of all below
	changed sync.Cond
	jobs    []*job
	turn    [steps]int64 // number of the chunk whose turn it is, for steps in order
	reading bool         // no other chunk can be read
	flying  int          // number of chunks between read and write
	idle    int          // number of workers without work
	ended   bool         // nothing more is read
	err     error        // error of the first write that failed
}

// runLoop processes chunks with a number of workers until the input ends. It writes nothing after
// the first write that fails, and returns its error. packets is held for reading while there are
// chunks between read and write.
func runLoop(packets *sync.RWMutex, workers int, chunks []chunk) error {
	l := &loop{packets: packets}
	if workers == 1 {
		for l.single(chunks[0]) {
		}
		return l.err
	}
	l.changed.L = &l.mu
	for _, c := range chunks {
		l.jobs = append(l.jobs, &job{chunk: c})
	}
	var all sync.WaitGroup
	for range workers {
		all.Go(l.work)
	}
	all.Wait()
	return l.err
}

// single runs all steps of the only chunk. It reports whether there may be more packets.
func (l *loop) single(c chunk) bool {
	if !c.wait() {
		return false
	}
	l.packets.RLock()
	defer l.packets.RUnlock()
	c.read()
	c.prepare()
	c.analyze()
	c.render()
	l.err = c.write()
	return l.err == nil
}

// work repeatedly executes the most urgent step that is ready, until the input ends.
func (l *loop) work() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		j := l.pick()
		if j == nil {
			if l.ended && l.flying == 0 {
				l.changed.Broadcast()
				return
			}
			l.idle++
			l.changed.Wait()
			l.idle--
			continue
		}
		j.busy = true
		l.reading = l.reading || j.next == stepRead
		if l.idle > 0 && l.pick() != nil {
			l.changed.Signal()
		}
		skip := l.err != nil
		l.mu.Unlock()
		ok, err := l.take(j, skip)
		l.mu.Lock()
		l.done(j, ok, err)
	}
}

// pick returns the job with the most urgent step that is ready, nil if there is none.
func (l *loop) pick() (best *job) {
	for _, j := range l.jobs {
		if l.ready(j) && (best == nil || j.next > best.next) {
			best = j
		}
	}
	return best
}

func (l *loop) ready(j *job) bool {
	switch {
	case j.busy:
		return false
	case j.next == stepRead:
		return !l.reading && !l.ended
	case j.next == stepAnalyze || j.next == stepWrite:
		return j.number == l.turn[j.next]
	}
	return true
}

// take executes a chunk's step. It returns false at the end of the input. If skip is true, it
// writes nothing, because an earlier write failed.
func (l *loop) take(j *job, skip bool) (ok bool, err error) {
	switch j.next {
	case stepRead:
		if !j.wait() {
			return false, nil
		}
		l.packets.RLock() // may wait for a writer; other chunks finish meanwhile
		j.read()
	case stepPrepare:
		j.prepare()
	case stepAnalyze:
		j.analyze()
	case stepRender:
		j.render()
	case stepWrite:
		if !skip {
			err = j.write()
		}
		l.packets.RUnlock()
	}
	return true, err
}

// done records that a step is complete.
func (l *loop) done(j *job, ok bool, err error) {
	j.busy = false
	switch j.next {
	case stepRead:
		if !ok {
			l.ended, l.reading = true, false
			return
		}
		j.number = l.turn[stepRead]
		l.flying++
		l.reading = j.alone() // until the chunk is written
	case stepWrite:
		l.flying--
		l.reading = l.reading && !j.alone()
		if err != nil {
			l.err, l.ended = err, true
		}
	}
	l.turn[j.next]++
	j.next = (j.next + 1) % steps
}
