package top

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
)

// Bounds of a watchman.
const (
	maxAlerts  = 1000
	maxSources = 1024 // hosts whose unanswered or refused connections are counted
	maxTargets = 1024 // ports of other hosts that are remembered of each
	maxServers = 16384
	maxChanged = 8192            // flows that are looked at in one look
	patience   = 3 * time.Second // after which a connection counts as unanswered
	lookEvery  = time.Second     // of the capture's time, between two looks at the flows
)

// An Alert is something that deserves a look, with its evidence.
type Alert struct {
	Rule     string
	Nanos    int64 // the time of the evidence, in nanoseconds since 1970
	What     string
	Evidence string
	Frame    int64 // number of a packet that shows it; 0 for none

	scope Scope
}

// A watchman looks at the flows that changed, and raises alerts. All its memory is bounded.
type watchman struct {
	onAlert func(Alert)
	list    []Alert         // the newest
	raised  int64           // all of them
	known   map[string]bool // what there was an alert about
	changed []*flowStat
	looked  int64
	sources map[netip.Addr]*probes
	servers map[flow.Endpoint]bool

	lost       uint64 // packets so far
	reported   uint64 // of them, in alerts
	reportedAt int64  // when the last of these alerts was raised
}

// probes are what a host tried in vain.
type probes struct {
	unanswered []probe
	refused    []probe
}

// A probe is a connection that was not established.
type probe struct {
	to    flow.Endpoint
	nanos int64
	frame int64
}

func newWatchman() watchman {
	return watchman{known: map[string]bool{}, sources: map[netip.Addr]*probes{},
		servers: map[flow.Endpoint]bool{}}
}

// note has a flow looked at. Where there are too many it waits for its next packet.
func (w *watchman) note(f *flowStat) {
	if !f.changed && len(w.changed) < maxChanged {
		f.changed = true
		w.changed = append(w.changed, f)
	}
}

// OnAlert has f called for each alert from now on.
func (e *Engine) OnAlert(f func(Alert)) { e.watch.onAlert = f }

// Alerts returns the newest alerts, and how many there were in all.
func (e *Engine) Alerts() ([]Alert, int64) { return slices.Clone(e.watch.list), e.watch.raised }

// raise adds an alert, unless there was one about the same.
func (e *Engine) raise(key string, a Alert) {
	w := &e.watch
	key = a.Rule + " " + key
	if w.known[key] {
		return
	}
	if len(w.known) >= maxServers {
		clear(w.known)
	}
	w.known[key] = true
	w.raised++
	if len(w.list) == maxAlerts {
		w.list = slices.Delete(w.list, 0, 1)
	}
	w.list = append(w.list, a)
	if w.onAlert != nil {
		w.onAlert(a)
	}
}

// Lost says how many packets the kernel and the interface lost so far.
func (e *Engine) Lost(n uint64) {
	e.watch.lost = max(e.watch.lost, n)
	e.reportLoss(false)
}

// reportLoss raises an alert if packets were lost since the last one. While that goes on there is
// one alert in a while: an alert for each look would push out all others. all says that nothing
// more comes.
func (e *Engine) reportLoss(all bool) {
	w := &e.watch
	soon := w.reported > 0 && e.now-w.reportedAt < int64(ruleOf(ruleLoss).within)
	if w.lost == w.reported || soon && !all {
		return
	}
	w.reported, w.reportedAt = w.lost, e.now
	e.raise(fmt.Sprint(w.lost), Alert{Rule: ruleLoss, Nanos: e.now,
		What:     counted(int(w.lost), "packet") + " lost so far",
		Evidence: "counters of the kernel and the interface; -B makes the buffer larger"})
}

// look applies the rules to flows that changed. all says that nothing more comes: a connection that
// is not answered by now never will be.
func (e *Engine) look(all bool) {
	w := &e.watch
	w.looked = e.now
	list := w.changed
	w.changed = nil
	for _, s := range list {
		s.changed = false
		f, ok := e.table.Find(s.key)
		if !ok {
			continue
		}
		e.payloads(&f)
		if f.Proto == decode.ProtoTCP && e.connection(s, &f, all) {
			s.changed = true
			w.changed = append(w.changed, s)
		}
	}
}

// LookAll applies the rules at the end of the input.
func (e *Engine) LookAll() {
	e.look(true)
	e.reportLoss(true)
}

// payloads compares a flow's first bytes with what its port is assigned to.
func (e *Engine) payloads(f *flow.Flow) {
	service := f.ServicePort()
	tls, ssh := annotate.PayloadNamed(f.Proto, "tls"), annotate.PayloadNamed(f.Proto, "ssh")
	wrong := annotate.Contradicting(f.Proto, service.Port)
	for _, side := range [...]flow.Side{flow.A, flow.B} {
		p := f.Payloads[side]
		if !p.Sure() || !p.Contradicts(f.Proto, service.Port) {
			continue
		}
		rule := ruleOddPort
		switch {
		case p == tls:
			rule = ruleTLS
		case wrong.Has(ssh) && !wrong.Has(tls): // only TLS belongs there
			rule = ruleClear
		}
		r := analysis.RolesOf(f)
		server := render.HostPort(r.ServerEnd.Addr, r.ServerEnd.Port)
		e.raise(server, Alert{Rule: rule, Nanos: max(f.Start, e.start), Frame: f.FirstFrame,
			What: fmt.Sprintf("%s on %s (%s)", p, portName(service), serviceName(service)),
			Evidence: fmt.Sprintf("the first bytes from %s are %s",
				render.HostPort(f.Endpoint(side).Addr, f.Endpoint(side).Port), p.Says()),
			scope: Scope{Flow: &f.Key}})
		return
	}
}

