package page

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/hosts"
	"github.com/portsniff/portsniff/internal/render"
)

// counts holds the tables as JSON.
type counts struct {
	ports, flows []json.RawMessage
	totals       json.RawMessage
	index        map[uint64]int // index in flows by flow number
	hosts        []json.RawMessage
	services     []json.RawMessage // how each port of each host answered
	scans        []string          // one sentence each
	hidden       [4]int            // ports, flows, hosts and services that are left out
}

// hostMemory limits the memory of the lists of hosts, their ports and scans, in bytes.
const hostMemory = 16 << 20

// count builds the tables of what was counted so far, with at most the given number of rows. owners
// is nil if no processes are looked up.
func count(t *flow.Table, owners *analysis.ProcessTable, rows int) (c counts, err error) {
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
	flows := &render.FlowView{Table: t, By: flow.ByPackets, Top: rows, TCP: true,
		Processes: owners}
	if err := flows.Write(&text, render.FormatJSON, render.Style{}); err != nil {
		return c, err
	}
	c.flows = lines(text.Bytes())
	c.totals, c.flows = c.flows[len(c.flows)-1], c.flows[:len(c.flows)-1]
	c.index = make(map[uint64]int, len(c.flows))
	for f := range t.Sorted(flow.ByPackets, rows) {
		c.index[f.Number] = len(c.index)
	}
	c.hidden = [4]int{ports.Hidden, max(t.Len()-rows, 0)}
	return c, c.countHosts(t, rows)
}

// countHosts lists the hosts and ports of the table's flows.
func (c *counts) countHosts(t *flow.Table, rows int) error {
	found := hosts.New(hostMemory)
	for f := range t.Flows() {
		found.Add(&f, flow.EndOfInput)
	}
	all := found.Hosts(hosts.ByPackets)
	c.hidden[2] = max(len(all)-rows, 0)
	view := render.HostView{Hosts: all[:len(all)-c.hidden[2]], Totals: t.Totals}
	var err error
	if c.hosts, err = rowsOf(&view); err != nil {
		return err
	}
	list, scans, _ := found.Services()
	c.hidden[3] = max(len(list)-rows, 0)
	c.services, err = rowsOf(&render.ServiceView{List: list[:len(list)-c.hidden[3]]})
	c.scans = []string{}
	for i := range scans[:min(len(scans), maxScans)] {
		c.scans = append(c.scans, render.ScanText(&scans[i], render.Style{Group: true}))
	}
	return err
}

// maxScans is the greatest number of scans that a page shows.
const maxScans = 100

// rowsOf returns a table's rows as JSON, without the total.
func rowsOf(view interface {
	Write(io.Writer, render.Format, render.Style) error
}) ([]json.RawMessage, error) {
	var text bytes.Buffer
	if err := view.Write(&text, render.FormatJSON, render.Style{}); err != nil {
		return nil, err
	}
	list := lines(text.Bytes())
	return list[:len(list)-1], nil
}

func lines(text []byte) (list []json.RawMessage) {
	for line := range bytes.Lines(text) {
		list = append(list, json.RawMessage(bytes.TrimSpace(line)))
	}
	return list
}

// flowOf returns the index of a kept packet's flow in the list, or -1.
func (c *counts) flowOf(k *kept) int {
	if n, ok := c.index[k.flow]; ok && k.ports {
		return n
	}
	return -1
}
