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
	rules   []Rule
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

func newWatchman(rules []Rule) watchman {
	return watchman{rules: rules, known: map[string]bool{}, sources: map[netip.Addr]*probes{},
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

// SetRules has alerts raised by these rules, nil for the default ones.
func (e *Engine) SetRules(rules []Rule) {
	if rules == nil {
		rules = Rules()
	}
	e.watch.rules = rules
}

// Alerts returns the newest alerts, and how many there were in all.
func (e *Engine) Alerts() ([]Alert, int64) { return slices.Clone(e.watch.list), e.watch.raised }

// raise adds an alert, unless its rule is off or there was one about the same.
func (e *Engine) raise(key string, a Alert) {
	w := &e.watch
	key = a.Rule + " " + key
	if w.known[key] || w.rule(a.Rule).Off {
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

// reportLoss raises an alert if packets were lost since the last one. While that continues there is
// one alert in a while: an alert for each look would push out all others. all says that nothing
// more comes.
func (e *Engine) reportLoss(all bool) {
	w := &e.watch
	soon := w.reported > 0 && e.now-w.reportedAt < int64(w.rule(ruleLoss).Within)
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

// alertRows lists the alerts, the newest first.
func (e *Engine) alertRows(_ *Query, p *Page) {
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
