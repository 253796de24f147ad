package top

import (
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
)

// flowRows adds the flows to a page.
func (e *Engine) flowRows(q *Query, p *Page) {
	p.items = make([]item, 0, len(e.flows))
	for k, f := range e.flows {
		if !e.inScope(q, k, f) {
			continue
		}
		p.items = append(p.items, item{id: k, stat: &f.stat,
			rate: f.rate(q.Window, &e.timing)})
	}
	p.cells = func(x *item) []string { return e.flowCells(x) }
}

// flow returns a flow from the flow table. If the flow left the table, only the key is set.
func (e *Engine) flow(k flow.Key) flow.Flow {
	f, ok := e.table.Find(k)
	if !ok {
		f.Key = k
	}
	return f
}

func (e *Engine) flowCells(x *item) []string {
	k := x.id.(flow.Key)
	f := e.flow(k)
	r := analysis.RolesOf(&f)
	up, down := x.rate.bits[0], x.rate.bits[1]
	if r.ClientEnd != k.A {
		up, down = down, up
	}
	state := orNone(string(f.State()))
	process := none
	if e.Processes != nil {
		process = flowProcess(e.Processes, &f, &r)
	}
	return escaped(endpoint(r.ClientEnd, r.ClientService), "→",
		endpoint(r.ServerEnd, r.ServerService), k.Proto.String(), state, orNone(string(r.Evidence)),
		scaled(up), scaled(down), scaled(x.rate.packets), scaled(float64(x.stat.both().Bytes)),
		orNone(payloads(&r)), process)
}

// flowProcess returns the names of the processes at the two ends, the client's first.
func flowProcess(t *analysis.ProcessTable, f *flow.Flow, r *analysis.Roles) string {
	client, server := t.RoleEnds(f, r)
	var list []string
	for _, p := range []*analysis.EndProcess{&client, &server} {
		if p.Known() {
			list = append(list, processID(p))
		}
	}
	return orNone(strings.Join(list, " → "))
}

// payloads returns the names of the first payloads of both ends.
func payloads(r *analysis.Roles) string {
	a, b := r.ClientPayload.String(), r.ServerPayload.String()
	if a == b || b == "" {
		return a
	}
	return strings.TrimPrefix(a+"+"+b, "+")
}

// endpoint returns the text for an end of a flow: address, port, and the service or the port range.
func endpoint(e flow.Endpoint, service string) string {
	text := render.HostPort(e.Addr, e.Port)
	if service != "" {
		return text + " " + service
	}
	return text + " " + annotate.RangeOf(e.Port).Short()
}
