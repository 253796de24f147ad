package top

import (
	"net/netip"
	"strconv"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// portRows adds the ports to a page.
func (e *Engine) portRows(q *Query, p *Page) {
	used := map[flow.PortKey]*usage{}
	for k, f := range e.flows {
		if !e.inScope(q, k, f) {
			continue
		}
		u := used[f.service]
		if u == nil {
			u = &usage{hosts: map[netip.Addr]bool{}}
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
			u = &usage{}
		}
		p.items = append(p.items, item{id: PortID{PortKey: k}, stat: &s.stat,
			rate: s.rate(q.Window, &e.timing), flows: u.flows, hosts: len(u.hosts),
			what: u.names()})
	}
	if !q.Host.IsValid() && q.Process == "" {
		e.portless(q, p)
	}
	p.cells = func(x *item) []string { return e.portCells(q, p.spark, x) }
}

// portless adds one row for all packets without ports.
func (e *Engine) portless(q *Query, p *Page) {
	var sum stat
	x := item{id: PortID{None: true}, stat: &sum}
	for i := range e.noPort {
		s := &e.noPort[i]
		if s.frame == 0 {
			continue
		}
		r := s.rate(q.Window, &e.timing)
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

func (e *Engine) portCells(q *Query, spark int, x *item) []string {
	id := x.id.(PortID)
	bytes := scaled(float64(x.stat.both().Bytes))
	if id.None {
		return escaped("no port", x.text, none, scaled(x.rate.sum()), scaled(x.rate.packets), none,
			none, bytes, sparkline(e.portlessSpark(spark), q.Unicode), none)
	}
	return escaped(portName(id.PortKey), serviceName(id.PortKey),
		annotate.RangeOf(id.Port).String(), scaled(x.rate.sum()), scaled(x.rate.packets),
		strconv.Itoa(x.flows), strconv.Itoa(x.hosts), bytes,
		sparkline(x.stat.spark(spark, &e.timing), q.Unicode), x.what)
}

// portlessSpark returns the numbers of a sparkline for all packets without ports.
func (e *Engine) portlessSpark(width int) []uint64 {
	sum := make([]uint64, width)
	for i := range e.noPort {
		for j, n := range e.noPort[i].spark(width, &e.timing) {
			sum[j] += n
		}
	}
	return sum
}
