package top

import (
	"strconv"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// processRows adds the processes of this host that own an end of a flow to a page.
func (e *Engine) processRows(q *Query, p *Page) {
	if e.Processes == nil {
		return
	}
	type row struct {
		item
		process analysis.EndProcess
		ports   map[flow.PortKey]bool
	}
	rows := map[string]*row{}
	for k, f := range e.flows {
		if !e.inScope(q, k, f) {
			continue
		}
		a, b := e.Processes.Ends(k)
		rate := f.rate(q.Window, &e.timing)
		for i, end := range []*analysis.EndProcess{&a, &b} {
			if !end.Known() || i == 1 && a.Known() && processID(&a) == processID(&b) {
				continue
			}
			id := processID(end)
			r := rows[id]
			if r == nil {
				r = &row{item: item{id: id}, process: *end,
					ports: map[flow.PortKey]bool{}}
				rows[id] = r
			}
			r.flows++
			r.rate.bits[0] += rate.sum()
			r.rate.packets += rate.packets
			r.ports[f.service] = true
		}
	}
	for _, r := range rows {
		r.text = served(r.ports)
		p.items = append(p.items, r.item)
	}
	p.cells = func(x *item) []string {
		o := rows[x.id.(string)].process
		return escaped(x.id.(string), orNone(o.User), string(o.Confidence),
			scaled(x.rate.sum()), scaled(x.rate.packets), strconv.Itoa(x.flows), x.text)
	}
}
