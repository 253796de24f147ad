package page

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
)

// Bounds of the series: columns of a chart, ports that are followed, and ports that are shown.
const (
	maxColumns = 240
	maxPorts   = 2048
	topPorts   = 12
	minSpan    = int64(time.Millisecond)
	maxSpan    = math.MaxInt64 / 2
)

// A series counts packets and bytes by port over time, in spans. The spans double in length when
// there are too many.
type series struct {
	span      int64 // nanoseconds
	low, high int64 // first and last span with a packet, counted from 1970
	any       bool
	ports     map[flow.PortKey]*curve
	total     curve  // of all packets, once each
	left      uint64 // packets of ports that are not followed
}

type curve struct {
	flow.Count
	cells map[int64]flow.Count
}

func newSeries() *series {
	return &series{span: minSpan, ports: map[flow.PortKey]*curve{},
		total: curve{cells: map[int64]flow.Count{}}}
}

// all counts a packet, whether it has ports or not. nanos is its time since 1970.
func (s *series) all(nanos int64, bytes uint32) {
	if nanos == flow.NoTime {
		return
	}
	s.reach(nanos)
	s.total.add(floor(nanos, s.span), bytes)
}

// add counts a packet in a span.
func (c *curve) add(at int64, bytes uint32) {
	c.Add(bytes)
	n := c.cells[at]
	n.Add(bytes)
	c.cells[at] = n
}

// add counts a packet of a port. nanos is its time since 1970.
func (s *series) add(port flow.PortKey, nanos int64, bytes uint32) {
	c := s.ports[port]
	switch {
	case nanos == flow.NoTime:
		s.left++
		return
	case c == nil && len(s.ports) == maxPorts:
		s.left++
	case c == nil:
		c = &curve{cells: map[int64]flow.Count{}}
		s.ports[port] = c
	}
	s.reach(nanos) // also for a packet of a port that is not followed
	if c != nil {
		c.add(floor(nanos, s.span), bytes)
	}
}

// reach extends the spans to include a time.
func (s *series) reach(nanos int64) {
	at := floor(nanos, s.span)
	if !s.any {
		s.any, s.low, s.high = true, at, at
	}
	s.low, s.high = min(s.low, at), max(s.high, at)
	for s.high-s.low >= maxColumns && s.span < maxSpan {
		s.double()
	}
}

// double merges each pair of spans.
func (s *series) double() {
	s.span *= 2
	s.low, s.high = floor(s.low, 2), floor(s.high, 2)
	s.total.double()
	for _, c := range s.ports {
		c.double()
	}
}

func (c *curve) double() {
	cells := make(map[int64]flow.Count, len(c.cells))
	for at, n := range c.cells {
		sum := cells[floor(at, 2)]
		sum.Plus(n)
		cells[floor(at, 2)] = sum
	}
	c.cells = cells
}

// floor divides and rounds down.
func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}

// seriesJSON is the series in the page's data.
type seriesJSON struct {
	Seconds float64     `json:"seconds"`
	Start   string      `json:"start"`
	Left    uint64      `json:"left"`    // packets in no row
	Packets []uint64    `json:"packets"` // of all packets, once each
	Bytes   []uint64    `json:"bytes"`
	Rows    []seriesRow `json:"rows"`
}

type seriesRow struct {
	Port    uint16   `json:"port"`
	Proto   string   `json:"proto"`
	Service string   `json:"service"`
	Packets []uint64 `json:"packets"`
	Bytes   []uint64 `json:"bytes"`
}

// json returns the series of the busiest ports, or nil if no packet has a time.
func (s *series) json() *seriesJSON {
	if !s.any {
		return nil
	}
	keys := make([]flow.PortKey, 0, len(s.ports))
	for k := range s.ports {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b flow.PortKey) int {
		return cmp.Or(cmp.Compare(s.ports[b].Packets, s.ports[a].Packets),
			cmp.Compare(s.ports[b].Bytes, s.ports[a].Bytes), cmp.Compare(a.Proto, b.Proto),
			cmp.Compare(a.Port, b.Port))
	})
	out := &seriesJSON{Seconds: float64(s.span) / 1e9,
		Start: time.Unix(0, s.low*s.span).Format(timeLayout), Left: s.left, Rows: []seriesRow{}}
	out.Packets, out.Bytes = s.columns(&s.total)
	for i, k := range keys {
		c := s.ports[k]
		if i >= topPorts {
			out.Left += c.Packets
			continue
		}
		row := seriesRow{Port: k.Port, Proto: k.Proto.String(),
			Service: annotate.Registered(k.Proto, k.Port).Name}
		row.Packets, row.Bytes = s.columns(c)
		out.Rows = append(out.Rows, row)
	}
	return out
}

// columns returns the counts of each span.
func (s *series) columns(c *curve) (packets, bytes []uint64) {
	n := s.high - s.low + 1
	packets, bytes = make([]uint64, n), make([]uint64, n)
	for at, cell := range c.cells {
		packets[at-s.low], bytes[at-s.low] = cell.Packets, cell.Bytes
	}
	return packets, bytes
}
