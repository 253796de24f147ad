package render

import (
	"io"
	"math"
	"slices"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// PortSchema names the schema of a port's JSON object.
const PortSchema = "portsniff.port/1"

// A PortView is a table per port and the options for its output.
type PortView struct {
	Ports []flow.Port
	flow.Totals
	Evicted   flow.Evicted
	Flows     bool // flows were followed, so the numbers of flows and hosts are known
	Hosts     bool // show the numbers of hosts on narrow terminals too
	Hidden    int  // rows that are left out
	Buckets   *flow.Buckets
	Processes *analysis.ProcessTable // nil if no processes are looked up
	Side      analysis.PortSide      // used with Processes

	By flow.By // what shares and bars are computed from: packets, bytes or flows

	rest []flow.Port // rows that are left out
	line *timeline   // of the last text written
}

// Write writes the table per port. Text continues with contradicting payloads, packets without
// ports and the total. JSON ends with an object of the total.
func (v *PortView) Write(w io.Writer, f Format, style Style) error {
	switch {
	case f == FormatText:
		return v.text(w, style)
	case v.Buckets != nil:
		if err := v.bucketTable().Write(w, f, style); err != nil {
			return err
		}
	default:
		if err := v.table(style).Write(w, f, style); err != nil {
			return err
		}
	}
	if f == FormatJSON {
		return JSONLines(w, []jsonTotal{total(&v.Totals, v.Evicted, v.Hidden)})
	}
	return nil
}

func (v *PortView) text(w io.Writer, style Style) error {
	l, err := v.table(style).text(w, style)
	if err != nil {
		return err
	}
	payloadList, zone := "", ""
	if v.hasPayloads() && !l.has(payloadHead) {
		payloadList = v.payloadList(style)
	}
	if v.Buckets != nil || l.has("first") {
		zone = v.zone()
	}
	if _, err := io.WriteString(w, style.hidden(v.Hidden, "port")+payloadList); err != nil {
		return err
	}
	if err := v.contradictions(w, style); err != nil {
		return err
	}
	_, err = io.WriteString(w, v.timesText(style)+untrackedText(v.Processes)+
		summary(&v.Totals, v.Evicted, style)+zone)
	return err
}

// table describes the table per port in all formats.
func (v *PortView) table(style Style) *Table[flow.Port] {
	share := shares(v.amount()).with(InText)
	share.DropLast = 3
	t := &Table[flow.Port]{Schema: PortSchema, Columns: slices.Concat(v.portColumns(),
		v.hostColumns(style), v.countColumns(style), v.payloadColumns(),
		[]Column[flow.Port]{share}, v.processColumns(),
		[]Column[flow.Port]{v.shareOf(InCSV)}),
		Rows: Rows(v.Ports), BarWidth: shareWidth}
	if v.Buckets == nil {
		t.Bar = bars(style, v.amount(), v.Ports)
		return t
	}
	t.BarWidth, t.BarLeast = sparkWidth, sparkLeast
	t.Bar = func(width int) (string, func(*flow.Port) string) {
		line := v.timeline(width)
		if line == nil {
			return "", func(*flow.Port) string { return "" }
		}
		v.line = line
		return line.ticks(width), func(p *flow.Port) string {
			return spark(line.sums[p.PortKey], line.largest, style.Blocks)
		}
	}
	return t
}

// Rows returns an iterator over a list.
func Rows[R any](list []R) func(func(*R) bool) {
	return func(yield func(*R) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// portColumns identify the port.
func (v *PortView) portColumns() []Column[flow.Port] {
	label := textOnly("service", func(c *Cell, p *flow.Port) { c.Words(service(p.PortKey)) })
	label.Clip, label.DropLast = 2, 4
	ranges := words("range", func(p *flow.Port) string { return annotate.RangeOf(p.Port).String() })
	ranges.Drop = 2 // after payload
	return []Column[flow.Port]{
		textOnly("port/proto", func(c *Cell, p *flow.Port) { c.Words(portProto(p.PortKey)) }),
		label,
		dataOnly("port", func(c *Cell, p *flow.Port) { c.Port(p.Port) }),
		words("proto", func(p *flow.Port) string { return p.Proto.String() }).with(InData),
		dataOnly("service", func(c *Cell, p *flow.Port) {
			c.Words(annotate.Registered(p.Proto, p.Port).Name)
		}),
		dataOnly("description", func(c *Cell, p *flow.Port) {
			c.Words(annotate.Registered(p.Proto, p.Port).Description)
		}),
		ranges,
	}
}

// hostColumns are the numbers of flows and hosts, if flows were followed.
func (v *PortView) hostColumns(style Style) []Column[flow.Port] {
	if !v.Flows {
		return nil
	}
	exact := func(d *flow.Cardinality) bool { return !d.Estimate && !d.AtLeast }
	atLeast := func(key string, get func(*flow.Port) bool) Column[flow.Port] {
		return Column[flow.Port]{Key: key, In: InJSON, Value: func(c *Cell, p *flow.Port) {
			if get(p) {
				c.Bool(true)
			}
		}}
	}
	in := InData
	if v.Hosts || style.wide() {
		in |= InText
	}
	return []Column[flow.Port]{
		{Key: "flows", Head: "flows", Right: true, Value: func(c *Cell, p *flow.Port) {
			v.atMost(c)
			c.Number(p.Flows)
		}},
		dataOnly("flows_exact", func(c *Cell, _ *flow.Port) { c.Bool(v.Evicted.Flows == 0) }),
		cardinalities("clients", in, 6,
			func(p *flow.Port) *flow.Cardinality { return &p.Clients }),
		dataOnly("clients_exact", func(c *Cell, p *flow.Port) { c.Bool(exact(&p.Clients)) }),
		cardinalities("servers", in, 5,
			func(p *flow.Port) *flow.Cardinality { return &p.Servers }),
		dataOnly("servers_exact", func(c *Cell, p *flow.Port) { c.Bool(exact(&p.Servers)) }),
		atLeast("clients_at_least", func(p *flow.Port) bool { return p.Clients.AtLeast }),
		atLeast("servers_at_least", func(p *flow.Port) bool { return p.Servers.AtLeast }),
	}
}

// atMost marks a number of flows as an upper limit in text if flows were evicted. An evicted flow
// that continues later counts again.
func (v *PortView) atMost(c *Cell) {
	if c.format == FormatText && v.Evicted.Flows > 0 {
		c.raw("<=")
	}
}

// cardinalities makes a column of numbers of hosts. dropLast is the column's DropLast rank.
func cardinalities[R any](name string, in In, dropLast int,
	get func(*R) *flow.Cardinality) Column[R] {
	value := func(c *Cell, r *R) {
		d := get(r)
		switch {
		case c.format != FormatText:
		case d.AtLeast:
			c.raw(">=")
		case d.Estimate:
			c.raw("~")
		}
		c.Number(d.N)
	}
	return Column[R]{Key: name, Head: name, Right: true, In: in, DropLast: dropLast, Value: value}
}

// countColumns are the packets and bytes, and their distribution.
func (v *PortView) countColumns(style Style) []Column[flow.Port] {
	type port = flow.Port
	wide := InData
	if !v.Flows && v.Buckets == nil && style.wide() {
		wide |= InText
	}
	directed := func(key, head string, get func(*port) uint64) Column[port] {
		return Column[port]{Key: key, Head: head, Right: true, In: wide,
			Value: func(c *Cell, p *port) { c.Number(get(p)) }}
	}
	moments := func(name string, get func(*port) int64) Column[port] {
		return Column[port]{Key: name, Head: name, Right: true, In: wide,
			Value: func(c *Cell, p *port) {
				if c.format == FormatText {
					c.raw(clockTime(get(p)))
					return
				}
				c.Moment(get(p))
			}}
	}
	return []Column[port]{
		numbers("packets", func(p *port) uint64 { return p.Total().Packets }),
		{Key: "bytes", Head: "bytes", Right: true, DropLast: 2,
			Value: func(c *Cell, p *port) { c.Number(p.Total().Bytes) }},
		directed("packets_to", "to", func(p *port) uint64 { return p.To.Packets }),
		dataOnly("bytes_to", func(c *Cell, p *port) { c.Number(p.To.Bytes) }),
		directed("packets_from", "from", func(p *port) uint64 { return p.From.Packets }),
		dataOnly("bytes_from", func(c *Cell, p *port) { c.Number(p.From.Bytes) }),
		shares(v.amount()).with(InData),
		v.shareOf(InJSON),
		moments("first", func(p *port) int64 { return p.First }),
		moments("last", func(p *port) int64 { return p.Last }),
	}
}

// amount returns what shares and bars are computed from. The rows are sorted by it too.
func (v *PortView) amount() amount[flow.Port] {
	a := amount[flow.Port]{of: "packets", total: v.Total.Packets,
		get: func(p *flow.Port) uint64 { return p.Total().Packets }}
	switch v.By {
	case flow.ByBytes:
		a.of, a.total = "bytes", v.Total.Bytes
		a.get = func(p *flow.Port) uint64 { return p.Total().Bytes }
	case flow.ByFlows:
		a.of, a.total, a.get = "flows", 0, func(p *flow.Port) uint64 { return p.Flows }
		for _, list := range [...][]flow.Port{v.Ports, v.rest} {
			for i := range list {
				a.total += list[i].Flows
			}
		}
	}
	return a
}

// shareOf is a column with the name of what shares are computed from.
func (v *PortView) shareOf(in In) Column[flow.Port] {
	of := v.amount().of
	return dataOnly("share_of", func(c *Cell, _ *flow.Port) { c.Words(of) }).with(in)
}

// timesText explains the timeline.
func (v *PortView) timesText(style Style) string {
	if v.line == nil {
		return v.noBucket(style)
	}
	return v.line.legend(style) + v.noBucket(style)
}

// zone returns a line with the time zone of the table's times.
func (v *PortView) zone() string {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for i := range v.Ports {
		if p := &v.Ports[i]; p.First != flow.NoTime {
			first, last = min(first, p.First), max(last, p.Last)
		}
	}
	if first > last {
		return ""
	}
	return Zone(time.Unix(0, first), time.Unix(0, last))
}
