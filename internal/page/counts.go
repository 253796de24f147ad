package page

import (
	"bytes"
	"encoding/json"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
)

// counts are the tables, as JSON.
type counts struct {
	ports, flows []json.RawMessage
	totals       json.RawMessage
	index        map[uint64]int // of the flows, by number
	hidden       [2]int         // ports and flows that are left out
}

// count makes the tables of what was counted so far, of at most so many rows.
func count(t *flow.Table, rows int) (c counts, err error) {
	ports := render.PortView{Ports: t.Ports(), Totals: t.Totals, Evicted: t.Evicted, Flows: true,
		Hosts: true}
	ports.Cut(rows)
	var text bytes.Buffer
	if err := ports.Write(&text, render.FormatJSON, render.Style{}); err != nil {
		return c, err
	}
	c.ports = lines(text.Bytes())
	c.ports = c.ports[:len(c.ports)-1] // the last one is the total
	text = bytes.Buffer{}
	flows := &render.FlowView{Table: t, By: flow.ByPackets, Top: rows}
	if err := flows.Write(&text, render.FormatJSON, render.Style{}); err != nil {
		return c, err
	}
	c.flows = lines(text.Bytes())
	c.totals, c.flows = c.flows[len(c.flows)-1], c.flows[:len(c.flows)-1]
	c.index = make(map[uint64]int, len(c.flows))
	for f := range t.Sorted(flow.ByPackets, rows) {
		c.index[f.Number] = len(c.index)
	}
	c.hidden = [2]int{ports.Hidden, max(t.Len()-rows, 0)}
	return c, nil
}

func lines(text []byte) (list []json.RawMessage) {
	for line := range bytes.Lines(text) {
		list = append(list, json.RawMessage(bytes.TrimSpace(line)))
	}
	return list
}

// flowOf is a kept packet's flow among those that are listed, or -1.
func (c *counts) flowOf(k *kept) int {
	if n, ok := c.index[k.flow]; ok && k.ports {
		return n
	}
	return -1
}
