package pipeline

import "sync"

// A chunk is some packets that follow one another, and the work on them. The loop calls its methods
// in this order, again and again. Those that are called in order see the packets in the order of
// the input; the others run beside those of other chunks.
type chunk interface {
	wait() bool   // in order: waits for a packet; false at the end of the input
	read()        // in order: takes it and those after it that are in memory
	alone() bool  // the packets are in memory that the next wait overwrites
	prepare()     // what needs no order, such as decoding
	analyze()     // in order: what depends on earlier packets
	render()      // writes text to a buffer
	write() error // in order: hands the result on
}

// chunksPerWorker is the number of chunks for each of several workers: if one of them has to
// wait for its turn, there is work on another one.
const chunksPerWorker = 3

// A step is what is to be done next with a chunk. Later steps are more urgent.
type step uint8

const (
	stepRead step = iota
	stepPrepare
	stepAnalyze
	stepRender
	stepWrite
	steps
)

// A job is a chunk on its way.
type job struct {
	chunk
	number int64 // counts the chunks that were read
	next   step
	busy   bool // a worker takes the step
}

// A loop takes chunks through their steps.
type loop struct {
	packets *sync.RWMutex // held for reading from read to write

	mu      sync.Mutex // of all below
	changed sync.Cond
	jobs    []*job
	turn    [steps]int64 // the number of the chunk whose turn it is, for steps in order
	reading bool         // no other chunk can be read
	flying  int          // chunks between read and write
	idle    int          // workers without work
	ended   bool         // nothing more is read
	err     error        // of the first write that failed
}

// runLoop works on chunks until the input ends, with a number of workers. After the first write
// that fails nothing more is written; it returns the error. packets is held for reading while there
// are chunks between read and write.
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

// single takes the only chunk through all steps. It reports whether there may be more packets.
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

// work takes the most urgent step that can be taken, again and again until the input ends.
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

// pick returns the chunk whose step is the most urgent one, nil if no step can be taken.
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

// take takes a chunk's step. It reports false at the end of the input. skip is set after an error:
// nothing is written.
func (l *loop) take(j *job, skip bool) (ok bool, err error) {
	switch j.next {
	case stepRead:
		if !j.wait() {
			return false, nil
		}
		l.packets.RLock() // other chunks finish while it waits
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

// done records that a step was taken.
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
		l.reading = j.alone() // until it is written
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
