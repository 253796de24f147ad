package flow

// sums are what flows add up to by port.
type sums struct {
	cells cells
	hosts hosts // where Options.Hosts is set
	said  said
}

// plus adds other sums.
func (s *sums) plus(o *sums) {
	s.cells.plus(&o.cells)
	s.hosts.merge(&o.hosts)
	s.said.merge(o.said)
}

// ports lists them, the busiest first.
func (s *sums) ports() []Port {
	list := s.cells.ports()
	for i := range list {
		p := &list[i]
		p.Clients, p.Servers = s.hosts.of(p.PortKey)
		p.Says = s.said.of(p.PortKey)
	}
	return list
}

// Ports sums up the flows by the ports that they count for, the busiest first.
func (t *Table) Ports() []Port {
	all := sums{hosts: hosts{room: t.opt.hostMemory()}}
	all.plus(&t.gone)
	for i := range t.store.n {
		t.sum(&all, uint32(i))
	}
	return all.ports()
}

// sum adds a flow to its port.
func (t *Table) sum(s *sums, n uint32) {
	e := t.store.entry(n)
	k := t.store.fullKey(e)
	side := t.opt.Service(k, e.allFacts())
	port := PortKey{k.Proto, k.Endpoint(side).Port}
	c := s.cells.of(port.Proto, port.Port)
	c.sent[from].Plus(t.store.sent(n, side))
	c.sent[to].Plus(t.store.sent(n, side.Other()))
	c.flows++
	c.seen(e.first(), e.last())
	s.said.add(port, &e.note)
	if t.opt.Hosts {
		s.hosts.add(k, side)
	}
}
