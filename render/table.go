package render

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/flow"
)

// Table writes rows of text under a header, cut at the style's width.
func Table(w io.Writer, style Style, header []string, rows [][]string) error {
	fit(rows, header, len(header)-1, style)
	return writeTable(w, style, header, rows)
}

// writeTable lays out rows under a header, columns apart by two blanks. right says which columns, counted from 0, are numbers.
func writeTable(w io.Writer, style Style, header []string, rows [][]string, right ...int) error {
	t := table.NewWriter()
	t.SetStyle(bare(style))
	var configs []table.ColumnConfig
	for _, n := range right {
		configs = append(configs, table.ColumnConfig{Number: n + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
	t.AppendHeader(row(header))
	for _, r := range rows {
		t.AppendRow(row(r))
	}
	for line := range strings.Lines(t.Render() + "\n") {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// bare is a table without lines.
func bare(style Style) table.Style {
	s := table.StyleDefault
	s.Options = table.OptionsNoBordersAndSeparators
	s.Box.PaddingLeft, s.Box.PaddingRight = "", "  "
	s.Format.Header = text.FormatDefault
	if style.Color {
		s.Color.Header = text.Colors{text.Bold}
	}
	return s
}

func row(cells []string) table.Row {
	r := make(table.Row, len(cells))
	for i, c := range cells {
		r[i] = c
	}
	return r
}

// A PortView is a table per port as it is to be shown.
type PortView struct {
	Ports []flow.Port
	flow.Totals
	Evicted flow.Evicted
	Flows   bool // flows were followed, so that their number and those of hosts are known
	Hosts   bool // tell the numbers of hosts, too, where the width leaves it open
	Hidden  int  // rows that are left out
	Buckets *flow.Buckets
	Holders *Holders // of a live capture that looks for processes, else nil
	Side    PortSide // with Holders
}

// roomyWidth is the width in columns from which tables have columns that they otherwise do without.
const roomyWidth = 100

func (s Style) roomy() bool { return s.Width <= 0 || s.Width >= roomyWidth }

// processHead names the column that tells whose a port's or a flow's ends are.
const processHead = "process"

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
		list = append(list, column{"clients", func(p *flow.Port) string { return distinct(p.Clients) }, false},
			column{"servers", func(p *flow.Port) string { return distinct(p.Servers) }, false})
	}
	list = append(list, column{"packets", func(p *flow.Port) string { return grouped(p.Total().Packets) }, false},
		column{"bytes", func(p *flow.Port) string { return grouped(p.Total().Bytes) }, false})
	if !v.Flows && style.roomy() {
		list = append(list, column{"to", func(p *flow.Port) string { return grouped(p.To.Packets) }, false},
			column{"from", func(p *flow.Port) string { return grouped(p.From.Packets) }, false},
			column{"first", func(p *flow.Port) string { return clockTime(p.First) }, false},
			column{"last", func(p *flow.Port) string { return clockTime(p.Last) }, false})
	}
	list = append(list, column{"share", func(p *flow.Port) string { return percent(p.Total().Packets, v.Total.Packets) }, false})
	if v.Holders != nil {
		holders := v.holders()
		list = append(list, column{processHead, func(p *flow.Port) string { return holders[p.PortKey].text() }, true})
	}
	return append(list, column{"", func(*flow.Port) string { return "" }, true})
}

// flows is a port's number of flows: at most so many where some were evicted, as one that went on later counts again.
func (v *PortView) flows(p *flow.Port) string {
	if v.Evicted.Flows > 0 {
		return "<=" + grouped(p.Flows)
	}
	return grouped(p.Flows)
}

// distinct is a number of hosts, marked where it is an estimate.
func distinct(d flow.Distinct) string {
	if d.About {
		return "~" + grouped(d.N)
	}
	return grouped(d.N)
}

// clockTime is a time of day in the local time zone, to the second.
func clockTime(nanos int64) string {
	if nanos == flow.NoTime {
		return "-"
	}
	return time.Unix(0, nanos).Format(time.TimeOnly)
}

// PortTable writes the table per port, then what has no ports, and the total.
func PortTable(w io.Writer, v *PortView, style Style) error {
	var header []string
	var right []int
	columns := v.columns(style)
	for i, c := range columns {
		header = append(header, c.head)
		if !c.left {
			right = append(right, i)
		}
	}
	rows := make([][]string, len(v.Ports))
	for i := range v.Ports {
		for _, c := range columns {
			rows[i] = append(rows[i], c.text(&v.Ports[i]))
		}
	}
	if v.Holders != nil {
		fit(rows, header, slices.Index(header, processHead), style)
	}
	fit(rows, header, 1, style)
	v.bars(rows, header, style)
	if len(rows) > 0 {
		if err := writeTable(w, style, header, rows, right...); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, hidden(v.Hidden, "port")+v.times()+v.Holders.leftText()+summary(&v.Totals, v.Evicted))
	return err
}

// hidden tells of rows that were left out.
func hidden(n int, what string) string {
	if n == 0 {
		return ""
	}
	return "and " + count(uint64(n), what) + " more\n"
}

func portProto(k flow.PortKey) string { return port(k.Port) + "/" + k.Proto.String() }

// service is the name that IANA has for a port, and the everyday one.
func service(k flow.PortKey) string {
	s, ok := annotate.Lookup(k.Proto, k.Port)
	if !ok {
		return "-"
	}
	return s.Label()
}

// shareWidth is the widest bar, in columns.
const shareWidth = 10

// fit shortens the cells of one column so that the rows fit the width.
func fit(rows [][]string, header []string, column int, style Style) {
	if style.Width <= 0 {
		return
	}
	over := tableWidth(rows, header) - style.Width
	if over <= 0 {
		return
	}
	widest := columnWidth(rows, header, column)
	keep := max(widest-over, len(header[column]), 2*least)
	for _, r := range rows {
		r[column], _ = style.clip(r[column], utf8.RuneCountInString(r[column])-keep)
	}
}

// gap is the number of blanks between columns.
const gap = 2

func tableWidth(rows [][]string, header []string) (n int) {
	for i := range header {
		if width := columnWidth(rows, header, i); width > 0 {
			n += width + gap
		}
	}
	return n - gap
}

func columnWidth(rows [][]string, header []string, column int) int {
	n := utf8.RuneCountInString(header[column])
	for _, r := range rows {
		n = max(n, utf8.RuneCountInString(r[column]))
	}
	return n
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
		rows[i][len(header)-1] = bar(v.Ports[i].Total().Packets, v.Total.Packets, room, style.Unicode)
	}
}

// bar draws a share. A share above zero has a mark, however small it is; one above the whole fills the bar.
func bar(n, of uint64, width int, unicode bool) string {
	if n == 0 || of == 0 {
		return ""
	}
	mark := "#"
	if unicode {
		mark = "█"
	}
	return strings.Repeat(mark, min(width, max(1, int(float64(n)/float64(of)*float64(width)+0.5))))
}

// summary tells the total, and what the table leaves out.
func summary(t *flow.Totals, evicted flow.Evicted) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s on the wire\n", count(t.Total.Packets, "packet"), count(t.Total.Bytes, "byte"))
	var reasons []string
	for r := decode.HasPorts + 1; r < decode.Reasons; r++ {
		if n := t.NoPorts[r]; n.Packets > 0 {
			reasons = append(reasons, r.String()+" "+grouped(n.Packets))
		}
	}
	if len(reasons) > 0 {
		b.WriteString(listed("without ports of their own: ", reasons))
	}
	if t.Nested.Packets > 0 {
		fmt.Fprintf(&b, "counted once for each of several transport headers: %s\n", count(t.Nested.Packets, "packet"))
	}
	if evicted.Flows > 0 {
		fmt.Fprintf(&b, "evicted for want of memory: %s with %s, still counted by port\n", count(evicted.Flows, "idle flow"), count(evicted.Packets, "packet"))
	}
	return b.String()
}

// listed writes a list behind a word on what it is, in as many lines of 80 columns as that takes.
func listed(what string, items []string) string {
	const columns, indent = 80, "  "
	text, room := what, columns-len(what)
	for i, item := range items {
		if i < len(items)-1 {
			item += ","
		}
		if room < len(item) && i > 0 {
			text, room = strings.TrimSuffix(text, " ")+"\n"+indent, columns-len(indent)
		}
		text += item + " "
		room -= len(item) + 1
	}
	return strings.TrimSuffix(text, " ") + "\n"
}

// grouped writes a number with a blank between thousands from five digits on, as the SI does.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	if n < 10_000 {
		return s
	}
	var out []byte
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			out = append(out, ' ')
		}
		out = append(out, s[i])
	}
	return string(out)
}

func count(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(n) + " " + what + "s"
}

func percent(n, of uint64) string {
	if of == 0 {
		return "-"
	}
	return strconv.FormatFloat(100*float64(n)/float64(of), 'f', 1, 64) + "%"
}
