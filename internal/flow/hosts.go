package flow

import (
	"net/netip"

	"github.com/axiomhq/hyperloglog"
)

// Distinct is a number of different addresses.
type Distinct struct {
	N       uint64
	About   bool // an estimate: it may be off by a few per cent
	AtLeast bool // there may be more, for which memory had no room
}

// exactHosts is up to how many addresses of a port are kept one by one.
const exactHosts = 1024

// sketchBits sets the estimate's accuracy: 2^12 registers make a standard error of 1.04/64, under 2 %, in 4 KiB.
const sketchBits = 12

// What addresses cost, in bytes, as far as a map's memory can be told: a set, which has room for some, each one beyond these, and a sketch.
const (
	setCost    = 256
	setRoom    = 8
	oneCost    = 64
	sketchCost = 1<<sketchBits + 128
)

// A hostSet counts different addresses: exactly as long as they are few, then by a HyperLogLog sketch.
type hostSet struct {
	exact  map[netip.Addr]struct{}
	sketch *hyperloglog.Sketch
	more   bool // there were some that memory had no room for
}

// add adds an address, as far as there is room for it.
func (s *hostSet) add(a netip.Addr, room *int) {
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
	case len(s.exact) >= setRoom:
		cost = oneCost
	}
	if *room < cost {
		if !s.estimate(room) { // which is where the addresses take less than a sketch does
			s.more = true // and stays so: who is missing is not known
			return
		}
		s.sketch.Insert(a.AsSlice())
		return
	}
	*room -= cost
	if s.exact == nil {
		s.exact = map[netip.Addr]struct{}{}
	}
	s.exact[a] = struct{}{}
	if len(s.exact) > exactHosts {
		s.estimate(room) // which takes less
	}
}

// estimate goes over to a sketch, if there is room for one: what the addresses took is free then.
func (s *hostSet) estimate(room *int) bool {
	free := 0
	if s.exact != nil {
		free = setCost + max(len(s.exact)-setRoom, 0)*oneCost
	}
	if *room+free < sketchCost {
		return false
	}
	*room += free - sketchCost
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

func (s *hostSet) count() Distinct {
	n := uint64(len(s.exact))
	if s.sketch != nil {
		n = s.sketch.Estimate()
	}
	if s.more {
		n = max(n, 1)
	}
	return Distinct{n, s.sketch != nil, s.more}
}

// merge adds the addresses of another set, as far as there is room for them.
func (s *hostSet) merge(o *hostSet, room *int) {
	s.more = s.more || o.more
	for a := range o.exact {
		s.add(a, room)
	}
	if o.sketch == nil {
		return
	}
	if s.sketch == nil && !s.estimate(room) {
		s.more = true
		return
	}
	if err := s.sketch.Merge(o.sketch); err != nil {
		panic("flow: " + err.Error()) // only sketches of another size cannot be merged
	}
}

// hostPair are the addresses at both ends of a port's flows.
type hostPair struct{ clients, servers hostSet }

// pairCost is what a port costs that has such, in bytes.
const pairCost = 256

// hosts are the addresses by port.
type hosts struct {
	ports map[PortKey]*hostPair
	room  int  // how much memory they may take yet, in bytes or so
	full  bool // there were ports that it had no room for
}

// add adds the addresses of a flow that counts for the port on one side.
func (h *hosts) add(k Key, service Side) {
	if !k.A.Addr.IsValid() {
		return
	}
	if p := h.pair(PortKey{k.Proto, k.Endpoint(service).Port}); p != nil {
		p.servers.add(k.Endpoint(service).Addr, &h.room)
		p.clients.add(k.Endpoint(service.Other()).Addr, &h.room)
	}
}

// pair are a port's, nil where there is no room for them.
func (h *hosts) pair(k PortKey) *hostPair {
	p := h.ports[k]
	if p != nil {
		return p
	}
	if h.room < pairCost {
		h.full = true
		return nil
	}
	h.room -= pairCost
	if h.ports == nil {
		h.ports = map[PortKey]*hostPair{}
	}
	p = &hostPair{}
	h.ports[k] = p
	return p
}

// merge adds what another one has.
func (h *hosts) merge(o *hosts) {
	h.full = h.full || o.full
	for k, p := range o.ports {
		if mine := h.pair(k); mine != nil {
			mine.clients.merge(&p.clients, &h.room)
			mine.servers.merge(&p.servers, &h.room)
		}
	}
}

func (h *hosts) of(k PortKey) (clients, servers Distinct) {
	if p := h.ports[k]; p != nil {
		return p.clients.count(), p.servers.count()
	}
	if h.full { // a port that counts flows has an address at either end
		return Distinct{1, false, true}, Distinct{1, false, true}
	}
	return Distinct{}, Distinct{}
}
