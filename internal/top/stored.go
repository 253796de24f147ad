package top

import (
	"strings"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// NewStoredEngine returns an Engine for the counts of a store: sums of each minute, without
// packets.
func NewStoredEngine(table *flow.Table) *Engine {
	e := NewEngine(table)
	e.timing, e.stored = newTiming(time.Minute), true
	return e
}

// AddTotal counts packets at a time, in nanoseconds since 1970.
func (e *Engine) AddTotal(nanos int64, n flow.Count) {
	e.at(nanos)
	e.total.plus(0, n, &e.timing, 1)
}

// AddPort counts packets to and from a port at a time.
func (e *Engine) AddPort(nanos int64, k flow.PortKey, to, from flow.Count) {
	e.at(nanos)
	p := e.port(k)
	p.plus(0, to, &e.timing, 1)
	p.plus(1, from, &e.timing, 1)
}

// AddNoPort counts packets without ports at a time.
func (e *Engine) AddNoPort(nanos int64, why decode.Reason, n flow.Count) {
	e.at(nanos)
	e.noPort[why].plus(0, n, &e.timing, 1)
}

// AddFlow counts the traffic of the two sides of a flow at a time. service is the port that the
// flow counts for.
func (e *Engine) AddFlow(nanos int64, k flow.Key, service flow.PortKey, from [2]flow.Count) {
	e.at(nanos)
	f := e.flowOf(k)
	e.watch.note(f)
	f.service = service
	for side, end := range [...]flow.Endpoint{k.A, k.B} {
		f.plus(side, from[side], &e.timing, 1)
		if !end.Addr.IsValid() {
			continue
		}
		h := e.host(end.Addr)
		h.plus(0, from[side], &e.timing, 1)
		if k.A.Addr != k.B.Addr {
			h.plus(1, from[1-side], &e.timing, 1)
		}
	}
}

// noPackets is the message that a store contains no packets.
const noPackets = "a store has no packets, only sums: read the capture itself with -r"

// forStore converts a filter for use on a store, where only a word is possible.
func (f *Filter) forStore() *Filter {
	if f == nil || f.packets == nil || !isWord(f.Text) {
		return f
	}
	return &Filter{Text: f.Text, Means: "rows with " + f.Text, word: strings.ToLower(f.Text)}
}
