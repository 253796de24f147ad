package pipeline

import (
	"sync"
	"sync/atomic"
)

// A chunk is some packets that follow one another, and the work on them. The loop calls its methods
// in this order, again and again. Those that are called in order see the packets in the order of the
// input; the others run beside those of other chunks.
type chunk interface {
	wait() bool   // in order: waits for a packet; false at the end of the input
	read()        // in order: takes it and those after it that are in memory
	alone() bool  // the packets are in memory that the next wait overwrites
	prepare()     // what needs no order, such as decoding
	analyze()     // in order: what depends on earlier packets
	render()      // writes text to a buffer
	write() error // in order: hands the result on
}

// A loop takes chunks through their methods.
type loop struct {
	mu       *sync.RWMutex
	reading  sync.Mutex // held from wait to read
	chunks   int64      // that were read
	ended    atomic.Bool
	analyzed turn
	written  turn
	err      error // of the first write that failed; for whose turn it is to write
}

// runLoop works on chunks until the input ends, each on a goroutine. After the first write that fails
// nothing more is written; it returns the error. mu is held for reading from read to write.
func runLoop(mu *sync.RWMutex, chunks []chunk) error {
	l := &loop{mu: mu}
	if len(chunks) == 1 {
		for l.single(chunks[0]) {
		}
		return l.err
	}
	l.analyzed.changed.L, l.written.changed.L = &l.analyzed.mu, &l.written.mu
	var workers sync.WaitGroup
	for _, c := range chunks {
		workers.Go(func() {
			for l.one(c) {
			}
		})
	}
	workers.Wait()
	return l.err
}

// single takes the only chunk through its methods once. It reports whether there may be more.
func (l *loop) single(c chunk) bool {
	if !c.wait() {
		return false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	c.read()
	c.prepare()
	c.analyze()
	c.render()
	l.err = c.write()
	return l.err == nil
}

// one takes one of several chunks through its methods once.
func (l *loop) one(c chunk) bool {
	l.reading.Lock()
	if l.ended.Load() || !c.wait() {
		l.ended.Store(true)
		l.reading.Unlock()
		return false
	}
	l.mu.RLock() // chunks get it in their order, so that those before a writer are whole
	defer l.mu.RUnlock()
	c.read()
	n := l.chunks
	l.chunks++
	if c.alone() {
		defer l.reading.Unlock()
	} else {
		l.reading.Unlock()
	}
	c.prepare()
	l.analyzed.wait(n)
	c.analyze()
	l.analyzed.pass()
	c.render()
	l.written.wait(n)
	if l.err == nil {
		l.err = c.write()
		l.ended.Store(l.err != nil || l.ended.Load())
	}
	l.written.pass()
	return true
}

// A turn lets chunks pass one by one, in their order.
type turn struct {
	mu      sync.Mutex
	changed sync.Cond
	next    int64
}

// wait waits until all chunks before n have passed.
func (t *turn) wait(n int64) {
	t.mu.Lock()
	for t.next != n {
		t.changed.Wait()
	}
	t.mu.Unlock()
}

// pass lets the next chunk through.
func (t *turn) pass() {
	t.mu.Lock()
	t.next++
	t.mu.Unlock()
	t.changed.Broadcast()
}
