// Package hosts sums up flows by host, by pair of hosts and by scan, in bounded memory.
package hosts

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/internal/flow"
)

// A Host is one address with everything that was counted for it.
type Host struct {
	Addr           netip.Addr
	Sent, Received flow.Count
	Flows          uint64
	Peers          uint64         // addresses that it has flows with
	Open           []flow.PortKey // its open ports, sorted by number
	First, Last    int64          // ns since 1970; flow.NoTime if unknown
}

// Total returns the sum of what the host sent and received.
func (h *Host) Total() flow.Count {
	n := h.Sent
	n.Plus(h.Received)
	return n
}

// A Pair is the traffic between two addresses. A is the lower one.
type Pair struct {
	A, B         netip.Addr
	FromA, FromB flow.Count
	Flows        uint64
	First, Last  int64 // ns since 1970; flow.NoTime if unknown
}

// Total returns the sum of what both hosts sent.
func (p *Pair) Total() flow.Count {
	n := p.FromA
	n.Plus(p.FromB)
	return n
}

type pairKey struct{ a, b netip.Addr }

// pairSize is the approximate memory of a pair in the growing map and in lists of hosts and pairs,
// in bytes.
const pairSize = 560

// A Left counts flows that are in no row because memory was full or they have no addresses.
type Left struct {
	Flows uint64
	flow.Count
}

// pairs counts flows by pair. When memory is full, it drops the pairs with the fewest packets.
type pairs struct {
	max  int
	list map[pairKey]*Pair
	left Left
}

func newPairs(memory int) *pairs {
	return &pairs{max: max(memory/pairSize, 2), list: map[pairKey]*Pair{}}
}

// add adds a flow that ended. A flow without addresses has no row.
func (p *pairs) add(f *flow.Flow) {
	if !f.A.Addr.IsValid() || !f.B.Addr.IsValid() {
		p.left.Flows++
		p.left.Plus(f.Total())
		return
	}
	k := pairKey{f.A.Addr, f.B.Addr} // A is less than or equal to B
	x := p.list[k]
	if x == nil {
		if len(p.list) >= p.max {
			p.drop()
		}
		x = &Pair{A: k.a, B: k.b, First: flow.NoTime, Last: flow.NoTime}
		p.list[k] = x
	}
	x.Flows++
	x.FromA.Plus(f.From[flow.A])
	x.FromB.Plus(f.From[flow.B])
	x.First, x.Last = earlier(x.First, f.Start), max(x.Last, f.End)
}

// earlier returns the earlier of two times that may be unknown.
func earlier(a, b int64) int64 {
	if a == flow.NoTime || b != flow.NoTime && b < a {
		return b
	}
	return a
}

// drop removes the pairs with the fewest packets: about half of all pairs, at least an eighth.
func (p *pairs) drop() {
	packets := make([]uint64, 0, len(p.list))
	for _, x := range p.list {
		packets = append(packets, x.Total().Packets)
	}
	slices.Sort(packets)
	limit := packets[len(packets)/2]
	// Pairs with equal numbers of packets are all removed or all kept, so the result depends on
	// nothing else.
	if below, _ := slices.BinarySearch(packets, limit); below >= len(packets)/8 {
		limit--
	}
	for k, x := range p.list {
		if n := x.Total(); n.Packets <= limit {
			p.left.Flows += x.Flows
			p.left.Plus(n)
			delete(p.list, k)
		}
	}
}

// hosts sums up the pairs by host.
func (p *pairs) hosts() map[netip.Addr]*Host {
	hosts := map[netip.Addr]*Host{}
	add := func(a netip.Addr, x *Pair, sent, received flow.Count) {
		h := hosts[a]
		if h == nil {
			h = &Host{Addr: a, First: flow.NoTime, Last: flow.NoTime}
			hosts[a] = h
		}
		h.Sent.Plus(sent)
		h.Received.Plus(received)
		h.Flows += x.Flows
		h.Peers++
		h.First, h.Last = earlier(h.First, x.First), max(h.Last, x.Last)
	}
	for _, x := range p.list {
		if x.A == x.B { // all traffic of a host with itself counts once, as sent
			both := x.FromA
			both.Plus(x.FromB)
			add(x.A, x, both, flow.Count{})
			continue
		}
		add(x.A, x, x.FromA, x.FromB)
		add(x.B, x, x.FromB, x.FromA)
	}
	return hosts
}

// By is an order of hosts and pairs, the largest first.
type By uint8

// Orders of rows. Rows that are equal in an order are sorted by address.
const (
	ByPackets By = iota
	ByBytes
	ByFlows
	ByPeers // pairs: as ByPackets
	ByHost  // by address, the lowest first
)

func (b By) compare(x, y flow.Count, flowsX, flowsY, peersX, peersY uint64) int {
	switch b {
	case ByHost:
		return 0
	case ByBytes:
		return cmp.Compare(y.Bytes, x.Bytes)
	case ByFlows:
		return cmp.Compare(flowsY, flowsX)
	case ByPeers:
		return cmp.Or(cmp.Compare(peersY, peersX), cmp.Compare(y.Packets, x.Packets))
	}
	return cmp.Compare(y.Packets, x.Packets)
}
