// Package top implements the terminal program that shows a running capture: ports, flows, hosts and
// packets with their rates, and the drawing of one packet.
//
// An Engine counts packets in bounded memory. A Model shows the counts at most ten times a second.
// The capture never waits for the terminal.
package top

import (
	"net/netip"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// Limits of an Engine. A port, flow or host takes about two kilobytes.
const (
	maxPorts = 4096
	maxFlows = 16384
	maxHosts = 4096

	// Memory is the maximum memory of an Engine and its Model, without the flow table, in bytes.
	Memory = 128 << 20
)

// A portStat counts one port: direction 0 is to it.
type portStat struct{ stat }

// A flowStat counts one flow: direction 0 is from its side A.
type flowStat struct {
	stat
	key     flow.Key
	service flow.PortKey // the port that it counts for
	changed bool         // the watchman will check it
	counted bool         // it was counted as a failed connection
}

// A hostStat counts one address: direction 0 is from it.
type hostStat struct {
	stat
	addr netip.Addr
}

// An Engine counts the packets of a capture. Its methods are not safe for concurrent use.
// Goroutines that add packets or read counts must hold the same lock.
type Engine struct {
	Processes *analysis.ProcessTable // nil if processes are not looked up

	table  *flow.Table
	filter *Filter
	timing
	begun   bool
	total   stat
	noPort  [decode.Reasons]stat
	ports   map[flow.PortKey]*portStat
	flows   map[flow.Key]*flowStat
	hosts   map[netip.Addr]*hostStat
	left    forgotten
	spare   spare
	recent  [recentFlows]recentFlow
	packets store
	watch   watchman
	failed  error // first error of the filter
	stored  bool  // the engine has no packets, only sums
}

// forgotten counts what an Engine removed because memory was full.
type forgotten struct{ ports, flows, hosts int64 }

// NewEngine returns an Engine that reads facts about flows from table. The table must count each
// packet before Add is called with it.
func NewEngine(table *flow.Table) *Engine {
	e := &Engine{timing: newTiming(time.Second)}
	e.SetRules(nil)
	e.Reset(table)
	return e
}

// Reset removes all packets and counts.
func (e *Engine) Reset(table *flow.Table) {
	e.table = table
	e.packets = store{}
	onAlert := e.watch.onAlert
	e.watch = newWatchman(e.watch.rules)
	e.watch.onAlert = onAlert
	e.clear()
}

// clear removes all counts.
func (e *Engine) clear() {
	e.begun, e.failed, e.left, e.spare = false, nil, forgotten{}, spare{}
	e.total, e.noPort = stat{}, [decode.Reasons]stat{}
	e.ports = map[flow.PortKey]*portStat{}
	e.flows = map[flow.Key]*flowStat{}
	e.hosts = map[netip.Addr]*hostStat{}
	e.recent = [recentFlows]recentFlow{}
}

// Add counts a packet and keeps it for the view of packets.
func (e *Engine) Add(f *analysis.Frame) {
	nanos := e.now // a packet without a time counts at the time of the one before
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

// Tick sets the current time, in nanoseconds since 1970, so that rates fall when no packet comes.
func (e *Engine) Tick(nanos int64) {
	if !e.begun {
		e.begun, e.start, e.now = true, nanos, nanos
	}
	e.now = max(e.now, nanos)
	if e.now-e.watch.looked >= int64(lookEvery) {
		e.look(false)
	}
}

// TickClock calls Tick with the clock's time, for a running capture. It does nothing before the
// first packet.
func (e *Engine) TickClock() {
	if e.begun {
		e.Tick(time.Now().UnixNano())
	}
}

// Start returns the time of the first packet, in nanoseconds since 1970.
func (e *Engine) Start() int64 { return e.start }

// count counts a packet that passed the filter.
func (e *Engine) count(f *analysis.Frame, r *capture.Record) {
	e.at(r.Nanos)
	e.total.add(0, r.Length, &e.timing, r.Number)
	net := f.Packet.NetLayer()
	if len(f.Transport) == 1 && !f.Transport[0].Quoted && f.Transport[0].Net == net {
		t := &f.Transport[0]
		c := e.transport(t, r)
		if net >= 0 {
			e.addresses(c, int(t.From-flow.A), t.SrcAddr, t.DstAddr, r)
		}
		return
	}
	if net >= 0 {
		src, dst := f.Packet.Addrs(net)
		e.addresses(&recentFlow{}, 0, src, dst, r)
	}
	counted := false
	for i := range f.Transport {
		if t := &f.Transport[i]; !t.Quoted {
			counted = true
			e.transport(t, r)
		}
	}
	if !counted {
		e.noPort[f.Packet.NoPorts].add(0, r.Length, &e.timing, r.Number)
	}
}

// transport counts a packet for one of its transport headers. It returns the cache slot of its
// flow.
func (e *Engine) transport(t *analysis.Transport, r *capture.Record) *recentFlow {
	c, side := e.find(t)
	f := c.flow
	e.watch.note(f)
	f.add(int(side-flow.A), r.Length, &e.timing, r.Number)
	service := t.ServicePort()
	if c.port == nil || f.service != service {
		f.service = service
		c.port = e.port(service)
	}
	direction := 0
	if t.Src == service.Port && t.Dst != service.Port {
		direction = 1
	}
	c.port.add(direction, r.Length, &e.timing, r.Number)
	return c
}

// addresses counts a packet for the hosts of its outermost IP header. sender is the index in
// c.hosts.
func (e *Engine) addresses(c *recentFlow, sender int, src, dst netip.Addr, r *capture.Record) {
	for direction, addr := range [2]netip.Addr{src, dst} {
		if !addr.IsValid() || direction == 1 && addr == src {
			continue
		}
		h := c.hosts[direction^sender]
		if h == nil || h.addr != addr {
			h = e.host(addr)
			c.hosts[direction^sender] = h
		}
		h.add(direction, r.Length, &e.timing, r.Number)
	}
}
