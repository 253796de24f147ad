package render

import (
	"fmt"
	"io"
	"slices"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/hosts"
)

// ServiceSchema names the schema of the JSON object of a host's port.
const ServiceSchema = "portsniff.service/1"

// A ServiceView is a list of hosts' ports and the options for its output.
type ServiceView struct {
	List   []flow.HostPort
	Scans  []hosts.Scan
	NoScan uint64 // flows that belong to no scan, because memory was full
	Folded int    // rows left out because all their flows belong to scans
	Hidden int    // other rows that are left out
	Left   uint64 // flows to ports that did not fit in memory
	flow.Totals
}

// NewServiceView returns a view of the first top ports of hosts, or of all if top is 0. open leaves
// out ports that are not open. all adds ports that only scans show.
func NewServiceView(t *hosts.Table, totals flow.Totals, top int, open, all bool) *ServiceView {
	v := &ServiceView{Left: t.LeftPorts(), NoScan: t.LeftProbes(), Totals: totals}
	if v.List, v.Scans, v.Folded = t.Services(); all {
		v.List, v.Folded = t.Ports(), 0
	}
	if open {
		v.List = slices.DeleteFunc(v.List, func(h flow.HostPort) bool {
			return h.State() != flow.PortOpen
		})
	}
	v.List, v.Hidden = first(v.List, top)
	return v
}

// Write writes how each port of each host answered. Text continues with scans and the total. JSON
// continues with an object for each of them.
func (v *ServiceView) Write(w io.Writer, f Format, style Style) error {
	t := &Table[flow.HostPort]{Schema: ServiceSchema, Columns: serviceColumns(),
		Rows: Rows(v.List), Fold: true}
	if err := t.Write(w, f, style); err != nil {
		return err
	}
	switch f {
	case FormatText:
		left := ""
		if v.Left > 0 {
			left = fmt.Sprintf("left out (memory full): %s to other ports\n",
				style.count(v.Left, "flow"))
		}
		_, err := fmt.Fprintf(w, "%s%s%s%s", style.hidden(v.Hidden, "port"),
			scansText(v.Scans, v.NoScan, style), left, summary(&v.Totals, flow.Evicted{}, style))
		return err
	case FormatJSON:
		if err := writeScans(w, v.Scans); err != nil {
			return err
		}
		end := total(&v.Totals, flow.Evicted{Flows: v.Left}, v.Hidden)
		end.Scanned = &v.Folded
		return JSONLines(w, []jsonTotal{end})
	}
	return nil
}

func serviceColumns() []Column[flow.HostPort] {
	type row = flow.HostPort
	label := textOnly("service", func(c *Cell, h *row) { c.Words(service(h.PortKey)) })
	label.Clip = 1
	return []Column[row]{
		{Key: "host", Head: "host", Value: func(c *Cell, h *row) { c.Addr(h.Addr) }},
		textOnly("port/proto", func(c *Cell, h *row) { c.Words(portProto(h.PortKey)) }),
		label,
		dataOnly("port", func(c *Cell, h *row) { c.Port(h.Port) }),
		words("proto", func(h *row) string { return h.Proto.String() }).with(InData),
		dataOnly("service", func(c *Cell, h *row) {
			c.Words(annotate.Registered(h.Proto, h.Port).Name)
		}),
		dataOnly("range", func(c *Cell, h *row) { c.Words(annotate.RangeOf(h.Port).String()) }),
		words("state", func(h *row) string { return h.State().String() }),
		words("evidence", func(h *row) string { return h.Word(h.Proto) }),
		ids("frame", func(h *row) int64 { return h.Frame }),
		numbers("flows", func(h *row) uint64 { return h.Flows }),
		words("payload", func(h *row) string { return h.Payload.String() }),
	}
}
