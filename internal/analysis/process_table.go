package analysis

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

// An Asker looks up the owner of a flow's local end, as sockets.Watch.Ask does. answered is false
// while the answer is pending. fresh means that the flow begins.
type Asker func(f sockets.Flow, fresh bool) (o sockets.Owner, answered bool)

// Bounds of a ProcessTable.
const (
	maxTracked = 1 << 16         // flows, about 400 bytes each
	maxGather  = 1024            // flows that one Gather looks up
	acceptTime = 5 * time.Second // maximum time that a connection waits to be accepted
)

// A ProcessTable collects the processes of this host that own the ends of flows in a live capture.
// An owner is the process at the beginning of a flow. The table tracks a limited number of flows
// and counts the others.
type ProcessTable struct {
	Untracked uint64 // flows beyond the limit

	ask   Asker
	flows map[flow.Key]*flowOwners
	open  []flow.Key // flows that may still get a better answer
	swept uint64     // Untracked at the last sweep
}

// flowOwners are the owners of a flow's two ends.
type flowOwners struct {
	a, b  EndProcess
	until time.Time // end of the search for a better answer
	open  bool
}

// An EndProcess is the owner of one end of a flow.
type EndProcess struct {
	sockets.Owner
	Earlier int // other processes that owned this end before the ports were reused

	answered bool
	before   int // PID before the ports were reused, 0 for none
}

// NewProcessTable returns a table that looks up owners with ask.
func NewProcessTable(ask Asker) *ProcessTable {
	return &ProcessTable{ask: ask, flows: map[flow.Key]*flowOwners{}}
}

// Add starts tracking a flow. opens means that a connection begins, which may reuse the ports of an
// earlier one.
func (t *ProcessTable) Add(k flow.Key, opens bool) {
	if !k.A.Addr.IsValid() {
		return
	}
	e := t.flows[k]
	switch {
	case e != nil && !opens:
		return
	case e != nil:
		e.a.again()
		e.b.again()
	case len(t.flows) >= maxTracked && !t.sweep():
		t.Untracked++
		return
	default:
		e = &flowOwners{}
		t.flows[k] = e
	}
	e.until = time.Now().Add(acceptTime)
	if !e.open {
		e.open = true
		t.open = append(t.open, k)
	}
	t.look(k, e, opens)
}

// sweep removes flows without any owner on this host and reports whether an entry is free. If none
// is free, it tries again only after maxTracked/8 more flows.
func (t *ProcessTable) sweep() bool {
	const interval = maxTracked / 8
	if t.Untracked != 0 && t.Untracked-t.swept < interval {
		return false
	}
	t.swept = t.Untracked
	maps.DeleteFunc(t.flows, func(_ flow.Key, e *flowOwners) bool {
		return !e.open && e.a.Owner == sockets.Owner{} && e.b.Owner == sockets.Owner{}
	})
	return len(t.flows) < maxTracked
}

// again prepares an end for a new lookup.
func (p *EndProcess) again() {
	if p.Known() {
		p.before = p.PID
	}
	p.answered = false
}

// look looks up both ends of a flow.
func (t *ProcessTable) look(k flow.Key, e *flowOwners, fresh bool) {
	a := netip.AddrPortFrom(k.A.Addr.Unmap(), k.A.Port)
	b := netip.AddrPortFrom(k.B.Addr.Unmap(), k.B.Port)
	e.a.learn(t.ask(sockets.Flow{Proto: k.Proto, Local: a, Remote: b}, fresh))
	e.b.learn(t.ask(sockets.Flow{Proto: k.Proto, Local: b, Remote: a}, fresh))
}

// learn stores an answer unless the current one is at least as detailed.
func (p *EndProcess) learn(o sockets.Owner, answered bool) {
	if !answered || p.answered && detail(o) <= detail(p.Owner) {
		return
	}
	p.answered, p.Owner = true, o
	if p.before != 0 && p.PID != p.before {
		p.Earlier++
	}
	p.before = 0
}

// detail returns the rank of an answer. A higher rank means more detail.
func detail(o sockets.Owner) int {
	switch {
	case o.Confidence == sockets.Exact:
		return 3
	case o.Known():
		return 2
	case o != sockets.Owner{}:
		return 1
	}
	return 0
}

// settled reports whether no better answer can come. A connection with only the listener
// known may still be accepted.
func (e *flowOwners) settled(k flow.Key, now time.Time) bool {
	if !e.a.answered || !e.b.answered {
		return false
	}
	listens := e.a.Confidence == sockets.Listener || e.b.Confidence == sockets.Listener
	datagram := k.Proto == decode.ProtoUDP || k.Proto == decode.ProtoUDPLite
	return !listens || datagram || now.After(e.until)
}

// Gather collects the answers that have arrived and reports whether some are still pending.
func (t *ProcessTable) Gather() (waiting bool) {
	now, n := time.Now(), min(len(t.open), maxGather)
	batch := slices.Clone(t.open[:n])
	t.open = append(t.open[:0], t.open[n:]...)
	waiting = len(t.open) > 0
	for _, k := range batch {
		e := t.flows[k]
		t.look(k, e, false)
		waiting = waiting || !e.a.answered || !e.b.answered
		if e.open = !e.settled(k, now); e.open {
			t.open = append(t.open, k)
		}
	}
	return waiting
}

// Ends returns the processes at the ends of a flow.
func (t *ProcessTable) Ends(k flow.Key) (a, b EndProcess) {
	if e := t.flows[k]; e != nil {
		return e.a, e.b
	}
	return EndProcess{}, EndProcess{}
}

// RoleEnds returns the processes at a flow's client and server ends.
func (t *ProcessTable) RoleEnds(f *flow.Flow, r *Roles) (client, server EndProcess) {
	a, b := t.Ends(f.Key)
	if r.ClientEnd == f.A {
		return a, b
	}
	return b, a
}
