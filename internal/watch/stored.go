package watch

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
	"time"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/top"
)

// Memory is the most memory of a Stored in addition to its flow table, in bytes.
const Memory = 96 << 20

// Limits of a Stored, within Memory.
const (
	maxMinutes     = 500_000 // 56 bytes each
	maxMinutePorts = 500_000 // 64 bytes each
	maxParts       = 250_000 // 128 bytes each
	minute         = int64(time.Minute)
)

// A TooMuchError means that a store has more rows than fit in memory.
type TooMuchError struct {
	Max  int
	What string
}

func (e *TooMuchError) Error() string {
	return fmt.Sprintf("more than %d %s: choose a time with --between", e.Max, e.What)
}

// A part is a flow, or a part of one. A store has no counts by minute for it, so its packets are
// spread evenly over its duration.
type part struct {
	key        flow.Key
	service    flow.PortKey
	start, end int64
	from       [2]flow.Count
}

// A Stored feeds the screen with the counts of a store, minute by minute, up to a time. It
// implements top.Player.
type Stored struct {
	*player
	work   sync.Mutex // protects all below
	engine *top.Engine
	table  *flow.Table

	minutes []store.Minute
	ports   []flow.MinutePort
	parts   []part

	first, last int64  // time of the first and the last packet
	next        int64  // start of the minute that is counted next
	nth         [3]int // indexes of the next element of minutes, ports and parts
	active      []int  // indexes of parts that began earlier and continue
	packets     uint64 // packets counted so far
}

// NewStored reads a store for the screen. Times without packets are part of the timeline.
func NewStored(s *store.Store, opt flow.Options) (*Stored, error) {
	p := &Stored{table: flow.NewTable(opt),
		player: newPlayer(top.Position{Speed: 60, Step: minute})}
	if err := p.load(s); err != nil {
		return nil, err
	}
	p.engine = top.NewStoredEngine(p.table)
	p.at.First, p.at.Last = p.first, p.last
	p.rewind()
	return p, nil
}

// load reads the store.
func (p *Stored) load(s *store.Store) error {
	p.first, p.last = math.MaxInt64, math.MinInt64
	if err := s.Minutes(func(m *store.Minute) {
		if len(p.minutes) <= maxMinutes {
			p.minutes = append(p.minutes, *m)
		}
		if m.First != flow.NoTime {
			p.first, p.last = min(p.first, m.First), max(p.last, m.Last)
		}
	}); err != nil {
		return err
	}
	if p.first > p.last { // no packet has a time
		p.first, p.last = 0, 0
	}
	p.last = min(p.last, math.MaxInt64-2*minute)
	if err := s.Ports(func(m *flow.MinutePort) {
		if len(p.ports) <= maxMinutePorts {
			p.ports = append(p.ports, *m)
		}
	}); err != nil {
		return err
	}
	if err := s.Flows(p.addPart); err != nil {
		return err
	}
	p.table.Order()
	switch {
	case len(p.minutes) > maxMinutes:
		return &TooMuchError{maxMinutes, "counts of all packets by minute"}
	case len(p.ports) > maxMinutePorts:
		return &TooMuchError{maxMinutePorts, "counts of ports by minute"}
	case len(p.parts) > maxParts:
		return &TooMuchError{maxParts, "flows"}
	}
	slices.SortStableFunc(p.minutes, func(x, y store.Minute) int {
		return cmp.Compare(x.Start, y.Start) // flow.NoTime comes first
	})
	slices.SortStableFunc(p.ports, func(x, y flow.MinutePort) int {
		return cmp.Compare(x.Minute, y.Minute)
	})
	slices.SortStableFunc(p.parts, func(x, y part) int { return cmp.Compare(x.start, y.start) })
	return nil
}

func (p *Stored) addPart(f *flow.Flow) {
	p.table.Put(f)
	if f.Start == flow.NoTime {
		f.End = flow.NoTime
	}
	if len(p.parts) <= maxParts {
		p.parts = append(p.parts, part{f.Key, f.ServicePort(), f.Start, f.End,
			[2]flow.Count{f.From[flow.A], f.From[flow.B]}})
	}
}

// Counts returns the engine with the counts.
func (p *Stored) Counts() *top.Engine { return p.engine }

// Between calls a function between two minutes.
func (p *Stored) Between(f func()) {
	p.work.Lock()
	defer p.work.Unlock()
	f()
}

// Read returns the number of packets counted so far and the number of flows.
func (p *Stored) Read() (packets, flows uint64) {
	p.Between(func() { packets, flows = p.packets, uint64(p.table.Len()) })
	return packets, flows
}

// End does nothing, because the store was already read.
func (p *Stored) End(bool) error { return nil }

// CountAll counts all minutes.
func (p *Stored) CountAll() {
	for p.step(math.MaxInt64) {
	}
}

