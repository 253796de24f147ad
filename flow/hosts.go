package flow

import (
	"net/netip"

	"github.com/axiomhq/hyperloglog"
)

// Distinct is a number of different addresses.
type Distinct struct {
	N     uint64
	About bool // an estimate: it may be off by a few per cent
}

// exactHosts is up to how many addresses of a port are kept one by one.
const exactHosts = 1024

// sketchBits sets the estimate's accuracy: 2^12 registers make a standard error of 1.04/64, under 2 %, in 4 KiB.
const sketchBits = 12

// A hostSet counts different addresses: exactly as long as they are few, then by a HyperLogLog sketch.
type hostSet struct {
	exact  map[netip.Addr]struct{}
	sketch *hyperloglog.Sketch
}

func (s *hostSet) add(a netip.Addr) {
	if s.sketch != nil {
		s.sketch.Insert(a.AsSlice())
		return
	}
	if s.exact == nil {
		s.exact = map[netip.Addr]struct{}{}
	}
	s.exact[a] = struct{}{}
	if len(s.exact) > exactHosts {
		s.estimate()
	}
}

// estimate goes over to a sketch.
func (s *hostSet) estimate() {
	sketch, err := hyperloglog.NewSketch(sketchBits, true)
	if err != nil {
		panic("flow: " + err.Error()) // sketchBits is out of its range
	}
	s.sketch = sketch
	for a := range s.exact {
		s.sketch.Insert(a.AsSlice())
	}
	s.exact = nil
}

func (s *hostSet) count() Distinct {
	if s.sketch != nil {
		return Distinct{s.sketch.Estimate(), true}
	}
	return Distinct{N: uint64(len(s.exact))}
}

// merge adds the addresses of another set.
func (s *hostSet) merge(o *hostSet) {
	for a := range o.exact {
		s.add(a)
	}
	if o.sketch == nil {
		return
	}
	if s.sketch == nil {
		s.estimate()
	}
	if err := s.sketch.Merge(o.sketch); err != nil {
		panic("flow: " + err.Error()) // only sketches of another size cannot be merged
	}
}

// hostPair are the addresses at both ends of a port's flows.
type hostPair struct{ clients, servers hostSet }

// hosts are the addresses by port.
type hosts map[PortKey]*hostPair

// add adds the addresses of a flow that counts for the port on one side.
func (h *hosts) add(k Key, service Side) {
	if !k.A.Addr.IsValid() {
		return
	}
	p := h.pair(PortKey{k.Proto, k.Endpoint(service).Port})
	p.servers.add(k.Endpoint(service).Addr)
	p.clients.add(k.Endpoint(service.Other()).Addr)
}

func (h *hosts) pair(k PortKey) *hostPair {
	if *h == nil {
		*h = hosts{}
	}
	p := (*h)[k]
	if p == nil {
		p = &hostPair{}
		(*h)[k] = p
	}
	return p
}

// merge adds what another one has.
func (h *hosts) merge(o hosts) {
	for k, p := range o {
		mine := h.pair(k)
		mine.clients.merge(&p.clients)
		mine.servers.merge(&p.servers)
	}
}

func (h hosts) of(k PortKey) (clients, servers Distinct) {
	if p := h[k]; p != nil {
		return p.clients.count(), p.servers.count()
	}
	return Distinct{}, Distinct{}
}
