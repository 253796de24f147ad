package flow

import (
	"net/netip"

	"github.com/axiomhq/hyperloglog"
)

// A Cardinality is a number of different addresses.
type Cardinality struct {
	N        uint64
	Estimate bool // N may be wrong by a few percent
	AtLeast  bool // there may be more: memory was full
}

// exactAddresses is the maximum number of addresses of a port that are stored individually.
const exactAddresses = 1024

// sketchBits sets the estimate's accuracy: 2^12 registers make a standard error of 1.04/64, under
// 2 %, in 4 KiB.
const sketchBits = 12

// Memory costs in bytes: a set with capacity for setCapacity addresses, each further address, and a
// sketch.
const (
	setCost     = 256
	setCapacity = 8
	addressCost = 64
	sketchCost  = 1<<sketchBits + 128
)

// An addressSet counts different addresses: first exactly, then with a HyperLogLog sketch.
type addressSet struct {
	exact  map[netip.Addr]struct{}
	sketch *hyperloglog.Sketch
	more   bool // addresses are missing because memory was full
}

// add adds an address if room, the remaining memory in bytes, is sufficient. It subtracts the cost
// from room.
func (s *addressSet) add(a netip.Addr, budget *int) {
	if s.sketch != nil {
		s.sketch.Insert(a.AsSlice())
		return
	}
	if _, known := s.exact[a]; known {
		return
	}
	cost := 0
	switch {
	case s.exact == nil:
		cost = setCost
	case len(s.exact) >= setCapacity:
		cost = addressCost
	}
	if *budget < cost {
		if !s.estimate(budget) { // a sketch needs less memory than many addresses
			s.more = true // permanently: the missing addresses are unknown
			return
		}
		s.sketch.Insert(a.AsSlice())
		return
	}
	*budget -= cost
	if s.exact == nil {
		s.exact = map[netip.Addr]struct{}{}
	}
	s.exact[a] = struct{}{}
	if len(s.exact) > exactAddresses {
		s.estimate(budget) // a sketch needs less memory
	}
}

// estimate replaces the addresses by a sketch and frees their memory. It returns false if memory is
// too small for a sketch.
func (s *addressSet) estimate(budget *int) bool {
	free := 0
	if s.exact != nil {
		free = setCost + max(len(s.exact)-setCapacity, 0)*addressCost
	}
	if *budget+free < sketchCost {
		return false
	}
	*budget += free - sketchCost
	sketch, err := hyperloglog.NewSketch(sketchBits, true)
	if err != nil {
		panic("flow: " + err.Error()) // sketchBits is out of its range
	}
	s.sketch = sketch
	for a := range s.exact {
		s.sketch.Insert(a.AsSlice())
	}
	s.exact = nil
	return true
}

func (s *addressSet) count() Cardinality {
	n := uint64(len(s.exact))
	if s.sketch != nil {
		n = s.sketch.Estimate()
	}
	if s.more {
		n = max(n, 1)
	}
	return Cardinality{n, s.sketch != nil, s.more}
}

// merge adds the addresses of another set until memory is full.
func (s *addressSet) merge(o *addressSet, budget *int) {
	s.more = s.more || o.more
	for a := range o.exact {
		s.add(a, budget)
	}
	if o.sketch == nil {
		return
	}
	if s.sketch == nil && !s.estimate(budget) {
		s.more = true
		return
	}
	if err := s.sketch.Merge(o.sketch); err != nil {
		panic("flow: " + err.Error()) // only sketches of another size cannot be merged
	}
}

// An addressPair holds the client and server addresses of a port's flows.
type addressPair struct{ clients, servers addressSet }

// pairCost is the additional memory for a port's first address, in bytes.
const pairCost = 256

// portAddresses holds the addresses of each port.
type portAddresses struct {
	ports  map[PortKey]*addressPair
	budget int  // approximate memory left, in bytes
	full   bool // ports are missing because memory was full
}

// add adds the addresses of a flow; service is the end with the port that the flow counts for.
func (h *portAddresses) add(k Key, service Side) {
	if !k.A.Addr.IsValid() {
		return
	}
	if p := h.pair(PortKey{k.Proto, k.Endpoint(service).Port}); p != nil {
		p.servers.add(k.Endpoint(service).Addr, &h.budget)
		p.clients.add(k.Endpoint(service.Other()).Addr, &h.budget)
	}
}

// pair returns the addresses of a port, nil if memory is full.
func (h *portAddresses) pair(k PortKey) *addressPair {
	p := h.ports[k]
	if p != nil {
		return p
	}
	if h.budget < pairCost {
		h.full = true
		return nil
	}
	h.budget -= pairCost
	if h.ports == nil {
		h.ports = map[PortKey]*addressPair{}
	}
	p = &addressPair{}
	h.ports[k] = p
	return p
}

// merge adds other addresses.
func (h *portAddresses) merge(o *portAddresses) {
	h.full = h.full || o.full
	for k, p := range o.ports {
		if mine := h.pair(k); mine != nil {
			mine.clients.merge(&p.clients, &h.budget)
			mine.servers.merge(&p.servers, &h.budget)
		}
	}
}

func (h *portAddresses) of(k PortKey) (clients, servers Cardinality) {
	if p := h.ports[k]; p != nil {
		return p.clients.count(), p.servers.count()
	}
	if h.full { // a port with flows has at least one address at each end
		return Cardinality{1, false, true}, Cardinality{1, false, true}
	}
	return Cardinality{}, Cardinality{}
}
