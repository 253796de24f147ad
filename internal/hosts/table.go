package hosts

import (
	"cmp"
	"maps"
	"slices"

	"github.com/portsniff/portsniff/internal/flow"
)

// A Table collects what flows show about hosts. Add is a callback for flow.Table.OnEnd, with
// flow.Options.Proofs.
type Table struct {
	pairs  *pairs
	ports  *flow.HostPorts
	probes *probes
}

// New returns an empty table that uses about memory bytes at most. Half of them is for pairs of
// hosts, one quarter for the ports of hosts, and one quarter for probes.
func New(memory int) *Table {
	return &Table{pairs: newPairs(memory / 2), ports: flow.NewHostPorts(memory / 4),
		probes: newProbes(memory / 4)}
}

// NewServices returns an empty table like New, but with nearly all memory for ports and probes. It
// is for callers that do not need pairs.
func NewServices(memory int) *Table {
	return &Table{pairs: newPairs(memory / 16), ports: flow.NewHostPorts(memory / 2),
		probes: newProbes(memory * 7 / 16)}
}

// Add adds a flow that ended.
func (t *Table) Add(f *flow.Flow, why flow.EndReason) {
	t.pairs.add(f)
	t.ports.Add(f, why)
	for _, side := range [...]flow.Side{flow.A, flow.B} {
		if shown, ok := f.Shown(side); ok {
			t.probes.add(f, side, shown)
		}
	}
}

// Left returns the counts that are in no row of hosts and pairs. These are the pairs that were
// dropped because memory was full, and flows without addresses.
func (t *Table) Left() Left { return t.pairs.left }

// LeftPorts returns the number of flows with evidence about ports that did not fit in memory.
func (t *Table) LeftPorts() uint64 { return t.ports.Left }

// LeftProbes returns the number of flows that are in no scan because memory was full.
func (t *Table) LeftProbes() uint64 { return t.probes.left }

// Hosts returns a row for each host, sorted by an order.
func (t *Table) Hosts(by By) []Host {
	found := t.pairs.hosts()
	for _, p := range t.ports.List() {
		if h := found[p.Addr]; h != nil && p.State() == flow.PortOpen {
			h.Open = append(h.Open, p.PortKey)
		}
	}
	list := make([]Host, 0, len(found))
	for h := range maps.Values(found) {
		list = append(list, *h)
	}
	slices.SortFunc(list, func(x, y Host) int {
		return cmp.Or(by.compare(x.Total(), y.Total(), x.Flows, y.Flows, x.Peers, y.Peers),
			x.Addr.Compare(y.Addr))
	})
	return list
}

// Pairs returns a row for each pair of hosts with flows, sorted by an order.
func (t *Table) Pairs(by By) []Pair {
	list := make([]Pair, 0, len(t.pairs.list))
	for p := range maps.Values(t.pairs.list) {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(x, y Pair) int {
		return cmp.Or(by.compare(x.Total(), y.Total(), x.Flows, y.Flows, 0, 0),
			x.A.Compare(y.A), x.B.Compare(y.B))
	})
	return list
}

// Scans returns the sources that probed many ports and found few of them open. The source with the
// most probes is first.
func (t *Table) Scans() []Scan {
	list, _ := t.probes.scans()
	return list
}

// Services returns the ports of hosts that received requests, sorted by address, port and protocol,
// and the scans. It omits ports that are not open and that only scans reached. folded is the number
// of omitted ports.
func (t *Table) Services() (list []flow.HostPort, scans []Scan, folded int) {
	scans, only := t.probes.scans()
	list = t.ports.List()
	all := len(list)
	list = slices.DeleteFunc(list, func(p flow.HostPort) bool {
		return p.State() != flow.PortOpen && only[hostPort{p.Addr, p.PortKey}]
	})
	return list, scans, all - len(list)
}

// Ports returns all ports of hosts that received requests, sorted by address, port and protocol.
func (t *Table) Ports() []flow.HostPort { return t.ports.List() }
