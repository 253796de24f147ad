package analysis

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

// A PortSide reports which ends of a flow have the port that the flow counts for in a port table.
type PortSide func(k flow.Key) (a, b bool)

// PortProcesses are the processes at the ends of the flows that count for one port.
type PortProcesses struct {
	Local ProcessSet // at the end with the port
	Peer  ProcessSet // at the opposite end
}

// A ProcessSet holds each process once, sorted by PID.
type ProcessSet struct {
	List []EndProcess
	Gone int // flows whose process had exited before it could be read
}

// ByPort groups the processes by the port that their flows count for.
func (t *ProcessTable) ByPort(side PortSide) map[flow.PortKey]*PortProcesses {
	rows := map[flow.PortKey]*PortProcesses{}
	add := func(k flow.Key, port uint16, local, peer *EndProcess) {
		key := flow.PortKey{Proto: k.Proto, Port: port}
		if rows[key] == nil {
			rows[key] = &PortProcesses{}
		}
		rows[key].Local.add(local)
		rows[key].Peer.add(peer)
	}
	for k, e := range t.flows {
		a, b := side(k)
		if a {
			add(k, k.A.Port, &e.a, &e.b)
		}
		if b {
			add(k, k.B.Port, &e.b, &e.a)
		}
	}
	for _, r := range rows {
		r.Local.merge()
		r.Peer.merge()
	}
	return rows
}

func (s *ProcessSet) add(p *EndProcess) {
	switch {
	case p.Confidence == sockets.Gone:
		s.Gone++
	case p.Owner != sockets.Owner{}:
		s.List = append(s.List, *p)
	}
}

// merge keeps one entry for each process: the most detailed one.
func (s *ProcessSet) merge() {
	type process struct {
		pid  int
		user string
	}
	best := map[process]EndProcess{}
	for _, p := range s.List {
		k := process{p.PID, p.User}
		old, ok := best[k]
		more := cmp.Or(cmp.Compare(detail(p.Owner), detail(old.Owner)),
			cmp.Compare(p.More, old.More))
		if !ok || more > 0 {
			best[k] = p
		}
	}
	s.List = slices.SortedFunc(maps.Values(best), func(x, y EndProcess) int {
		return cmp.Or(cmp.Compare(x.PID, y.PID), strings.Compare(x.User, y.User))
	})
}
