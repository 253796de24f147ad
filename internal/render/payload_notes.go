package render

import (
	"io"
	"slices"
	"strconv"

	"github.com/portsniff/portsniff/internal/flow"
)

// payloadHead is the head of the column of first payloads.
const payloadHead = "payload"

// Cut keeps only the first rows; 0 keeps all. Payloads in other rows that contradict their port are
// still reported.
func (v *PortView) Cut(rows int) {
	if rows > 0 && rows < len(v.Ports) {
		v.Hidden, v.rest, v.Ports = len(v.Ports)-rows, v.Ports[rows:], v.Ports[:rows]
	}
}

// hasPayloads reports whether a payload of any row's flows was recognized.
func (v *PortView) hasPayloads() bool {
	return slices.ContainsFunc(v.Ports, func(p flow.Port) bool { return len(p.Payloads) > 0 })
}

// payloads writes how many of a port's flows began with each payload. A question mark follows a
// payload that was recognized without certainty.
func (v *PortView) payloads(c *Cell, p *flow.Port) {
	for i, s := range p.Payloads {
		if i > 0 {
			c.raw(" + ")
		}
		v.atMost(c)
		c.Number(s.Flows)
		c.raw(" " + s.Payload.String())
		if !s.Payload.Sure() {
			c.raw("?")
		}
	}
}

// payloadList lists the payloads below a table that is too narrow for their column.
func (v *PortView) payloadList(style Style) string {
	var items []string
	c := newCell(FormatText, style)
	for i := range v.Ports {
		if p := &v.Ports[i]; len(p.Payloads) > 0 {
			c.out = append(c.out[:0], portProto(p.PortKey)+" "...)
			v.payloads(c, p)
			items = append(items, string(c.out))
		}
	}
	return style.listed("flows by their first payload: ", items)
}

// payloadColumns show the first payloads of flows.
func (v *PortView) payloadColumns() (columns []Column[flow.Port]) {
	if v.hasPayloads() {
		text := textOnly(payloadHead, v.payloads)
		text.Drop = 1
		columns = append(columns, text)
	}
	if !v.Flows {
		return columns
	}
	return append(columns,
		Column[flow.Port]{Key: "payloads", In: InJSON, Value: payloadObjects},
		Column[flow.Port]{Key: "payloads", In: InCSV, Value: func(c *Cell, p *flow.Port) {
			var kinds []string
			for _, s := range p.Payloads {
				kinds = append(kinds, strconv.FormatUint(s.Flows, 10)+" "+s.Payload.String())
			}
			c.List(kinds, "; ")
		}},
		Column[flow.Port]{Key: "contradictions", In: InCSV, Value: func(c *Cell, p *flow.Port) {
			var against []string
			for _, s := range p.Payloads {
				if s.Payload.Contradicts(p.Proto, p.Port) {
					against = append(against, s.Payload.Says())
				}
			}
			c.List(against, "; ")
		}})
}

// payloadObjects writes the payloads of a port's flows as an array of objects.
func payloadObjects(c *Cell, p *flow.Port) {
	c.raw("[")
	for i, s := range p.Payloads {
		if i > 0 {
			c.raw(",")
		}
		c.raw(`{"payload":`)
		c.Words(s.Payload.String())
		c.raw(`,"flows":`)
		c.Number(s.Flows)
		c.raw(`,"first_frame":`)
		c.ID(s.Frame)
		c.raw(`,"sure":`)
		c.Bool(s.Payload.Sure())
		if s.Payload.Contradicts(p.Proto, p.Port) {
			c.raw(`,"contradiction":`)
			c.Words(s.Payload.Says())
		}
		c.raw("}")
	}
	c.raw("]")
}

// contradictions writes the ports whose payloads contradict their assignment, including the rows
// that are left out.
func (v *PortView) contradictions(w io.Writer, style Style) error {
	var list []surprises
	for _, ports := range [...][]flow.Port{v.Ports, v.rest} {
		for _, p := range ports {
			for _, s := range p.Payloads {
				if x := (surprise{p.PortKey, s.Payload}); x.says.Contradicts(p.Proto, p.Port) {
					list = append(list, surprises{x, s.Flows, s.Frame})
				}
			}
		}
	}
	return writeContradictions(w, style, list, v.Evicted.Flows == 0)
}
