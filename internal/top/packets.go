package top

import (
	"bytes"
	"strings"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
)

// packetRows adds the newest packets to a page, in the format of the command without a subcommand.
func (e *Engine) packetRows(q *Query, p *Page) {
	for _, k := range e.packets.newest(maxRows, func(k *kept) bool { return e.keptInScope(q, k) }) {
		p.items = append(p.items, item{id: k.number})
	}
	lines := render.NewLineWriter(render.LineOptions{Style: render.Style{Width: q.Width}})
	p.cells = func(x *item) []string {
		k := e.packets.find(x.id.(int64))
		if k == nil {
			return []string{none}
		}
		var b bytes.Buffer
		if err := lines.Packet(&b, e.frame(k)); err != nil {
			return []string{none}
		}
		return []string{joinLines(b.String())}
	}
}

// joinLines joins the lines of a packet. LineWriter has already escaped them.
func joinLines(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := range lines {
		if i > 0 {
			lines[i] = strings.TrimLeft(lines[i], " ")
		}
	}
	return strings.Join(lines, " ")
}

// keptInScope reports whether a packet belongs to the scope of a query.
func (e *Engine) keptInScope(q *Query, k *kept) bool {
	if q.Port != nil && q.Port.None {
		return k.flow == (flow.Key{})
	}
	if e.partInScope(q, k.flow, k.service) {
		return true
	}
	for _, x := range k.nested {
		if e.partInScope(q, x.flow, x.service) {
			return true
		}
	}
	return false
}

func (e *Engine) partInScope(q *Query, key flow.Key, service flow.PortKey) bool {
	if q.Scope == (Scope{}) {
		return true
	}
	return e.inScope(q, key, &flowStat{service: service})
}
