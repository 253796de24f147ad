package sockets

import (
	"sync"
	"time"

	"github.com/portsniff/portsniff/decode"
)

// Times of a Watch. After them an owner is looked up again when its flow has another packet.
const (
	keepExact  = 2 * time.Second
	keepOthers = time.Second
	minRest    = 20 * time.Millisecond // least time between two rounds
	maxRest    = 2 * time.Second
	restFactor = 10 // lookups take at most 1/11 of one processor's time
)

// Bounds of a Watch.
const (
	maxFlows = 1 << 16 // flows in the cache; when it is full, it is emptied
	maxAsk   = 1024    // flows in one request
)

// A resolver finds the owners of flows at a time after the call, in the order of the flows.
type resolver interface {
	resolve([]Flow) ([]Owner, error)
	close() error
}

// A Watch caches the owners of flows and looks up unknown ones in the background. It is safe for
// concurrent use.
type Watch struct {
	resolver resolver
	work     chan struct{} // has an element while lookups are requested
	hurry    chan struct{} // has an element once a caller waits for a result
	stop     chan struct{}
	done     chan struct{}

	mu      sync.Mutex
	known   map[Flow]*answer
	pending []Flow
	news    chan struct{} // closed when results have arrived
	err     error
}

type answer struct {
	owner    Owner
	asked    time.Time
	pending  bool
	answered bool
	// the flow began again after the lookup started, so the result may be of the earlier flow
	fresh bool
}

// Start returns a Watch that looks up owners in this process. It needs /proc and netlink, which a
// sandbox forbids: see StartHelper.
func Start() (*Watch, error) {
	t := newTaker()
	if _, err := t.take(); err != nil {
		return nil, err
	}
	return watch(local{t}), nil
}

func watch(r resolver) *Watch {
	w := &Watch{resolver: r, work: make(chan struct{}, 1), hurry: make(chan struct{}, 1),
		stop: make(chan struct{}), done: make(chan struct{}),
		known: map[Flow]*answer{}, news: make(chan struct{})}
	go w.run()
	return w
}

// Owner returns the owner of the flow if it is known, and requests a lookup in the background. It
// never waits. fresh reports that the flow begins with this packet, for example a TCP SYN. Then the
// owner of an earlier flow with the same ends is dropped.
func (w *Watch) Owner(f Flow, fresh bool) Owner {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.look(f, fresh, time.Now()).owner
}

// Ask is like Owner, and also reports whether the lookup is finished. Until then the owner is
// Unknown.
func (w *Watch) Ask(f Flow, fresh bool) (o Owner, answered bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.look(f, fresh, time.Now())
	return a.owner, a.answered || w.err != nil
}

// Await is like Owner, but waits for the first lookup of a flow, for at most the timeout.
// This lookup runs immediately.
func (w *Watch) Await(f Flow, fresh bool, timeout time.Duration) Owner {
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	for {
		w.mu.Lock()
		a, news := w.look(f, fresh, time.Now()), w.news
		o, ready := a.owner, a.answered || w.err != nil
		w.mu.Unlock()
		if ready {
			return o
		}
		fresh = false
		select {
		case w.hurry <- struct{}{}:
		default:
		}
		select {
		case <-news:
		case <-limit.C:
			return o
		}
	}
}

// look returns the cached owner of a flow, and requests a lookup if there is none or it is old.
func (w *Watch) look(f Flow, fresh bool, now time.Time) *answer {
	a := w.known[f]
	if a == nil {
		if len(w.known) >= maxFlows {
			w.known, w.pending = map[Flow]*answer{}, w.pending[:0]
		}
		a = &answer{}
		w.known[f] = a
		w.ask(f, a, now)
		return a
	}
	if fresh {
		a.owner, a.answered, a.fresh = Owner{}, false, a.pending
	}
	keep := keepOthers
	if a.owner.Confidence == Exact {
		keep = keepExact
	}
	if !a.pending && (fresh || now.Sub(a.asked) > keep) {
		w.ask(f, a, now)
	}
	return a
}

func (w *Watch) ask(f Flow, a *answer, now time.Time) {
	a.asked, a.pending = now, true
	w.pending = append(w.pending, f)
	select {
	case w.work <- struct{}{}:
	default: // a round is already requested
	}
}

func (w *Watch) run() {
	defer close(w.done)
	for {
		select {
		case <-w.stop:
			return
		case <-w.work:
		}
		began := time.Now()
		if err := w.round(); err != nil {
			w.fail(err)
			return
		}
		select {
		case <-w.stop:
			return
		case <-w.hurry:
		case <-time.After(min(max(restFactor*time.Since(began), minRest), maxRest)):
		}
	}
}

// round looks up the requested flows.
func (w *Watch) round() error {
	w.mu.Lock()
	n := min(len(w.pending), maxAsk)
	flows := append([]Flow(nil), w.pending[:n]...)
	w.pending = append(w.pending[:0], w.pending[n:]...)
	for _, f := range flows {
		if a := w.known[f]; a != nil {
			a.fresh = false // the lookup begins only now
		}
	}
	w.mu.Unlock()
	if len(flows) == 0 {
		return nil
	}
	owners, err := w.resolver.resolve(flows)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, f := range flows {
		w.learn(f, owners[i])
	}
	close(w.news)
	w.news = make(chan struct{})
	if len(w.pending) > 0 {
		select {
		case w.work <- struct{}{}:
		default:
		}
	}
	return nil
}

// learn records an owner. The last packets of a connection follow after its socket was closed, so
// the owner is kept until the connection begins again. Protocols without connections have no
// beginning, and another process may use the port.
func (w *Watch) learn(f Flow, o Owner) {
	a := w.known[f]
	if a == nil {
		return
	}
	if a.fresh {
		w.pending = append(w.pending, f)
		return
	}
	a.pending, a.answered = false, true
	if a.owner.Confidence == Exact && o.Confidence != Exact && connects(f.Proto) {
		return
	}
	a.owner = o
}

func (w *Watch) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
	close(w.news)
	w.news = make(chan struct{})
}

// Err returns why the watch stopped, or nil.
func (w *Watch) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close ends the watch, and the helper if there is one.
func (w *Watch) Close() error {
	close(w.stop)
	err := w.resolver.close() // before waiting for a round that waits for a result
	<-w.done
	return err
}

// A local is a resolver in this process.
type local struct{ taker *taker }

func (l local) resolve(flows []Flow) ([]Owner, error) {
	s, err := l.taker.take()
	if err != nil {
		return nil, err
	}
	owners := make([]Owner, len(flows))
	for i, f := range flows {
		owners[i] = s.Owner(f)
	}
	return owners, nil
}

func (local) close() error { return nil }

// connects reports whether a protocol has connections.
func connects(p decode.Transport) bool { return p != decode.ProtoUDP && p != decode.ProtoUDPLite }
