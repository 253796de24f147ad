package top

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// none is a cell without a value.
const none = "–"

// A usage sums up the flows of a row: hosts of a port, or ports of a host.
type usage struct {
	flows     int
	hosts     map[netip.Addr]bool
	ports     map[flow.PortKey]bool
	processes map[string]int
}

// process counts the processes at both ends of a flow.
func (u *usage) process(e *Engine, k flow.Key) {
	if e.Processes == nil {
		return
	}
	a, b := e.Processes.Ends(k)
	for _, p := range [...]analysis.EndProcess{a, b} {
		if p.Known() {
			if u.processes == nil {
				u.processes = map[string]int{}
			}
			u.processes[p.Name]++
		}
	}
}

// names returns the most frequent process, and the number of others.
func (u *usage) names() string {
	best := ""
	for name, n := range u.processes {
		if best == "" || n > u.processes[best] || n == u.processes[best] && name < best {
			best = name
		}
	}
	switch n := len(u.processes); n {
	case 0:
		return none
	case 1:
		return best
	default:
		return fmt.Sprintf("%s +%d", best, n-1)
	}
}

func portName(k flow.PortKey) string { return fmt.Sprintf("%d/%s", k.Port, k.Proto) }

func serviceName(k flow.PortKey) string {
	if name := annotate.Registered(k.Proto, k.Port).Name; name != "" {
		return name
	}
	return none
}

// serverOf returns the end of a flow with the port that the flow counts for.
func serverOf(k flow.Key, service flow.PortKey) flow.Endpoint {
	if k.A.Port == service.Port {
		return k.A
	}
	return k.B
}

// inScope reports whether a flow belongs to the scope of a query.
func (e *Engine) inScope(q *Query, k flow.Key, f *flowStat) bool {
	switch {
	case q.Flow != nil && *q.Flow != k,
		q.Port != nil && (q.Port.None || q.Port.PortKey != f.service),
		q.Host.IsValid() && q.Host != k.A.Addr && q.Host != k.B.Addr:
		return false
	}
	return q.Process == "" || e.hasProcess(k, q.Process)
}

func (e *Engine) hasProcess(k flow.Key, name string) bool {
	if e.Processes == nil {
		return false
	}
	a, b := e.Processes.Ends(k)
	return a.Known() && processID(&a) == name || b.Known() && processID(&b) == name
}

// processID returns the identity of a process: name/PID.
func processID(p *analysis.EndProcess) string { return p.Name + "/" + strconv.Itoa(p.PID) }

func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}
