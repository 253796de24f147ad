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

// Limits of a watchman.
const (
	maxAlerts  = 1000
	maxSources = 1024 // hosts whose unanswered or refused connections are counted
	maxTargets = 1024 // remembered probes of each of these hosts
	maxServers = 16384
	maxChanged = 8192            // flows that one call of look checks
	patience   = 3 * time.Second // after this time, a connection counts as unanswered
	lookEvery  = time.Second     // capture time between two calls of look
)

// An Alert is a notable event in the capture, with its evidence.
type Alert struct {
	Rule     string
	Nanos    int64 // the time of the evidence, in nanoseconds since 1970
	What     string
	Evidence string
	Frame    int64 // number of a packet that shows the event; 0 for none

	scope Scope
}

// A watchman checks the flows that changed and raises alerts. Its memory is bounded.
type watchman struct {
	rules   []Rule
	onAlert func(Alert)
	list    []Alert         // the newest alerts
	raised  int64           // number of all alerts
	known   map[string]bool // keys of alerts that were raised
	changed []*flowStat
	looked  int64
	sources map[netip.Addr]*probes
	servers map[flow.Endpoint]bool

	lost       uint64 // lost packets so far
	reported   uint64 // value of lost in the last alert about losses
	reportedAt int64  // time of that alert
}

func newWatchman(rules []Rule) watchman {
	return watchman{rules: rules, known: map[string]bool{}, sources: map[netip.Addr]*probes{},
		servers: map[flow.Endpoint]bool{}}
}

// note marks a flow for the next call of look. If too many are marked, the flow is marked at a
// later packet.
func (w *watchman) note(f *flowStat) {
	if !f.changed && len(w.changed) < maxChanged {
		f.changed = true
		w.changed = append(w.changed, f)
	}
}

// OnAlert sets a function that is called for each alert from now on.
func (e *Engine) OnAlert(f func(Alert)) { e.watch.onAlert = f }

// SetRules sets the rules that raise alerts, nil for the default rules.
func (e *Engine) SetRules(rules []Rule) {
	if rules == nil {
		rules = Rules()
	}
	e.watch.rules = rules
}

// Alerts returns the newest alerts, and the number of all alerts.
func (e *Engine) Alerts() ([]Alert, int64) { return slices.Clone(e.watch.list), e.watch.raised }

// raise adds an alert, unless its rule is off or an alert with the same key was already raised.
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

// Lost sets the number of packets that the kernel and the interface lost so far.
func (e *Engine) Lost(n uint64) {
	e.watch.lost = max(e.watch.lost, n)
	e.reportLoss(false)
}

// reportLoss raises an alert if packets were lost since the last alert about losses. It limits how
// often it does so, because many such alerts would displace all others. all means that the input
// has ended.
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

// look applies the rules to flows that changed. all means that the input has ended. A connection
// without an answer then counts as unanswered at once.
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

// payloads compares a flow's first bytes with the protocol that its port is assigned to.
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
		case wrong.Has(ssh) && !wrong.Has(tls): // the port is only for TLS
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

// alertRows adds the alerts to a page, the newest first.
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
