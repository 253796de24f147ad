package render

import (
	"fmt"
	"io"
	"strconv"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/hosts"
)

// Names of the schemas of JSON objects. An earlier HostSchema named what is now ServiceSchema.
const (
	HostSchema = "portsniff.host/2"
	PairSchema = "portsniff.pair/1"
)

// A HostView is a list of hosts, or of pairs of hosts, and the options for its output.
type HostView struct {
	Hosts   []hosts.Host
	Pairs   []hosts.Pair
	ByPairs bool
	By      hosts.By
	Scans   []hosts.Scan
	NoScan  uint64     // flows that belong to no scan, because memory was full
	Hidden  int        // rows that are left out
	Left    hosts.Left // counts that are in no row
	flow.Totals
}

// NewHostView returns a view of the first top hosts or pairs in an order, or of all if top is 0.
func NewHostView(t *hosts.Table, totals flow.Totals, by hosts.By, top int, pairs bool) *HostView {
	v := &HostView{ByPairs: pairs, By: by, Scans: t.Scans(), Left: t.Left(), Totals: totals,
		NoScan: t.LeftProbes()}
	if pairs {
		v.Pairs, v.Hidden = first(t.Pairs(by), top)
	} else {
		v.Hosts, v.Hidden = first(t.Hosts(by), top)
	}
	return v
}

// first returns the first top rows of a list, all if top is 0, and the number of rows left out.
func first[T any](list []T, top int) ([]T, int) {
	if top == 0 || top >= len(list) {
		return list, 0
	}
	return list[:top], len(list) - top
}

// Write writes the hosts or pairs. Text continues with scans and the total. JSON continues with an
// object for each of them.
func (v *HostView) Write(w io.Writer, f Format, style Style) error {
	var err error
	what := "host"
	if v.ByPairs {
		what = "pair"
		t := &Table[hosts.Pair]{Schema: PairSchema, Columns: v.pairColumns(style),
			Rows: Rows(v.Pairs), Fold: true, BarWidth: shareWidth,
			Bar: bars(style, v.pairAmount(), v.Pairs)}
		err = t.Write(w, f, style)
	} else {
		t := &Table[hosts.Host]{Schema: HostSchema, Columns: v.hostColumns(style),
			Rows: Rows(v.Hosts), Fold: true}
		err = t.Write(w, f, style)
	}
	switch {
	case err != nil:
		return err
	case f == FormatText:
		_, err := fmt.Fprintf(w, "%s%s%s%s", style.hidden(v.Hidden, what),
			scansText(v.Scans, v.NoScan, style), v.leftText(style),
			summary(&v.Totals, flow.Evicted{}, style))
		return err
	case f == FormatJSON:
		if err := writeScans(w, v.Scans); err != nil {
			return err
		}
		evicted := flow.Evicted{Flows: v.Left.Flows, Count: v.Left.Count}
		return JSONLines(w, []jsonTotal{total(&v.Totals, evicted, v.Hidden)})
	}
	return nil
}

// leftText returns a line about the flows that are in no row.
func (v *HostView) leftText(style Style) string {
	if v.Left.Flows == 0 {
		return ""
	}
	return fmt.Sprintf("in no row (memory full, or no addresses): %s with %s\n",
		style.count(v.Left.Flows, "flow"), style.count(v.Left.Packets, "packet"))
}

// hostColumns describe a host in all formats.
func (v *HostView) hostColumns(style Style) []Column[hosts.Host] {
	type row = hosts.Host
	open := Column[row]{Key: "open_ports", Head: "open ports", Wrap: true, Value: openPorts}
	return []Column[row]{
		{Key: "host", Head: "host", Value: func(c *Cell, h *row) { c.Addr(h.Addr) }},
		numbers("flows", func(h *row) uint64 { return h.Flows }),
		numbers("peers", func(h *row) uint64 { return h.Peers }),
		numbers("packets", func(h *row) uint64 { return h.Total().Packets }),
		numbers("bytes", func(h *row) uint64 { return h.Total().Bytes }),
		directed("packets_sent", "sent", style, func(h *row) uint64 { return h.Sent.Packets }),
		dataOnly("bytes_sent", func(c *Cell, h *row) { c.Number(h.Sent.Bytes) }),
		directed("packets_received", "received", style,
			func(h *row) uint64 { return h.Received.Packets }),
		dataOnly("bytes_received", func(c *Cell, h *row) { c.Number(h.Received.Bytes) }),
		shares(v.hostAmount()),
		dataOnly("first", func(c *Cell, h *row) { c.Moment(h.First) }),
		dataOnly("last", func(c *Cell, h *row) { c.Moment(h.Last) }),
		open,
		dataOnly("share_of", func(c *Cell, _ *row) { c.Words(v.hostAmount().of) }),
	}
}

