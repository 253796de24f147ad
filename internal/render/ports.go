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

// A PortView is a table per port as it is to be shown.
type PortView struct {
	Ports []flow.Port
	flow.Totals
	Evicted   flow.Evicted
	Flows     bool // flows were followed, so that their number and those of hosts are known
	Hosts     bool // say the numbers of hosts, too, where the width leaves it open
	Hidden    int  // rows that are left out
	Buckets   *flow.Buckets
	Processes *analysis.ProcessTable // nil if no processes are looked up
	Side      analysis.PortSide      // with Processes

	rest []flow.Port // the rows that are left out
}

// PortTable writes the table per port, then what bytes say against a port's assignment, what has no
// ports, and the total.
func PortTable(w io.Writer, v *PortView, style Style) error {
	columns := v.columns(style)
	header, rows := v.cells(columns)
	aside := ""
	if n := slices.Index(header, payloadHead); n >= 0 && style.Width > 0 &&
		tableWidth(rows, header) > style.Width {
		columns, aside = slices.Delete(columns, n, n+1), v.aside()
		header, rows = v.cells(columns)
	}
	if v.Processes != nil {
		fit(rows, header, slices.Index(header, processHead), style)
	}
	fit(rows, header, 1, style)
	v.bars(rows, header, style)
	if len(rows) > 0 {
		if err := writeTable(w, style, header, rows, numbers(columns)...); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(w, hidden(v.Hidden, "port")+aside); err != nil {
		return err
	}
	if err := v.contradictions(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, v.times()+untrackedText(v.Processes)+summary(&v.Totals, v.Evicted)+
		v.zone(header))
	return err
}

// zone names the zone of the times that the table has.
func (v *PortView) zone(header []string) string {
	if v.Buckets == nil && !slices.Contains(header, "first") {
		return ""
	}
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

// cells are the columns' names, and what they have for each row.
func (v *PortView) cells(columns []column) (header []string, rows [][]string) {
	rows = make([][]string, len(v.Ports))
	for _, c := range columns {
		header = append(header, c.head)
		for i := range v.Ports {
			rows[i] = append(rows[i], c.text(&v.Ports[i]))
		}
	}
	return header, rows
}

// numbers are the places of the columns that have such.
func numbers(columns []column) (right []int) {
	for i, c := range columns {
		if !c.left {
			right = append(right, i)
		}
	}
	return right
}

// A column is one of the table per port.
type column struct {
	head string
	text func(p *flow.Port) string
	left bool // words, not numbers
}

// columns are those that a view has at the style's width.
func (v *PortView) columns(style Style) []column {
	list := []column{
		{"port/proto", func(p *flow.Port) string { return portProto(p.PortKey) }, true},
		{"service", func(p *flow.Port) string { return service(p.PortKey) }, true},
		{"range", func(p *flow.Port) string { return annotate.RangeOf(p.Port).String() }, true},
	}
	if v.Flows {
		list = append(list, column{"flows", v.flows, false})
	}
	if v.Flows && (v.Hosts || style.roomy()) {
		list = append(list, column{"clients",
			func(p *flow.Port) string { return distinct(p.Clients) }, false},
			column{"servers", func(p *flow.Port) string { return distinct(p.Servers) }, false})
	}
	list = append(list, column{"packets", func(p *flow.Port) string {
		return grouped(
			p.Total().Packets)
	}, false},
		column{"bytes", func(p *flow.Port) string { return grouped(p.Total().Bytes) }, false})
	if !v.Flows && style.roomy() {
		list = append(list, column{"to", func(p *flow.Port) string { return grouped(p.To.Packets) },
			false},
			column{"from", func(p *flow.Port) string { return grouped(p.From.Packets) }, false},
			column{"first", func(p *flow.Port) string { return clockTime(p.First) }, false},
			column{"last", func(p *flow.Port) string { return clockTime(p.Last) }, false})
	}
	if v.saysAny() {
		list = append(list, column{payloadHead, v.says, true})
	}
	list = append(list, column{"share", func(p *flow.Port) string {
		return percent(
			p.Total().Packets, v.Total.Packets)
	}, false})
	if v.Processes != nil {
		processes := v.processes()
		list = append(list, column{processHead,
			func(p *flow.Port) string { return portProcessesText(processes[p.PortKey]) }, true})
	}
	return append(list, column{"", func(*flow.Port) string { return "" }, true})
}

// flows is a port's number of flows: at most so many where some were evicted, as one that went on
// later counts again.
func (v *PortView) flows(p *flow.Port) string { return v.atMost(p.Flows) }

func (v *PortView) atMost(flows uint64) string {
	if v.Evicted.Flows > 0 {
		return "<=" + grouped(flows)
	}
	return grouped(flows)
}

// bars fills the last column, as wide as there is room, with each row's share of all packets.
func (v *PortView) bars(rows [][]string, header []string, style Style) {
	room := shareWidth
	if v.Buckets != nil {
		room = sparkWidth
	}
	if style.Width > 0 {
		room = min(room, style.Width-tableWidth(rows, header)-gap)
	}
	if room < least || v.Total.Packets == 0 {
		return
	}
	if v.Buckets != nil {
		v.sparks(rows, header, style)
		return
	}
	for i := range v.Ports {
		rows[i][len(header)-1] = bar(v.Ports[i].Total().Packets, v.Total.Packets, room,
			style.Unicode)
	}
}
