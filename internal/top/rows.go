package top

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
)

// none is a cell without a value.
const none = "–"

// A usage is what is known of the flows that a row of ports or hosts is made of.
type usage struct {
	flows     int
	hosts     map[netip.Addr]bool
	ports     map[flow.PortKey]bool
	processes map[string]int
}

func newUsage() *usage {
	return &usage{hosts: map[netip.Addr]bool{}, ports: map[flow.PortKey]bool{},
		processes: map[string]int{}}
}

// process counts the processes at both ends of a flow.
func (u *usage) process(e *Engine, k flow.Key) {
	if e.Processes == nil {
		return
	}
	a, b := e.Processes.Ends(k)
	for _, p := range [...]analysis.EndProcess{a, b} {
		if p.Known() {
			u.processes[p.Name]++
		}
	}
}

// names returns the most frequent process, and how many others there are.
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

// portRows lists the ports.
func (e *Engine) portRows(q *Query, p *Page) {
	p.Columns = []Column{{Head: "PORT", Width: 10}, {Head: "SERVICE", Width: 10},
		{Head: "RANGE", Width: 10, Drop: 4}, {Head: "BIT/S", Right: true, Width: 7},
		{Head: "PKT/S", Right: true, Width: 7}, {Head: "FLOWS", Right: true, Width: 6},
		{Head: "HOSTS", Right: true, Width: 5, Drop: 5},
		{Head: "BYTES", Right: true, Width: 7, Drop: 6},
		{Head: "LAST 60 s", Width: 15, Drop: 3}, {Head: "PROCESS", Width: 8, Drop: 2, Grow: true}}
	used := map[flow.PortKey]*usage{}
	for k, f := range e.flows {
		if !e.inScope(q, k, f) {
			continue
		}
		u := used[f.service]
		if u == nil {
			u = newUsage()
			used[f.service] = u
		}
		u.flows++
		u.hosts[serverOf(k, f.service).Addr] = true
		u.process(e, k)
	}
	for k, s := range e.ports {
		u := used[k]
		if u == nil {
			if q.Host.IsValid() || q.Process != "" {
				continue
			}
			u = newUsage()
		}
		p.items = append(p.items, item{id: PortID{PortKey: k}, stat: &s.stat,
			rate: s.rate(q.Window, e.start, e.now), name: fmt.Sprintf("%05d/%s", k.Port, k.Proto),
			flows: u.flows, hosts: len(u.hosts), what: u.names()})
	}
	if !q.Host.IsValid() && q.Process == "" {
		e.portless(q, p)
	}
	p.cells = func(x *item) []string { return e.portCells(q, x) }
}

// portless adds one row for all packets without ports.
func (e *Engine) portless(q *Query, p *Page) {
	var sum stat
	x := item{id: PortID{None: true}, stat: &sum, name: "~"}
	for i := range e.noPort {
		s := &e.noPort[i]
		if s.frame == 0 {
			continue
		}
		r := s.rate(q.Window, e.start, e.now)
		x.rate.bits[0] += r.bits[0]
		x.rate.packets += r.packets
		sum.total[0].Plus(s.both())
		x.text += ", " + decode.Reason(i).String()
	}
	if x.text != "" {
		x.text = x.text[2:]
		p.items = append(p.items, x)
	}
}

func (e *Engine) portCells(q *Query, x *item) []string {
	id := x.id.(PortID)
	bytes := scaled(float64(x.stat.both().Bytes))
	if id.None {
		return escaped("no port", x.text, none, scaled(x.rate.sum()), scaled(x.rate.packets), none,
			none, bytes, e.portlessSpark(q), none)
	}
	return escaped(portName(id.PortKey), serviceName(id.PortKey),
		annotate.RangeOf(id.Port).String(), scaled(x.rate.sum()), scaled(x.rate.packets),
		strconv.Itoa(x.flows), strconv.Itoa(x.hosts), bytes,
		sparkline(x.stat.spark(q.Spark, e.now), q.Unicode), x.what)
}

func (e *Engine) portlessSpark(q *Query) string {
	sum := make([]uint64, q.Spark)
	for i := range e.noPort {
		for j, n := range e.noPort[i].spark(q.Spark, e.now) {
			sum[j] += n
		}
	}
	return sparkline(sum, q.Unicode)
}

func portName(k flow.PortKey) string { return fmt.Sprintf("%d/%s", k.Port, k.Proto) }

func serviceName(k flow.PortKey) string {
	if name := annotate.ServiceName(k.Proto, k.Port); name != "" {
		return name
	}
	return none
}

// serverOf returns the end of a flow that has the port that it counts for.
func serverOf(k flow.Key, service flow.PortKey) flow.Endpoint {
	if k.A.Port == service.Port {
		return k.A
	}
	return k.B
}

// inScope reports whether a flow belongs to what was drilled into.
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

// processID names a process.
func processID(p *analysis.EndProcess) string { return p.Name + "/" + strconv.Itoa(p.PID) }

