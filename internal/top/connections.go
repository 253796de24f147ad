package top

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
)

// probes are the failed connections of a host.
type probes struct {
	unanswered []probe
	refused    []probe
}

// A probe is a connection attempt that failed.
type probe struct {
	to    flow.Endpoint
	nanos int64
	frame int64
}

// connection applies the rules about TCP connections. It reports whether the flow must be checked
// again later.
func (e *Engine) connection(s *flowStat, f *flow.Flow, all bool) (again bool) {
	if f.Asked == flow.None {
		return false // the SYN was not captured
	}
	client, server := f.Endpoint(f.Asked), f.Endpoint(f.Asked.Other())
	e.systemClient(f, client, server)
	x := probe{server, f.Start, f.FirstFrame}
	switch {
	case f.Refused:
		if p := e.probesOf(client.Addr); p != nil && !s.counted {
			s.counted = true
			e.refused(client.Addr, p, x)
			e.unanswered(client.Addr, p, x)
		}
	case f.State() == flow.Asked:
		if !all && e.now-f.End < int64(patience) {
			return true
		}
		if p := e.probesOf(client.Addr); p != nil && !s.counted {
			s.counted = true
			e.unanswered(client.Addr, p, x)
		}
	case f.Answered != flow.None:
		e.accepted(f, server)
	}
	return false
}

// systemClient raises an alert about a client with a port below 1024.
func (e *Engine) systemClient(f *flow.Flow, client, server flow.Endpoint) {
	if annotate.RangeOf(client.Port) != annotate.System ||
		slices.Contains(systemClients, client.Port) ||
		slices.Contains(systemServers, server.Port) {
		return
	}
	e.raise(fmt.Sprint(client.Addr, server), Alert{Rule: ruleWellKnown, Nanos: f.Start,
		Frame: f.FirstFrame,
		What:  fmt.Sprintf("client %s uses port %d", client.Addr, client.Port),
		Evidence: fmt.Sprintf("it sent the SYN to %s",
			render.HostPort(server.Addr, server.Port)), scope: Scope{Flow: &f.Key}})
}

// probesOf returns the failed connections of a host. If there are too many hosts, it first removes
// some.
func (e *Engine) probesOf(source netip.Addr) *probes {
	p := e.watch.sources[source]
	if p == nil {
		if len(e.watch.sources) == maxSources {
			e.forgetSources()
		}
		p = &probes{}
		e.watch.sources[source] = p
	}
	return p
}

// forgetSources removes the hosts without recent probes, or all hosts if each has some.
func (e *Engine) forgetSources() {
	w := &e.watch
	limit := e.now - int64(max(w.rule(ruleScan).Within, w.rule(ruleRefused).Within))
	for k, p := range w.sources {
		if last := slices.Concat(p.unanswered, p.refused); len(last) == 0 ||
			last[len(last)-1].nanos < limit {
			delete(w.sources, k)
		}
	}
	if len(w.sources) == maxSources {
		clear(w.sources)
	}
}

// unanswered counts a failed connection if the source did not try the same port recently.
func (e *Engine) unanswered(source netip.Addr, p *probes, x probe) {
	r := e.watch.rule(ruleScan)
	p.unanswered = recent(p.unanswered, x.nanos-int64(r.Within))
	if slices.ContainsFunc(p.unanswered, func(o probe) bool { return o.to == x.to }) {
		return
	}
	p.unanswered = append(p.unanswered, x)
	if len(p.unanswered) != r.Count {
		return
	}
	hosts := map[netip.Addr]bool{}
	for _, o := range p.unanswered {
		hosts[o.to.Addr] = true
	}
	on := "on " + x.to.Addr.String()
	if len(hosts) > 1 {
		on = fmt.Sprintf("on %d hosts", len(hosts))
	}
	first := p.unanswered[0]
	e.raise(source.String(), Alert{Rule: ruleScan, Nanos: x.nanos, Frame: first.frame,
		What: fmt.Sprintf("%s probes %d ports %s", source, r.Count, on),
		Evidence: fmt.Sprintf("no answer, or a refusal, within %g s; the first SYN goes to %s",
			r.Within.Seconds(), render.HostPort(first.to.Addr, first.to.Port)),
		scope: Scope{Host: source}})
}

// refused counts a connection that was refused.
func (e *Engine) refused(source netip.Addr, p *probes, x probe) {
	r := e.watch.rule(ruleRefused)
	p.refused = recent(p.refused, x.nanos-int64(r.Within))
	if slices.ContainsFunc(p.refused, func(o probe) bool { return o.frame == x.frame }) {
		return // already counted, before a new filter counted all packets again
	}
	p.refused = append(p.refused, x)
	n := 0
	for _, o := range p.refused {
		if o.to.Addr == x.to.Addr {
			n++
		}
	}
	if n < r.Count {
		return
	}
	e.raise(fmt.Sprint(source, x.to.Addr), Alert{Rule: ruleRefused, Nanos: x.nanos,
		Frame:    x.frame,
		What:     fmt.Sprintf("%s refuses %d connections of %s", x.to.Addr, n, source),
		Evidence: fmt.Sprintf("a RST answers each SYN, within %g s", r.Within.Seconds()),
		scope:    Scope{Host: source}})
}

// recent removes the probes before a time. If the list is still full, it removes the older half.
func recent(list []probe, limit int64) []probe {
	list = slices.DeleteFunc(list, func(p probe) bool { return p.nanos < limit })
	if len(list) >= maxTargets {
		list = slices.Delete(list, 0, maxTargets/2)
	}
	return list
}

// accepted records a port that accepts connections. It raises an alert if its host was seen before
// without this port.
func (e *Engine) accepted(f *flow.Flow, server flow.Endpoint) {
	w := &e.watch
	if w.servers[server] || len(w.servers) >= maxServers {
		return
	}
	w.servers[server] = true
	h := e.hosts[server.Addr]
	within := w.rule(ruleNewPort).Within
	if h == nil || h.frame == 0 || f.Start-h.first < int64(within) ||
		f.Start-e.start < int64(within) {
		return
	}
	k := flow.PortKey{Proto: f.Proto, Port: server.Port}
	e.raise(fmt.Sprint(server), Alert{Rule: ruleNewPort, Nanos: f.Start, Frame: f.FirstFrame,
		What: fmt.Sprintf("%s accepts connections on %s (%s)", server.Addr, portName(k),
			serviceName(k)),
		Evidence: fmt.Sprintf("the host was seen %s before, without that port",
			clock(f.Start-h.first)), scope: Scope{Flow: &f.Key}})
}
