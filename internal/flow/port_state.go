package flow

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/annotate"
)

// A PortState is the state of a host's port as packets show it, in the terms of port scanners.
type PortState uint8

// States of ports.
const (
	Filtered   PortState = iota // no answer, or an ICMP error from the path to the host
	Unfiltered                  // an answer that neither accepts nor refuses
	PortClosed                  // refused: nothing listens there
	PortOpen                    // accepted
)

// String returns the name of the state in JSON output.
func (s PortState) String() string {
	return [...]string{"filtered", "unfiltered", "closed", "open"}[s]
}

// A HostPort is a port of a host that received a request, and its state.
type HostPort struct {
	Addr netip.Addr
	PortKey
	// the first packet that shows the state; the first request if there was no answer
	Proof
	Flows   uint64           // flows that show the same state
	Payload annotate.Payload // what the first payload from the port looks like
}

type hostKey struct {
	addr netip.Addr
	port PortKey
}

// A sighting sums up the flows that show one state of a port.
type sighting struct {
	first Proof
	last  int64 // number of the last packet that shows it
	flows uint64
}

// Ranks of sightings. The latest sighting of the ranks unreachable, closed and open decides the
// state of a port. If there is none, rank other decides, else rank unanswered.
const (
	unanswered = iota
	other
	unreachable // by an ICMP error from the path to the host
	closed
	open
	ranks
)

// rank returns the rank of the evidence.
func (e Evidence) rank() int {
	switch s := e.State(); {
	case s == PortOpen:
		return open
	case s == PortClosed:
		return closed
	case s == Unfiltered:
		return other
	case e.icmp():
		return unreachable
	}
	return unanswered
}

// A hostPort collects the sightings of one port.
type hostPort struct {
	by      [ranks]sighting
	payload annotate.Payload
}

// hostPortSize is the approximate memory of a hostPort in the growing map and in the list, in
// bytes.
const hostPortSize = 640

// HostPorts collects what flows show about the ports of hosts, up to a maximum number of ports. Add
// is a callback for Table.OnEnd, with Options.Proofs.
type HostPorts struct {
	max  int
	list map[hostKey]hostPort
	Left uint64 // flows to other ports, which did not fit in memory
}

// NewHostPorts returns empty HostPorts that use about memory bytes at most.
func NewHostPorts(memory int) *HostPorts {
	return &HostPorts{max: max(memory/hostPortSize, 1), list: map[hostKey]hostPort{}}
}

// List returns the collected ports, sorted by address, port and protocol.
func (h *HostPorts) List() []HostPort {
	out := make([]HostPort, 0, len(h.list))
	for k, x := range h.list {
		s := x.latest()
		out = append(out, HostPort{k.addr, k.port, s.first, s.flows, x.payload})
	}
	slices.SortFunc(out, func(x, y HostPort) int {
		return cmp.Or(x.Addr.Compare(y.Addr), cmp.Compare(x.Port, y.Port),
			cmp.Compare(x.Proto, y.Proto))
	})
	return out
}

// latest returns the sighting that decides the state of the port: the latest answer, if any.
func (x *hostPort) latest() *sighting {
	best := &x.by[unanswered]
	if s := &x.by[other]; s.flows > 0 {
		best = s
	}
	last := int64(0)
	for i := unreachable; i < ranks; i++ {
		if s := &x.by[i]; s.flows > 0 && s.last >= last {
			best, last = s, s.last
		}
	}
	return best
}

// Add records what an ended flow shows about the ports of both ends.
func (h *HostPorts) Add(f *Flow, _ EndReason) {
	for _, side := range [...]Side{A, B} {
		if p, ok := f.Shown(side); ok {
			h.add(f, side, p)
		}
	}
}

// Shown returns what the flow shows about the port of one side, and whether it shows anything. A
// UDP reply is evidence only for the service's port, or for both ports if they are equal.
func (f *Flow) Shown(side Side) (Proof, bool) {
	p := f.Proofs[side]
	asked := p.Evidence != NotAsked && f.Endpoint(side).Addr.IsValid()
	return p, asked && (connects(f.Proto) || p.icmp() || f.A.Port == f.B.Port ||
		side == ServiceSide(f.Key, f.Facts))
}

// add records what one flow shows about the port of one side.
func (h *HostPorts) add(f *Flow, side Side, p Proof) {
	end := f.Endpoint(side)
	k := hostKey{end.Addr, PortKey{f.Proto, end.Port}}
	x, ok := h.list[k]
	if !ok && len(h.list) >= h.max {
		h.Left++
		return
	}
	s := &x.by[p.rank()]
	if s.flows == 0 || p.Frame < s.first.Frame {
		s.first = p
	}
	s.last = max(s.last, p.Frame)
	s.flows++
	x.payload = max(x.payload, f.Payloads[side])
	h.list[k] = x
}
