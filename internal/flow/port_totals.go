package flow

// portTotals sum up flows by port.
type portTotals struct {
	counters  portCounters
	payloads  payloadCounts
	addresses portAddresses // if withHosts
	withHosts bool
}

func newPortTotals(opt *Options) portTotals {
	return portTotals{withHosts: opt.Hosts, addresses: portAddresses{budget: opt.hostMemory()}}
}

// add adds a flow to the port that it counts for.
func (s *portTotals) add(f *Flow) {
	side := ServiceSide(f.Key, f.Facts)
	port := PortKey{f.Proto, f.Endpoint(side).Port}
	c := s.counters.of(port.Proto, port.Port)
	c.sent[from].Plus(f.From[side])
	c.sent[to].Plus(f.From[side.Other()])
	c.flows++
	c.seen(f.Start, f.End)
	s.payloads.add(port, f)
	if s.withHosts {
		s.addresses.add(f.Key, side)
	}
}

// plus adds other totals.
func (s *portTotals) plus(o *portTotals) {
	s.counters.plus(&o.counters)
	s.payloads.merge(o.payloads)
	s.addresses.merge(&o.addresses)
}

// Ports returns the sums of all flows by the port that they count for, the busiest port first. It
// includes flows that left the table.
func (t *Table) Ports() []Port {
	all := newPortTotals(&t.opt)
	all.plus(&t.gone)
	for i := range t.living() {
		f := t.flow(i)
		all.add(&f)
	}
	list := all.counters.ports()
	for i := range list {
		p := &list[i]
		p.Clients, p.Servers = all.addresses.of(p.PortKey)
		p.Payloads = all.payloads.of(p.PortKey)
	}
	return list
}
