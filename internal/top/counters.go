package top

import (
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// recentFlows is the number of slots in the cache of flows, which finds flows by number without a
// lookup in maps. It is a power of two.
const recentFlows = 1 << 14

// A recentFlow is a cache slot with a flow and the counters of its packets.
type recentFlow struct {
	number uint64 // of the flow in the flow table; 0 for none
	flow   *flowStat
	port   *portStat    // of flow.service; nil if not looked up yet
	hosts  [2]*hostStat // at its sides A and B; nil if not looked up yet
}

// find returns the cache slot of a header's flow, and the side that sent the packet.
func (e *Engine) find(t *analysis.Transport) (*recentFlow, flow.Side) {
	c := &e.recent[t.Flow%recentFlows]
	if c.number == t.Flow && t.Flow != 0 && c.flow.has(t) {
		return c, t.From
	}
	key, side := keyOf(t)
	f := e.flowOf(key) // may clear the cache
	*c = recentFlow{number: t.Flow, flow: f}
	return c, side
}

// flowOf returns the counter of a flow.
func (e *Engine) flowOf(k flow.Key) *flowStat {
	f := e.flows[k]
	if f == nil {
		f = added(e, e.flows, k, maxFlows, &e.spare.flows, &e.left.flows)
		f.key = k
	}
	return f
}

// has reports whether a header belongs to the flow.
func (f *flowStat) has(t *analysis.Transport) bool {
	from, to := &f.key.A, &f.key.B
	if t.From == flow.B {
		from, to = to, from
	}
	return f.key.Proto == t.Proto && from.Port == t.Src && to.Port == t.Dst &&
		from.Addr == t.SrcAddr && to.Addr == t.DstAddr
}

// port returns the counter of a port.
func (e *Engine) port(k flow.PortKey) *portStat {
	p := e.ports[k]
	if p == nil {
		p = added(e, e.ports, k, maxPorts, &e.spare.ports, &e.left.ports)
	}
	return p
}

// host returns the counter of an address.
func (e *Engine) host(addr netip.Addr) *hostStat {
	h := e.hosts[addr]
	if h == nil {
		h = added(e, e.hosts, addr, maxHosts, &e.spare.hosts, &e.left.hosts)
		h.addr = addr
	}
	return h
}

// spare holds counters that were removed, for reuse.
type spare struct {
	flows []*flowStat
	ports []*portStat
	hosts []*hostStat
}

// A counter counts a port, flow or host.
type counter[C any] interface {
	*C
	latest() int64
	inUse() bool // whether it is referenced elsewhere, so it cannot be reused
}

func (s *stat) latest() int64   { return s.last }
func (s *stat) inUse() bool     { return false }
func (f *flowStat) inUse() bool { return f.changed }

// added adds a counter to a map and returns it. If the map already has the maximum, it removes
// the half that was idle the longest and adds their number to left.
func added[K comparable, C any, P counter[C]](e *Engine, all map[K]P, k K, maximum int, spare *[]P,
	left *int64) P {
	if len(all) == maximum {
		*left += removeIdle(all, spare)
		e.recent = [recentFlows]recentFlow{}
	}
	var c P
	if n := len(*spare); n > 0 {
		c, *spare = (*spare)[n-1], (*spare)[:n-1]
		*c = *new(C)
	} else {
		c = new(C)
	}
	all[k] = c
	return c
}

// removeIdle removes the half of a map that was idle the longest. It returns the number of removed
// counters.
func removeIdle[K comparable, C any, P counter[C]](all map[K]P, spare *[]P) int64 {
	times := make([]int64, 0, len(all))
	for _, c := range all {
		times = append(times, c.latest())
	}
	slices.Sort(times)
	limit, before := times[len(times)/2], len(all)
	for k, c := range all {
		if c.latest() > limit || c.latest() == limit && len(all) <= before/2 {
			continue
		}
		delete(all, k)
		if !c.inUse() {
			*spare = append(*spare, c)
		}
	}
	return int64(before - len(all))
}
