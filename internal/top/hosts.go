package top

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/internal/flow"
)

// hostRows adds the hosts to a page.
func (e *Engine) hostRows(q *Query, p *Page) {
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
				u = &usage{ports: map[flow.PortKey]bool{}}
				used[end.Addr] = u
			}
			if i == 0 || k.A.Addr != k.B.Addr {
				u.flows++
			}
			if end == server && e.serves(k, f, server) {
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
			u = &usage{}
			used[addr] = u
		}
		p.items = append(p.items, item{id: addr, stat: &s.stat,
			rate: s.rate(q.Window, &e.timing), flows: u.flows, ports: len(u.ports),
			what: u.names()})
	}
	p.cells = func(x *item) []string {
		addr := x.id.(netip.Addr)
		return escaped(addr.String(), scaled(x.rate.bits[0]), scaled(x.rate.bits[1]),
			scaled(x.rate.packets), strconv.Itoa(x.flows), strconv.Itoa(x.ports),
			served(used[addr].ports),
			scaled(float64(x.stat.both().Bytes)),
			sparkline(x.stat.spark(p.spark, &e.timing), q.Unicode), x.what)
	}
}

// serves reports whether the server's end of a flow sent packets and did not refuse the connection.
func (e *Engine) serves(k flow.Key, s *flowStat, server flow.Endpoint) bool {
	direction := 0
	if server != k.A {
		direction = 1
	}
	if s.total[direction].Packets == 0 {
		return false
	}
	f, _ := e.table.Find(k)
	return !f.Refused
}

// served returns the text for a list of ports, the lowest first.
func served(ports map[flow.PortKey]bool) string {
	const limit = 3
	var list []flow.PortKey
	for k := range ports {
		list = append(list, k)
	}
	slices.SortFunc(list, func(x, y flow.PortKey) int {
		return (int(x.Port)-int(y.Port))*8 + int(x.Proto) - int(y.Proto)
	})
	var names []string
	for _, k := range list[:min(len(list), limit)] {
		names = append(names, portName(k))
	}
	text := strings.Join(names, " ")
	if len(list) > limit {
		text += " …"
	}
	return orNone(text)
}