// connection applies the rules about TCP connections, and reports whether to look again later.
func (e *Engine) connection(s *flowStat, f *flow.Flow, all bool) (again bool) {
	if f.Asked == flow.None {
		return false // who opened it was not captured
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

// probesOf returns what a host tried in vain, nil if there are too many such hosts.
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

// forgetSources removes the hosts that tried nothing for a minute, or all if there are none.
func (e *Engine) forgetSources() {
	limit := e.now - int64(time.Minute)
	for k, p := range e.watch.sources {
		if last := slices.Concat(p.unanswered, p.refused); len(last) == 0 ||
			last[len(last)-1].nanos < limit {
			delete(e.watch.sources, k)
		}
	}
	if len(e.watch.sources) == maxSources {
		clear(e.watch.sources)
	}
}

// unanswered counts a connection that was not established, to a port that was not tried before.
func (e *Engine) unanswered(source netip.Addr, p *probes, x probe) {
	r := ruleOf(ruleScan)
	p.unanswered = recent(p.unanswered, x.nanos-int64(r.within))
	if slices.ContainsFunc(p.unanswered, func(o probe) bool { return o.to == x.to }) {
		return
	}
	p.unanswered = append(p.unanswered, x)
	if len(p.unanswered) != r.count {
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
		What: fmt.Sprintf("%s probes %d ports %s", source, r.count, on),
		Evidence: fmt.Sprintf("no answer, or a refusal, within %g s; the first SYN goes to %s",
			r.within.Seconds(), render.HostPort(first.to.Addr, first.to.Port)),
		scope: Scope{Host: source}})
}

// refused counts a connection that was refused.
func (e *Engine) refused(source netip.Addr, p *probes, x probe) {
	r := ruleOf(ruleRefused)
	p.refused = recent(p.refused, x.nanos-int64(r.within))
	if slices.ContainsFunc(p.refused, func(o probe) bool { return o.frame == x.frame }) {
		return // counted before a filter had all packets counted anew
	}
	p.refused = append(p.refused, x)
	n := 0
	for _, o := range p.refused {
		if o.to.Addr == x.to.Addr {
			n++
		}
	}
	if n < r.count {
		return
	}
	e.raise(fmt.Sprint(source, x.to.Addr), Alert{Rule: ruleRefused, Nanos: x.nanos,
		Frame:    x.frame,
		What:     fmt.Sprintf("%s refuses %d connections of %s", x.to.Addr, n, source),
		Evidence: fmt.Sprintf("a RST answers each SYN, within %g s", r.within.Seconds()),
		scope:    Scope{Host: source}})
}

// recent keeps the probes after a time, and at most half of what is remembered if that is full.
func recent(list []probe, limit int64) []probe {
	list = slices.DeleteFunc(list, func(p probe) bool { return p.nanos < limit })
	if len(list) >= maxTargets {
		list = slices.Delete(list, 0, maxTargets/2)
	}
	return list
}

// accepted notes a port that accepts connections, and raises an alert if its host was there before
// without it.
func (e *Engine) accepted(f *flow.Flow, server flow.Endpoint) {
	w := &e.watch
	if w.servers[server] || len(w.servers) >= maxServers {
		return
	}
	w.servers[server] = true
	h := e.hosts[server.Addr]
	within := ruleOf(ruleNewPort).within
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

// alertRows lists the alerts, the newest first.
func (e *Engine) alertRows(_ *Query, p *Page) {
	p.Columns = []Column{{Head: "TIME", Width: 8}, {Head: "RULE", Width: 10},
		{Head: "WHAT", Width: 20}, {Head: "EVIDENCE", Width: 20, Grow: true, Drop: 2},
		{Head: "PACKET", Right: true, Width: 6, Drop: 3}}
	first := e.watch.raised - int64(len(e.watch.list))
	for i := len(e.watch.list) - 1; i >= 0; i-- {
		p.items = append(p.items, item{id: AlertID(first + int64(i))})
	}
	p.cells = func(x *item) []string {
		a := e.watch.list[int64(x.id.(AlertID))-first]
		packet := none
		if a.Frame > 0 {
			packet = grouped(uint64(a.Frame))
		}
		return escaped(time.Unix(0, a.Nanos).Format("15:04:05"), a.Rule, a.What, a.Evidence, packet)
	}
}

// An AlertID is the number of an alert, from 0.
type AlertID int64

// alert returns an alert by its number.
func (e *Engine) alert(id AlertID) (Alert, bool) {
	i := int64(id) - (e.watch.raised - int64(len(e.watch.list)))
	if i < 0 || i >= int64(len(e.watch.list)) {
		return Alert{}, false
	}
	return e.watch.list[i], true
}
