// Package top is the terminal program that shows a capture while it goes on: ports, flows, hosts
// and packets with their rates, down to the drawing of one packet.
//
// An Engine counts packets in bounded memory. A Model shows what it counted, at most ten times a
// second, and never makes the capture wait for the terminal.
package top

import (
	"net/netip"
	"slices"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// Bounds of an Engine. A port, flow or host takes about two kilobytes.
const (
	maxPorts = 4096
	maxFlows = 16384
	maxHosts = 4096

	// Memory is how much an Engine and its Model take at most besides the flow table, in bytes.
	Memory = 128 << 20
)

// A portStat counts one port: direction 0 is to it.
type portStat struct{ stat }

// A flowStat counts one flow: direction 0 is from its side A.
type flowStat struct {
	stat
	key     flow.Key
	service flow.PortKey // the port that it counts for
	changed bool         // the watchman will look at it
	counted bool         // as a connection that was not established
}

// A hostStat counts one address: direction 0 is from it.
type hostStat struct{ stat }

// An Engine counts the packets of a capture. Its methods are not safe for concurrent use: who adds
// packets and who looks at them take the same lock.
type Engine struct {
	Processes *analysis.ProcessTable // nil if no processes are looked up

	table   *flow.Table
	filter  *Filter
	start   int64 // time of the first packet, in nanoseconds since 1970
	now     int64 // the latest time
	begun   bool
	total   stat
	noPort  [decode.Reasons]stat
	ports   map[flow.PortKey]*portStat
	flows   map[flow.Key]*flowStat
	hosts   map[netip.Addr]*hostStat
	left    forgotten
	packets store
	watch   watchman
	failed  error // of the filter
}

// forgotten counts what an Engine dropped for want of memory.
type forgotten struct{ ports, flows, hosts int64 }

// NewEngine returns an Engine that takes facts about flows from table, which has counted each
// packet before Add gets it.
func NewEngine(table *flow.Table) *Engine {
	e := &Engine{}
	e.SetRules(nil)
	e.Reset(table)
	return e
}

// Reset forgets all packets.
func (e *Engine) Reset(table *flow.Table) {
	e.table = table
	e.packets = store{}
	onAlert := e.watch.onAlert
	e.watch = newWatchman(e.watch.rules)
	e.watch.onAlert = onAlert
	e.clear()
}

// clear forgets what was counted.
func (e *Engine) clear() {
	e.begun, e.failed, e.left = false, nil, forgotten{}
	e.total, e.noPort = stat{}, [decode.Reasons]stat{}
	e.ports = map[flow.PortKey]*portStat{}
	e.flows = map[flow.Key]*flowStat{}
	e.hosts = map[netip.Addr]*hostStat{}
}

// Add counts a packet, and keeps it for the view of packets.
func (e *Engine) Add(f *analysis.Frame) {
	nanos := e.now // a packet without a time came with the one before
	if f.HasTime {
		nanos = f.Time.UnixNano()
	}
	r := capture.Record{Data: f.Packet.Data, Number: f.Number, Nanos: nanos, Length: uint32(f.Len),
		Link: f.Packet.Link}
	passed := e.passes(&r)
	e.packets.add(f, &r, passed)
	e.Tick(nanos)
	if passed {
		e.count(f, &r)
	}
}

// Tick says what time it is, in nanoseconds since 1970: rates fall while no packet comes.
func (e *Engine) Tick(nanos int64) {
	if !e.begun {
		e.begun, e.start, e.now = true, nanos, nanos
	}
	e.now = max(e.now, nanos)
	if e.now-e.watch.looked >= int64(lookEvery) {
		e.look(false)
	}
}

// TickClock is Tick for a capture that goes on: it is as late as the clock says. Before the first
// packet it does nothing.
func (e *Engine) TickClock() {
	if e.begun {
		e.Tick(time.Now().UnixNano())
	}
}

// Start returns the time of the first packet, in nanoseconds since 1970.
func (e *Engine) Start() int64 { return e.start }

// count counts a packet that passed the filter.
func (e *Engine) count(f *analysis.Frame, r *capture.Record) {
	e.total.add(0, r.Length, r.Nanos, r.Number)
	e.addresses(f, r)
	counted := false
	for i := range f.Transport {
		t := &f.Transport[i]
		if t.Quoted {
			continue
		}
		counted = true
		e.transport(t, r)
	}
	if !counted {
		e.noPort[f.Packet.NoPorts].add(0, r.Length, r.Nanos, r.Number)
	}
}

// transport counts a packet for one of its transport headers.
func (e *Engine) transport(t *analysis.Transport, r *capture.Record) {
	key, side := keyOf(t)
	service := t.ServicePort()
	f := e.flows[key]
	if f == nil {
		e.left.flows += makeRoom(e.flows, maxFlows)
		f = &flowStat{key: key}
		e.flows[key] = f
	}
	e.watch.note(f)
	f.service = service
	f.add(int(side-flow.A), r.Length, r.Nanos, r.Number)
	p := e.ports[service]
	if p == nil {
		e.left.ports += makeRoom(e.ports, maxPorts)
		p = &portStat{}
		e.ports[service] = p
	}
	direction := 0
	if t.Src == service.Port && t.Dst != service.Port {
		direction = 1
	}
	p.add(direction, r.Length, r.Nanos, r.Number)
}

// addresses counts a packet for the hosts of its outermost IP header.
func (e *Engine) addresses(f *analysis.Frame, r *capture.Record) {
	net := f.Packet.NetLayer()
	if net < 0 {
		return
	}
	src, dst := f.Packet.Addrs(net)
	for direction, addr := range [2]netip.Addr{src, dst} {
		if !addr.IsValid() || direction == 1 && addr == src {
			continue
		}
		h := e.hosts[addr]
		if h == nil {
			e.left.hosts += makeRoom(e.hosts, maxHosts)
			h = &hostStat{}
			e.hosts[addr] = h
		}
		h.add(direction, r.Length, r.Nanos, r.Number)
	}
}

// A counter is a port, flow or host.
type counter interface{ latest() int64 }

func (s *stat) latest() int64 { return s.last }

// makeRoom removes the half of a full map that was idle the longest, and returns how many those
// are.
func makeRoom[K comparable, C counter](all map[K]C, most int) int64 {
	if len(all) < most {
		return 0
	}
	times := make([]int64, 0, len(all))
	for _, c := range all {
		times = append(times, c.latest())
	}
	slices.Sort(times)
	limit, before := times[len(times)/2], len(all)
	for k, c := range all {
		if c.latest() < limit || c.latest() == limit && len(all) > before/2 {
			delete(all, k)
		}
	}
	return int64(before - len(all))
}