// Run counts and waits until Stop is called.
func (p *Stored) Run() error {
	for {
		quit, again, target := p.wanted()
		if quit {
			return nil
		}
		if again {
			p.Between(p.rewind)
		}
		if !p.step(target) {
			p.wait()
		}
	}
}

// rewind resets all counts.
func (p *Stored) rewind() {
	p.engine.Reset(p.table)
	p.next = p.first - floorMod(p.first, minute)
	p.nth, p.active, p.packets = [3]int{}, p.active[:0], 0
	p.mu.Lock()
	defer p.mu.Unlock()
	p.player.at.Now, p.player.at.Reading = p.first, true
}

// step counts the next minute if it ends before or at the target. It reports whether another minute
// may follow.
func (p *Stored) step(target int64) bool {
	p.work.Lock()
	defer p.work.Unlock()
	if len(p.active) == 0 { // a gap may be years long
		p.next = max(p.next, min(p.begins(), target)/minute*minute)
	}
	more := p.next <= p.last && (target >= p.last || p.next+minute <= target)
	if more {
		p.count()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := &p.player.at
	at.Now = max(min(p.next, p.last), p.first)
	at.Reading = more
	if !more && len(p.minutes) > 0 {
		p.engine.Tick(at.Now - 1) // rates fall while there are no packets
	}
	if p.next > p.last {
		at.Playing = false
	}
	return more
}

// begins returns the time of the next element that is not counted yet.
func (p *Stored) begins() int64 {
	at := p.last
	if i := p.nth[0]; i < len(p.minutes) {
		at = min(at, p.minutes[i].Start)
	}
	if i := p.nth[1]; i < len(p.ports) {
		at = min(at, p.ports[i].Minute)
	}
	if i := p.nth[2]; i < len(p.parts) {
		at = min(at, p.parts[i].start)
	}
	return at
}

// count counts a minute. The last minute includes everything that is left.
func (p *Stored) count() {
	end := p.next + minute
	upTo := end
	if end > p.last {
		upTo = math.MaxInt64
	}
	e := p.engine
	if len(p.minutes) > 0 {
		e.Tick(p.first)
	}
	for ; p.nth[0] < len(p.minutes) && p.minutes[p.nth[0]].Start < upTo; p.nth[0]++ {
		m := &p.minutes[p.nth[0]]
		e.AddTotal(max(m.First, p.first), m.Total)
		p.packets += m.Total.Packets
	}
	for ; p.nth[1] < len(p.ports) && p.ports[p.nth[1]].Minute < upTo; p.nth[1]++ {
		m := &p.ports[p.nth[1]]
		if at := max(m.First, p.first); m.Reason != 0 {
			e.AddNoPort(at, m.Reason, m.To)
		} else {
			e.AddPort(at, m.PortKey, m.To, m.From)
		}
	}
	p.flows(upTo)
	if p.next = end; len(p.minutes) > 0 {
		e.Tick(min(end-1, p.last))
	}
	if end > p.last {
		e.LookAll()
	}
}

// flows counts the traffic of flows in the minute.
func (p *Stored) flows(upTo int64) {
	on := p.active[:0]
	for _, i := range p.active {
		if p.share(&p.parts[i], p.next, p.next, upTo) {
			on = append(on, i)
		}
	}
	for ; p.nth[2] < len(p.parts) && p.parts[p.nth[2]].start < upTo; p.nth[2]++ {
		f := &p.parts[p.nth[2]]
		at := max(f.start, p.first)
		p.engine.Tick(at) // rules check the flows of each second
		if p.share(f, at, math.MinInt64, upTo) {
			on = append(on, p.nth[2])
		}
	}
	p.active = on
}

// share counts the traffic of a flow between two times as traffic at time at. It reports whether
// the flow continues after them.
func (p *Stored) share(f *part, at, from, to int64) bool {
	var n [2]flow.Count
	for side := range n {
		before, now := f.until(side, from), f.until(side, to)
		n[side] = flow.Count{Packets: now.Packets - before.Packets,
			Bytes: now.Bytes - before.Bytes}
	}
	p.engine.AddFlow(at, f.key, f.service, n)
	return f.end >= to
}

// until returns the estimated traffic that a side sent before a time.
func (f *part) until(side int, nanos int64) flow.Count {
	n := f.from[side]
	switch {
	case nanos > f.end:
		return n
	case nanos <= f.start:
		return flow.Count{}
	}
	portion := func(n uint64) uint64 {
		hi, lo := bits.Mul64(n, uint64(nanos-f.start))
		portion, _ := bits.Div64(hi, lo, uint64(f.end-f.start)+1)
		return portion
	}
	return flow.Count{Packets: portion(n.Packets), Bytes: portion(n.Bytes)}
}

func floorMod(x, y int64) int64 { return (x%y + y) % y }
