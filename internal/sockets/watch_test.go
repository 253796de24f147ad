package sockets

import (
	"errors"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portsniff/portsniff/decode"
)

// A script is a resolver that returns the given answer.
type script struct {
	mu       sync.Mutex
	answer   Owner
	err      error
	wait     chan struct{} // closed when results may be returned; nil for at once
	requests []Flow
	rounds   int
}

func (s *script) resolve(flows []Flow) ([]Owner, error) {
	s.mu.Lock()
	o, err, wait := s.answer, s.err, s.wait
	s.requests = append(s.requests, flows...)
	s.rounds++
	s.mu.Unlock()
	if wait != nil {
		<-wait
	}
	owners := make([]Owner, len(flows))
	for i := range owners {
		owners[i] = o
	}
	return owners, err
}

func (s *script) close() error { return nil }

func (s *script) say(o Owner) {
	s.mu.Lock()
	s.answer = o
	s.mu.Unlock()
}

func someone(pid int, sure Confidence) Owner {
	return Owner{Process: Process{PID: pid}, Confidence: sure}
}

// settle waits for 1.5 s: longer than a round and the rest after it, but shorter than keepExact.
func settle() { time.Sleep(1500 * time.Millisecond) }

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answer: someone(1, Listener)}
		w := watch(s)
		f := Flow{decode.ProtoTCP, end("192.0.2.1:80"), end("198.51.100.7:5000")}
		ask := func(what string, fresh bool, want Owner) {
			t.Helper()
			if got := w.Owner(f, fresh); got != want {
				t.Errorf("%s: %+v, want %+v", what, got, want)
			}
		}
		ask("at first", true, Owner{})
		settle()
		s.say(someone(2, Exact))
		ask("the first answer", false, someone(1, Listener))
		settle()
		ask("a better answer", false, someone(2, Exact))
		n := len(s.requests)
		ask("kept", false, someone(2, Exact))
		settle()
		if len(s.requests) != n {
			t.Error("a cached answer was requested again")
		}
		s.say(Owner{Confidence: Gone})
		settle()
		ask("old", false, someone(2, Exact))
		settle()
		ask("the socket is gone, the last packets are not", false, someone(2, Exact))
		s.say(someone(3, Exact))
		ask("the port is used again", true, Owner{})
		settle()
		ask("by another", false, someone(3, Exact))
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestWatchUDP checks a protocol without connections. A later result replaces its owner, even if
// that result is Gone.
func TestWatchUDP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answer: someone(1, Exact)}
		w := watch(s)
		f := Flow{decode.ProtoUDP, end("192.0.2.1:53"), end("198.51.100.7:5000")}
		w.Owner(f, false)
		settle()
		s.say(Owner{Confidence: Gone})
		settle()
		w.Owner(f, false)
		settle()
		if got := w.Owner(f, false); got.Confidence != Gone {
			t.Errorf("%+v", got)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestWatchRace checks that a result is dropped if the flow began again after the lookup started.
func TestWatchRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answer: someone(1, Exact), wait: make(chan struct{})}
		w := watch(s)
		f := Flow{decode.ProtoTCP, end("192.0.2.1:80"), end("198.51.100.7:5000")}
		w.Owner(f, true)
		synctest.Wait() // the lookup runs
		w.Owner(f, true)
		s.say(someone(2, Exact))
		close(s.wait)
		synctest.Wait()
		if got := w.Owner(f, false); got.Known() {
			t.Errorf("the old answer is taken: %+v", got)
		}
		settle()
		if got := w.Owner(f, false); got.PID != 2 {
			t.Errorf("the new answer is not: %+v", got)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answer: someone(1, Exact), wait: make(chan struct{})}
		w := watch(s)
		f := Flow{decode.ProtoTCP, end("192.0.2.1:80"), end("198.51.100.7:5000")}
		began := time.Now()
		if got := w.Await(f, true, 50*time.Millisecond); got.Known() ||
			time.Since(began) != 50*time.Millisecond {
			t.Errorf("%+v after %v", got, time.Since(began))
		}
		go func() { time.Sleep(10 * time.Millisecond); close(s.wait) }()
		if got := w.Await(f, false, time.Hour); got.PID != 1 ||
			time.Since(began) != 60*time.Millisecond {
			t.Errorf("%+v after %v", got, time.Since(began))
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestAwaitIsImmediate checks that Await does not wait for the rest after the previous round,
// because a short connection may be over by then.
func TestAwaitIsImmediate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answer: someone(1, Exact)}
		w := watch(s)
		w.Owner(Flow{decode.ProtoTCP, end("192.0.2.1:80"), end("198.51.100.7:5000")}, true)
		synctest.Wait() // the lookup is finished, and the rest has begun
		began := time.Now()
		got := w.Await(Flow{decode.ProtoTCP, end("192.0.2.1:80"), end("198.51.100.7:5001")}, true,
			time.Second)
		if took := time.Since(began); got != someone(1, Exact) || took >= minRest {
			t.Errorf("%+v after %s", got, took)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestWatchFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		w := watch(&script{err: broken})
		f := Flow{decode.ProtoTCP, end("192.0.2.1:80"), end("198.51.100.7:5000")}
		if got := w.Await(f, true, time.Hour); got != (Owner{}) {
			t.Errorf("%+v", got)
		}
		for range 2 {
			if err := w.Err(); !errors.Is(err, broken) {
				t.Errorf("%v", err)
			}
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestWatchIsBounded checks that the number of cached flows is limited, and that lookups run in
// batches.
func TestWatchIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		w := watch(s)
		for i := range maxFlows + 10 {
			w.Owner(Flow{decode.Transport(1 + i>>16), end("192.0.2.1:80"), netipPort(i)}, false)
		}
		w.mu.Lock()
		n := len(w.known)
		w.mu.Unlock()
		if n != 10 {
			t.Errorf("%d flows are cached, above the limit", n)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if len(s.requests) > s.rounds*maxAsk {
			t.Errorf("%d flows in %d rounds", len(s.requests), s.rounds)
		}
	})
}

func netipPort(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("198.51.100.7"), uint16(i))
}

// TestKnownFlowAllocatesNothing checks that the owner of a known flow costs no allocation.
func TestKnownFlowAllocatesNothing(t *testing.T) {
	w := watch(&script{})
	f := Flow{decode.ProtoTCP, end("192.0.2.1:80"), end("198.51.100.7:5000")}
	w.Await(f, true, time.Minute)
	if n := testing.AllocsPerRun(100, func() { w.Owner(f, false) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
