package render

import (
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// PortSchema names the form of a port's JSON object.
const PortSchema = "portsniff.port/1"

// A PortView is a table per port as it is to be shown.
type PortView struct {
	Ports []flow.Port
	flow.Totals
	Evicted   flow.Evicted
	Flows     bool // flows were followed, so that their number and those of hosts are known
	Hosts     bool // show the numbers of hosts on narrow terminals too
	Hidden    int  // rows that are left out
	Buckets   *flow.Buckets
	Processes *analysis.ProcessTable // nil if no processes are looked up
	Side      analysis.PortSide      // with Processes

	rest []flow.Port // the rows that are left out
}

// Write writes the table per port. Text goes on with what first bytes contradict, what has no ports,
// and the total; JSON ends with an object of the total.
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
	aside, zone := "", ""
	if v.saysAny() && !l.has(payloadHead) {
		aside = v.aside()
	}
	if v.Buckets != nil || l.has("first") {
		zone = v.zone()
	}
	if _, err := io.WriteString(w, hidden(v.Hidden, "port")+aside); err != nil {
		return err
	}
	if err := v.contradictions(w); err != nil {
		return err
	}
	_, err = io.WriteString(w, v.times()+untrackedText(v.Processes)+
		summary(&v.Totals, v.Evicted)+zone)
	return err
}

// table describes the table per port in all formats.
func (v *PortView) table(style Style) *Table[flow.Port] {
	t := &Table[flow.Port]{Schema: PortSchema, Columns: slices.Concat(v.portColumns(),
		v.hostColumns(style), v.countColumns(style), v.payloadColumns(),
		[]Column[flow.Port]{v.share().with(InText)}, v.processColumns()),
		Rows: Rows(v.Ports), BarWidth: shareWidth}
	t.Bar = func(width int) func(*flow.Port) string { return v.bar(width, style.Unicode) }
	if v.Buckets != nil {
		t.BarWidth = sparkWidth
		t.Bar = func(width int) func(*flow.Port) string { return v.sparks(width, style.Unicode) }
	}
	return t
}

// Rows goes through a list.
func Rows[R any](list []R) func(func(*R) bool) {
	return func(yield func(*R) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// portColumns say which port it is.
func (v *PortView) portColumns() []Column[flow.Port] {
	label := textOnly("service", func(c *Cell, p *flow.Port) { c.Words(service(p.PortKey)) })
	label.Clip = 2
	return []Column[flow.Port]{
		textOnly("port/proto", func(c *Cell, p *flow.Port) { c.Words(portProto(p.PortKey)) }),
		label,
		dataOnly("port", func(c *Cell, p *flow.Port) { c.Port(p.Port) }),
		words("proto", func(p *flow.Port) string { return p.Proto.String() }).with(InData),
		dataOnly("service", func(c *Cell, p *flow.Port) {
			c.Words(annotate.ServiceName(p.Proto, p.Port))
		}),
		dataOnly("description", func(c *Cell, p *flow.Port) {
			s, _ := annotate.Lookup(p.Proto, p.Port)
			c.Words(s.Description)
		}),
		words("range", func(p *flow.Port) string { return annotate.RangeOf(p.Port).String() }),
	}
}

// hostColumns are known where flows were followed.
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
	if v.Hosts || style.roomy() {
		in |= InText
	}
	return []Column[flow.Port]{
		{Key: "flows", Head: "flows", Right: true, Value: func(c *Cell, p *flow.Port) {
			v.atMost(c)
			c.Number(p.Flows)
		}},
		dataOnly("flows_exact", func(c *Cell, _ *flow.Port) { c.Bool(v.Evicted.Flows == 0) }),
		cardinalities("clients", in, func(p *flow.Port) *flow.Cardinality { return &p.Clients }),
		dataOnly("clients_exact", func(c *Cell, p *flow.Port) { c.Bool(exact(&p.Clients)) }),
		cardinalities("servers", in, func(p *flow.Port) *flow.Cardinality { return &p.Servers }),
		dataOnly("servers_exact", func(c *Cell, p *flow.Port) { c.Bool(exact(&p.Servers)) }),
		atLeast("clients_at_least", func(p *flow.Port) bool { return p.Clients.AtLeast }),
		atLeast("servers_at_least", func(p *flow.Port) bool { return p.Servers.AtLeast }),
	}
}

// atMost marks a number of flows as an upper limit in text where some were evicted: one that went on
// later counts again.
func (v *PortView) atMost(c *Cell) {
	if c.format == FormatText && v.Evicted.Flows > 0 {
		c.raw("<=")
	}
}

// cardinalities makes a column of numbers of hosts.
func cardinalities[R any](name string, in In, get func(*R) *flow.Cardinality) Column[R] {
	return Column[R]{Key: name, Head: name, Right: true, In: in, Value: func(c *Cell, r *R) {
		d := get(r)
		switch {
		case c.format != FormatText:
		case d.AtLeast:
			c.raw(">=")
		case d.Estimate:
			c.raw("~")
		}
		c.Number(d.N)
	}}
}

// countColumns are packets and bytes, and how they are spread.
func (v *PortView) countColumns(style Style) []Column[flow.Port] {
	type port = flow.Port
	roomy := InData
	if !v.Flows && style.roomy() {
		roomy |= InText
	}
	directed := func(key, head string, get func(*port) uint64) Column[port] {
		return Column[port]{Key: key, Head: head, Right: true, In: roomy,
			Value: func(c *Cell, p *port) { c.Number(get(p)) }}
	}
	moments := func(name string, get func(*port) int64) Column[port] {
		return Column[port]{Key: name, Head: name, Right: true, In: roomy,
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
		numbers("bytes", func(p *port) uint64 { return p.Total().Bytes }),
		directed("packets_to", "to", func(p *port) uint64 { return p.To.Packets }),
		dataOnly("bytes_to", func(c *Cell, p *port) { c.Number(p.To.Bytes) }),
		directed("packets_from", "from", func(p *port) uint64 { return p.From.Packets }),
		dataOnly("bytes_from", func(c *Cell, p *port) { c.Number(p.From.Bytes) }),
		v.share().with(InData),
		moments("first", func(p *port) int64 { return p.First }),
		moments("last", func(p *port) int64 { return p.Last }),
	}
}

// share is a port's part of all packets.
func (v *PortView) share() Column[flow.Port] {
	return shares(v.Total, func(p *flow.Port) flow.Count { return p.Total() })
}

// shares makes a column of each row's part of all packets.
func shares[R any](total flow.Count, get func(*R) flow.Count) Column[R] {
	return Column[R]{Key: "share", Head: "share", Right: true, Value: func(c *Cell, r *R) {
		n, all := get(r).Packets, total.Packets
		part := 0.0
		if all > 0 {
			part = float64(n) / float64(all)
		}
		switch c.format {
		case FormatText:
			c.raw(percent(n, all))
		case FormatJSON:
			text, _ := json.Marshal(part) // it is a finite number
			c.raw(string(text))
		default:
			c.out = strconv.AppendFloat(c.out, part, 'f', 6, 64)
		}
	}}
}

// bar draws each row's share of all packets.
func (v *PortView) bar(width int, unicode bool) func(*flow.Port) string {
	return func(p *flow.Port) string {
		return bar(p.Total().Packets, v.Total.Packets, width, unicode)
	}
}

// zone names the zone of the times that the table has.
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
