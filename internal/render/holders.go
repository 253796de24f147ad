package render

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

// An Asker tells who owns a flow's end, and whether that is an answer or only not known yet, as sockets.Watch.Ask does. fresh says that the flow begins.
type Asker func(f sockets.Flow, fresh bool) (o sockets.Owner, answered bool)

// Bounds of Holders.
const (
	maxHeld    = 1 << 16         // flows that are remembered, about 400 bytes each
	gatherMost = 1024            // flows that are asked for at a time
	acceptTime = 5 * time.Second // how long a connection may take to get a socket of its own
)

// Holders gather for the tables of a live capture which processes of this host have the ends of flows: as they were when each flow began.
// They have a bounded number of flows, and count those beyond.
type Holders struct {
	Left uint64 // flows that there was no room for

	ask   Asker
	flows map[flow.Key]*heldEnds
	open  []flow.Key // those that something may still be found out of
	swept uint64     // what Left was when room was last made
}

// heldEnds are what is known of a flow's two ends.
type heldEnds struct {
	a, b  Holder
	until time.Time // when looking for a better answer ends
	open  bool
}

// A Holder is the owner of one end of a flow.
type Holder struct {
	sockets.Owner
	Earlier int // other processes that had the same end before, as its ports were used again

	answered bool
	before   int // the PID before the ports were used again, 0 for none
}

// NewHolders ask ask.
func NewHolders(ask Asker) *Holders { return &Holders{ask: ask, flows: map[flow.Key]*heldEnds{}} }

// Began is told of a flow that begins, or of a connection on the ports of one before.
func (h *Holders) Began(k flow.Key, asks bool) {
	if !k.A.Addr.IsValid() {
		return
	}
	e := h.flows[k]
	switch {
	case e != nil && !asks:
		return
	case e != nil:
		e.a.again()
		e.b.again()
	case len(h.flows) >= maxHeld && !h.sweep():
		h.Left++
		return
	default:
		e = &heldEnds{}
		h.flows[k] = e
	}
	e.until = time.Now().Add(acceptTime)
	if !e.open {
		e.open = true
		h.open = append(h.open, k)
	}
	h.look(k, e, asks)
}

// sweep makes room by forgetting flows that nobody of this host has to do with, and reports whether there is some. While there is none, it tries again only
// now and then.
func (h *Holders) sweep() bool {
	const each = maxHeld / 8
	if h.Left != 0 && h.Left-h.swept < each {
		return false
	}
	h.swept = h.Left
	maps.DeleteFunc(h.flows, func(_ flow.Key, e *heldEnds) bool {
		return !e.open && e.a.Owner == sockets.Owner{} && e.b.Owner == sockets.Owner{}
	})
	return len(h.flows) < maxHeld
}

// again has an end looked for anew.
func (h *Holder) again() {
	if h.Known() {
		h.before = h.PID
	}
	h.answered = false
}

// look asks for both ends of a flow.
func (h *Holders) look(k flow.Key, e *heldEnds, fresh bool) {
	a, b := netip.AddrPortFrom(k.A.Addr.Unmap(), k.A.Port), netip.AddrPortFrom(k.B.Addr.Unmap(), k.B.Port)
	e.a.learn(h.ask(sockets.Flow{Proto: k.Proto, Local: a, Remote: b}, fresh))
	e.b.learn(h.ask(sockets.Flow{Proto: k.Proto, Local: b, Remote: a}, fresh))
}

// learn takes an answer, unless one that says more is known of the same connection.
func (h *Holder) learn(o sockets.Owner, answered bool) {
	if !answered || h.answered && says(o) <= says(h.Owner) {
		return
	}
	h.answered, h.Owner = true, o
	if h.before != 0 && h.PID != h.before {
		h.Earlier++
	}
	h.before = 0
}

// says is the more, the more an answer says.
func says(o sockets.Owner) int {
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

// settled tells whether nothing better is to be expected: a connection that only a listener was found for may be accepted later.
func (e *heldEnds) settled(k flow.Key, now time.Time) bool {
	if !e.a.answered || !e.b.answered {
		return false
	}
	listens := e.a.Confidence == sockets.Listener || e.b.Confidence == sockets.Listener
	return !listens || k.Proto == decode.ProtoUDP || k.Proto == decode.ProtoUDPLite || now.After(e.until)
}

// Gather takes the answers that have come, and reports whether there are flows without any.
func (h *Holders) Gather() (waiting bool) {
	now, n := time.Now(), min(len(h.open), gatherMost)
	some := slices.Clone(h.open[:n])
	h.open = append(h.open[:0], h.open[n:]...)
	waiting = len(h.open) > 0
	for _, k := range some {
		e := h.flows[k]
		h.look(k, e, false)
		waiting = waiting || !e.a.answered || !e.b.answered
		if e.open = !e.settled(k, now); e.open {
			h.open = append(h.open, k)
		}
	}
	return waiting
}

// ends are what is known of a flow.
func (h *Holders) ends(k flow.Key) (a, b *Holder) {
	e := h.flows[k]
	if e == nil {
		return &Holder{}, &Holder{}
	}
	return &e.a, &e.b
}