// flowRows lists the flows.
func (e *Engine) flowRows(q *Query, p *Page) {
	p.Columns = []Column{{Head: "CLIENT", Width: 21}, {Width: 1},
		{Head: "SERVER", Width: 21, Grow: true}, {Head: "PROTO", Width: 5, Drop: 3},
		{Head: "STATE", Width: 6}, {Head: "WHY", Width: 7, Drop: 4},
		{Head: "↑ BIT/S", Right: true, Width: 7}, {Head: "↓ BIT/S", Right: true, Width: 7},
		{Head: "PKT/S", Right: true, Width: 7, Drop: 7},
		{Head: "BYTES", Right: true, Width: 7, Drop: 6},
		{Head: "PAYLOAD", Width: 8, Drop: 5}, {Head: "PROCESS", Width: 12, Drop: 2}}
	for k, f := range e.flows {
		if !e.inScope(q, k, f) {
			continue
		}
		p.items = append(p.items, item{id: k, stat: &f.stat,
			rate: f.rate(q.Window, e.start, e.now),
			name: k.A.Addr.String() + fmt.Sprintf(" %05d", k.A.Port)})
	}
	p.cells = func(x *item) []string { return e.flowCells(x) }
}

// flow returns what the flow table knows of a flow: its key only if it left the table.
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

// flowProcess names the processes at the two ends, the client's first.
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

// payloads names what the first bytes of both ends look like.
func payloads(r *analysis.Roles) string {
	a, b := r.ClientPayload.String(), r.ServerPayload.String()
	if a == b || b == "" {
		return a
	}
	return strings.TrimPrefix(a+"+"+b, "+")
}

func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}

// endpoint writes an end of a flow: address, port, and the service or the range.
func endpoint(e flow.Endpoint, service string) string {
	text := render.HostPort(e.Addr, e.Port)
	if service != "" {
		return text + " " + service
	}
	return text + " " + annotate.RangeOf(e.Port).Short()
}

// hostRows lists the hosts.
func (e *Engine) hostRows(q *Query, p *Page) {
	p.Columns = []Column{{Head: "HOST", Width: 16, Grow: true},
		{Head: "SENT BIT/S", Right: true, Width: 10}, {Head: "RECV BIT/S", Right: true, Width: 10},
		{Head: "PKT/S", Right: true, Width: 7, Drop: 3}, {Head: "FLOWS", Right: true, Width: 6},
		{Head: "PORTS", Right: true, Width: 6, Drop: 4}, {Head: "SERVES", Width: 14, Drop: 1},
		{Head: "BYTES", Right: true, Width: 7, Drop: 6}, {Head: "LAST 60 s", Width: 15, Drop: 2},
		{Head: "PROCESS", Width: 12, Drop: 5}}
	used := map[netip.Addr]*usage{}
	for k, f := range e.flows {
		if !e.inScope(q, k, f) {
			continue
		}
		server := serverOf(k, f.service)
		for i, end := range [...]flow.Endpoint{k.A, k.B} {
			if i == 1 && k.A.Addr == k.B.Addr && end != server {
				continue
			}
			u := used[end.Addr]
			if u == nil {
				u = newUsage()
				used[end.Addr] = u
			}
			if i == 0 || k.A.Addr != k.B.Addr {
				u.flows++
			}
			if end == server {
				u.ports[f.service] = true
			}
			u.process(e, k)
		}
	}
	narrow := q.Port != nil || q.Process != "" || q.Host.IsValid()
	for addr, s := range e.hosts {
		u := used[addr]
		if u == nil {
			if narrow {
				continue
			}
			u = newUsage()
		}
		b := addr.As16()
		p.items = append(p.items, item{id: addr, stat: &s.stat,
			rate: s.rate(q.Window, e.start, e.now), name: string(b[:]), flows: u.flows,
			ports: len(u.ports), text: served(u.ports), what: u.names()})
	}
	p.cells = func(x *item) []string {
		return escaped(x.id.(netip.Addr).String(), scaled(x.rate.bits[0]), scaled(x.rate.bits[1]),
			scaled(x.rate.packets), strconv.Itoa(x.flows), strconv.Itoa(x.ports), x.text,
			scaled(float64(x.stat.both().Bytes)),
			sparkline(x.stat.spark(q.Spark, e.now), q.Unicode), x.what)
	}
}

// served lists the ports that a host has, the lowest first.
func served(ports map[flow.PortKey]bool) string {
	const most = 3
	var list []flow.PortKey
	for k := range ports {
		list = append(list, k)
	}
	slices.SortFunc(list, func(x, y flow.PortKey) int {
		return (int(x.Port)-int(y.Port))*8 + int(x.Proto) - int(y.Proto)
	})
	var names []string
	for _, k := range list[:min(len(list), most)] {
		names = append(names, portName(k))
	}
	text := strings.Join(names, " ")
	if len(list) > most {
		text += " …"
	}
	return orNone(text)
}
