package top

import (
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// recentFlows is the number of flows that are found by their number in the flow table, without a
// look at maps with longer keys. It is a power of two.
const recentFlows = 1 << 14

// A recentFlow is a flow that had a packet lately, and what its packets count for.
type recentFlow struct {
	number uint64 // of the flow in the flow table; 0 for none
	flow   *flowStat
	port   *portStat    // of flow.service; nil to look it up
	hosts  [2]*hostStat // at its sides A and B; nil to look them up
}

// find returns the place of a header's flow, and the side that sent the packet.
func (e *Engine) find(t *analysis.Transport) (*recentFlow, flow.Side) {
	c := &e.recent[t.Flow%recentFlows]
	if c.number == t.Flow && t.Flow != 0 && c.flow.has(t) {
		return c, t.From
	}
	key, side := keyOf(t)
	f := e.flowOf(key) // which may forget all that is recent
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

// spare are counters that are followed no more, to be used again.
type spare struct {
	flows []*flowStat
	ports []*portStat
	hosts []*hostStat
}

// A counter is a port, flow or host.
type counter[C any] interface {
	*C
	latest() int64
	inUse() bool // elsewhere too
}

func (s *stat) latest() int64   { return s.last }
func (s *stat) inUse() bool     { return false }
func (f *flowStat) inUse() bool { return f.changed }

// added adds a counter to a map that holds at most so many. If it is full, the half that was idle
// the longest is removed: left counts those.
func added[K comparable, C any, P counter[C]](e *Engine, all map[K]P, k K, most int, spare *[]P,
	left *int64) P {
	if len(all) == most {
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

// removeIdle removes the half of a map that was idle the longest, and returns how many those are.
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
