package render

import (
	"fmt"
	"io"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
)

// HostSchema names the form of a host port's JSON object.
const HostSchema = "portsniff.host/1"

// A HostView is a list of hosts' ports as it is to be shown.
type HostView struct {
	List   []flow.HostPort
	Hidden int    // rows that are left out
	Left   uint64 // flows to ports that memory had no room for
	flow.Totals
}

// Write writes which port of which host answered how. Text goes on with the total; JSON ends with an
// object of it.
func (v *HostView) Write(w io.Writer, f Format, style Style) error {
	t := &Table[flow.HostPort]{Schema: HostSchema, Columns: hostColumns(), Rows: Rows(v.List)}
	if err := t.Write(w, f, style); err != nil {
		return err
	}
	switch f {
	case FormatText:
		left := ""
		if v.Left > 0 {
			left = fmt.Sprintf("left out for want of memory: %s to other ports\n",
				count(v.Left, "flow"))
		}
		_, err := fmt.Fprintf(w, "%s%s%s", hidden(v.Hidden, "port"), left,
			summary(&v.Totals, flow.Evicted{}))
		return err
	case FormatJSON:
		return JSONLines(w, []jsonTotal{total(&v.Totals, flow.Evicted{Flows: v.Left}, v.Hidden)})
	}
	return nil
}

func hostColumns() []Column[flow.HostPort] {
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
			c.Words(annotate.ServiceName(h.Proto, h.Port))
		}),
		dataOnly("range", func(c *Cell, h *row) { c.Words(annotate.RangeOf(h.Port).String()) }),
		words("state", func(h *row) string { return h.State().String() }),
		words("evidence", func(h *row) string { return h.Word(h.Proto) }),
		ids("frame", func(h *row) int64 { return h.Frame }),
		numbers("flows", func(h *row) uint64 { return h.Flows }),
		words("payload", func(h *row) string { return h.Payload.String() }),
	}
}