// hostAmount returns the amount that shares of hosts are computed from.
func (v *HostView) hostAmount() amount[hosts.Host] {
	if v.By == hosts.ByBytes {
		return amount[hosts.Host]{"bytes", v.Total.Bytes,
			func(h *hosts.Host) uint64 { return h.Total().Bytes }}
	}
	return amount[hosts.Host]{"packets", v.Total.Packets,
		func(h *hosts.Host) uint64 { return h.Total().Packets }}
}

// pairAmount returns the amount that shares of pairs are computed from.
func (v *HostView) pairAmount() amount[hosts.Pair] {
	if v.By == hosts.ByBytes {
		return amount[hosts.Pair]{"bytes", v.Total.Bytes,
			func(p *hosts.Pair) uint64 { return p.Total().Bytes }}
	}
	return amount[hosts.Pair]{"packets", v.Total.Packets,
		func(p *hosts.Pair) uint64 { return p.Total().Packets }}
}

// pairColumns describe a pair of hosts in all formats.
func (v *HostView) pairColumns(style Style) []Column[hosts.Pair] {
	type row = hosts.Pair
	return []Column[row]{
		{Key: "host_a", Head: "host a", Value: func(c *Cell, p *row) { c.Addr(p.A) }},
		{Key: "host_b", Head: "host b", Value: func(c *Cell, p *row) { c.Addr(p.B) }},
		numbers("flows", func(p *row) uint64 { return p.Flows }),
		numbers("packets", func(p *row) uint64 { return p.Total().Packets }),
		numbers("bytes", func(p *row) uint64 { return p.Total().Bytes }),
		directed("packets_a_to_b", "a to b", style, func(p *row) uint64 { return p.FromA.Packets }),
		dataOnly("bytes_a_to_b", func(c *Cell, p *row) { c.Number(p.FromA.Bytes) }),
		directed("packets_b_to_a", "b to a", style, func(p *row) uint64 { return p.FromB.Packets }),
		dataOnly("bytes_b_to_a", func(c *Cell, p *row) { c.Number(p.FromB.Bytes) }),
		shares(v.pairAmount()),
		dataOnly("first", func(c *Cell, p *row) { c.Moment(p.First) }),
		dataOnly("last", func(c *Cell, p *row) { c.Moment(p.Last) }),
		dataOnly("share_of", func(c *Cell, _ *row) { c.Words(v.pairAmount().of) }),
	}
}

// directed makes a column of numbers that text contains only on wide terminals.
func directed[R any](key, head string, style Style, get func(*R) uint64) Column[R] {
	in := InData
	if style.wide() {
		in |= InText
	}
	return Column[R]{Key: key, Head: head, Right: true, In: in,
		Value: func(c *Cell, r *R) { c.Number(get(r)) }}
}

// maxOpen is the greatest number of open ports that a text lists.
const maxOpen = 12

// openPorts lists a host's open ports.
func openPorts(c *Cell, h *hosts.Host) {
	if c.JSON() {
		c.raw("[")
		for i, k := range h.Open {
			if i > 0 {
				c.raw(",")
			}
			c.raw(`{"port":`)
			c.Port(k.Port)
			c.raw(`,"proto":`)
			c.Words(k.Proto.String())
			c.raw(`,"service":`)
			c.Words(annotate.Registered(k.Proto, k.Port).Name)
			c.raw("}")
		}
		c.raw("]")
		return
	}
	limit := len(h.Open)
	if c.format == FormatText {
		limit = min(limit, maxOpen)
	}
	var list []string
	for _, k := range h.Open[:limit] {
		list = append(list, portProto(k))
	}
	if more := len(h.Open) - limit; more > 0 {
		list = append(list, "+"+strconv.Itoa(more))
	}
	c.List(list, " ")
}
