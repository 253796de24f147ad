package render

import (
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// WidePorts returns the table per port of flows that were followed.
func WidePorts(t *flow.Table, h *analysis.ProcessTable) *PortView {
	side := func(k flow.Key) (a, b bool) {
		s := flow.ServiceSide(k, t.FactsOf(k))
		return s == flow.A, s == flow.B
	}
	return &PortView{Ports: t.Ports(), Totals: t.Totals, Evicted: t.Evicted,
		Flows: true, Processes: h, Side: side}
}

// NarrowSide returns a function that selects ends of a flow. It selects the ends that have a row in
// a table that considers each packet alone, in either direction.
func NarrowSide(which flow.CountBy) analysis.PortSide {
	return func(k flow.Key) (a, b bool) {
		if which != flow.ServicePort && which != flow.ClientPort {
			return true, true
		}
		there, back := annotate.ToService(k.Proto, k.A.Port, k.B.Port),
			annotate.ToService(k.Proto, k.B.Port, k.A.Port)
		if a, b = !there || back, there || !back; which == flow.ClientPort {
			return b, a
		}
		return a, b
	}
}

// A RateLine measures the packet rate between two updates of a live table.
type RateLine struct {
	at  time.Time
	sum flow.Count
}

// NewRateLine returns a RateLine that measures from now on.
func NewRateLine() *RateLine { return &RateLine{at: time.Now()} }

// Next describes the time since the last call. It is the first line of a live table, so that short
// terminals always show it.
func (r *RateLine) Next(sum flow.Count, style Style) string {
	now := time.Now()
	since := flow.Count{Packets: sum.Packets - r.sum.Packets, Bytes: sum.Bytes - r.sum.Bytes}
	text := Rate(since, now.Sub(r.at), style)
	r.at, r.sum = now, sum
	return text
}
