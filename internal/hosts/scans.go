package hosts

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/internal/flow"
)

// A source scans if it probed at least minProbes ports and fewer than half of them were open: a
// client of many servers gets answers, a scanner mostly does not.
const minProbes = 15

// A Scan is the sum of the probes of one source.
type Scan struct {
	Source   netip.Addr
	Target   netip.Addr   // the host that was probed; not valid if there are several
	Port     flow.PortKey // the port that was probed; zero if there are several
	Ports    int          // different ports
	Hosts    int          // different hosts
	Probes   int          // different pairs of a host and a port
	Open     int          // probes that were accepted
	Closed   int          // probes that were refused
	Filtered int          // all other probes
	Frame    int64        // number of the first packet
}

// A probe is one port of one host that a source tried to reach.
type probe struct {
	source, host netip.Addr
	port         flow.PortKey
}

// An answer is the result of a probe so far.
type answer struct {
	state flow.PortState
	frame int64
}

// probeSize is the approximate memory of a probe in the growing map and while scans are summed up,
// in bytes.
const probeSize = 340

// probes collects the ports that each source tried to reach.
type probes struct {
	max  int
	list map[probe]answer
	left uint64 // flows that did not fit in memory
}

func newProbes(memory int) *probes {
	return &probes{max: max(memory/probeSize, 1), list: map[probe]answer{}}
}

// add records what an ended flow shows about the port of one side.
func (p *probes) add(f *flow.Flow, side flow.Side, shown flow.Proof) {
	end, source := f.Endpoint(side), f.Endpoint(side.Other()).Addr
	if !source.IsValid() || source == end.Addr {
		return
	}
	k := probe{source, end.Addr, flow.PortKey{Proto: f.Proto, Port: end.Port}}
	x, known := p.list[k]
	switch {
	case !known && len(p.list) >= p.max:
		p.left++
		return
	case !known:
		x = answer{shown.State(), f.FirstFrame}
	}
	x.state, x.frame = max(x.state, shown.State()), min(x.frame, f.FirstFrame)
	p.list[k] = x
}

// A hostPort is a port of a host.
type hostPort struct {
	host netip.Addr
	port flow.PortKey
}

// scans returns the scans, the one with the most probes first. only is true for the ports that only
// scanning sources tried to reach.
func (p *probes) scans() (list []Scan, only map[hostPort]bool) {
	sources := map[netip.Addr]*scanning{}
	for k, x := range p.list {
		s := sources[k.source]
		if s == nil {
			s = &scanning{Scan: Scan{Source: k.source, Frame: x.frame}}
			sources[k.source] = s
		}
		s.count(k, x)
	}
	maps.DeleteFunc(sources, func(_ netip.Addr, s *scanning) bool { return !s.is() })
	if len(sources) == 0 {
		return nil, nil
	}
	only = map[hostPort]bool{}
	for k := range p.list {
		s, at := sources[k.source], hostPort{k.host, k.port}
		others, known := only[at]
		if only[at] = s != nil && (others || !known); s != nil {
			s.place(k)
		}
	}
	for _, s := range sources {
		list = append(list, s.scan())
	}
	slices.SortFunc(list, func(x, y Scan) int {
		return cmp.Or(cmp.Compare(y.Probes, x.Probes), x.Source.Compare(y.Source))
	})
	return list, only
}

// scanning is a source whose probes are counted.
type scanning struct {
	Scan
	ports map[flow.PortKey]bool
	hosts map[netip.Addr]bool
}

func (s *scanning) count(k probe, x answer) {
	s.Probes++
	s.Frame = min(s.Frame, x.frame)
	switch x.state {
	case flow.PortOpen:
		s.Open++
	case flow.PortClosed:
		s.Closed++
	default:
		s.Filtered++
	}
}

func (s *scanning) is() bool { return s.Probes >= minProbes && 2*s.Open < s.Probes }

// place records the host and the port of a probe.
func (s *scanning) place(k probe) {
	if s.ports == nil {
		s.ports, s.hosts = map[flow.PortKey]bool{}, map[netip.Addr]bool{}
	}
	s.ports[k.port], s.hosts[k.host] = true, true
	s.Port, s.Target = k.port, k.host
}

// scan returns the sum of all probes of the source.
func (s *scanning) scan() Scan {
	if s.Ports, s.Hosts = len(s.ports), len(s.hosts); s.Ports > 1 {
		s.Port = flow.PortKey{}
	}
	if s.Hosts > 1 {
		s.Target = netip.Addr{}
	}
	return s.Scan
}
