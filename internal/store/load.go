package store

import (
	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
)

// LoadFlows puts all flows that pass the filter into a table, with the totals. If the filter has a
// host, the totals count a packet once for each of its flows.
func (s *Store) LoadFlows(t *flow.Table) error { return s.loadFlows(t, false) }

// LoadHosts loads flows like LoadFlows, with their evidence about ports. The table must have
// flow.Options.Proofs. LoadHosts includes flows that only ICMP errors quote.
func (s *Store) LoadHosts(t *flow.Table) error { return s.loadFlows(t, true) }

func (s *Store) loadFlows(t *flow.Table, proofs bool) error {
	err := s.flows(newFlowReader(s, proofs), func(f *flow.Flow) {
		t.Put(f)
		if s.hasHost() {
			t.Total.Plus(f.Total())
			t.Seen(f.Start, f.End)
		}
	})
	if err != nil {
		return err
	}
	if t.Order(); s.hasHost() {
		return nil
	}
	return s.loadTotals(&t.Totals)
}

// loadTotals fills the totals of a table.
func (s *Store) loadTotals(t *flow.Totals) error {
	err := s.Ports(func(p *flow.MinutePort) { t.NoPorts[p.Reason].Plus(p.To) })
	t.NoPorts[0] = flow.Count{} // index 0 counts the packets with ports
	if err != nil {
		return err
	}
	return s.Totals(t)
}

// LoadPorts puts the counts of all packets that pass the filter into a table. If the filter has a
// host, it uses the host's flows, because the table ports contains no hosts.
func (s *Store) LoadPorts(t *flow.PortTable) error {
	if !s.hasHost() {
		if err := s.Ports(t.Put); err != nil {
			return err
		}
		return s.Totals(&t.Totals)
	}
	return s.Flows(func(f *flow.Flow) {
		for _, p := range portsOf(f) {
			t.Put(&p)
		}
		t.Total.Plus(f.Total())
		t.Seen(f.Start, f.End)
	})
}

func (s *Store) hasHost() bool { return s.only != nil && s.only.Host.IsValid() }

// portsOf counts the packets of a flow by port, separately for each direction. It chooses the port
// as package annotate does for a single packet.
func portsOf(f *flow.Flow) []flow.MinutePort {
	var list []flow.MinutePort
	for _, side := range [...]flow.Side{flow.A, flow.B} {
		if f.From[side].Packets == 0 {
			continue
		}
		src, dst := f.Endpoint(side).Port, f.Endpoint(side.Other()).Port
		p := flow.MinutePort{Minute: noTime, First: f.Start, Last: f.End}
		p.Proto, p.Port, p.From = f.Proto, src, f.From[side]
		if annotate.ToService(f.Proto, src, dst) {
			p.Port, p.To, p.From = dst, p.From, flow.Count{}
		}
		list = append(list, p)
	}
	return list
}
