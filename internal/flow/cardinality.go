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

// exactAddresses is up to how many addresses of a port are kept one by one.
const exactAddresses = 1024

// sketchBits sets the estimate's accuracy: 2^12 registers make a standard error of 1.04/64, under
// 2 %, in 4 KiB.
const sketchBits = 12

// What addresses cost, in bytes, if a map's memory is known: a set with room for some, each
// further address, and a sketch.
const (
	setCost     = 256
	setCapacity = 8
	addressCost = 64
	sketchCost  = 1<<sketchBits + 128
)

// An addressSet counts different addresses: exactly while they are few, then by a HyperLogLog
// sketch.
type addressSet struct {
	exact  map[netip.Addr]struct{}
	sketch *hyperloglog.Sketch
	more   bool // memory was full before some
}

// add adds an address if room, in bytes, allows it, and takes what it needs from room.
func (s *addressSet) add(a netip.Addr, room *int) {
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
	if *room < cost {
		if !s.estimate(room) { // many addresses take more than a sketch does
			s.more = true // and stays so: nobody knows which are missing
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
	if len(s.exact) > exactAddresses {
		s.estimate(room) // which takes less
	}
}

// estimate switches to a sketch if there is room for one, and frees what the addresses took.
func (s *addressSet) estimate(room *int) bool {
	free := 0
	if s.exact != nil {
		free = setCost + max(len(s.exact)-setCapacity, 0)*addressCost
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
func (s *addressSet) merge(o *addressSet, room *int) {
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

// An addressPair is the addresses at both ends of a port's flows.
type addressPair struct{ clients, servers addressSet }

// pairCost is what the first address of a port costs besides, in bytes.
const pairCost = 256

// portAddresses are the addresses by port.
type portAddresses struct {
	ports map[PortKey]*addressPair
	room  int  // how much memory they may still take, in bytes, about
	full  bool // memory was full before some ports
}

// add adds the addresses of a flow; service is the end with the port that the flow counts for.
func (h *portAddresses) add(k Key, service Side) {
	if !k.A.Addr.IsValid() {
		return
	}
	if p := h.pair(PortKey{k.Proto, k.Endpoint(service).Port}); p != nil {
		p.servers.add(k.Endpoint(service).Addr, &h.room)
		p.clients.add(k.Endpoint(service.Other()).Addr, &h.room)
	}
}

// pair returns the addresses of a port, nil if memory is full.
func (h *portAddresses) pair(k PortKey) *addressPair {
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
			mine.clients.merge(&p.clients, &h.room)
			mine.servers.merge(&p.servers, &h.room)
		}
	}
}

func (h *portAddresses) of(k PortKey) (clients, servers Cardinality) {
	if p := h.ports[k]; p != nil {
		return p.clients.count(), p.servers.count()
	}
	if h.full { // a port that counts flows has an address at either end
		return Cardinality{1, false, true}, Cardinality{1, false, true}
	}
	return Cardinality{}, Cardinality{}
}
