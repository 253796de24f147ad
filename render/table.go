package render

import (
	"fmt"
	"io"
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

// PortTable writes the table per port, then what has no ports, and the total.
func PortTable(w io.Writer, t *flow.Table, style Style) error {
	header := []string{"port/proto", "service", "range", "flows", "packets", "bytes", "share", ""}
	var rows [][]string
	for _, p := range t.Ports() {
		n := p.Total()
		flows := grouped(p.Flows)
		if t.Full() {
			flows = ">=" + flows
		}
		rows = append(rows, []string{portProto(p.PortKey), service(p.PortKey), annotate.RangeOf(p.Port).String(), flows,
			grouped(n.Packets), grouped(n.Bytes), percent(n.Packets, t.Total.Packets), ""})
	}
	fit(rows, header, 1, style)
	bars(rows, header, t, style)
	if len(rows) > 0 {
		if err := writeTable(w, style, header, rows, 3, 4, 5, 6); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, summary(t))
	return err
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
func bars(rows [][]string, header []string, t *flow.Table, style Style) {
	room := shareWidth
	if style.Width > 0 {
		room = min(room, style.Width-tableWidth(rows, header)-gap)
	}
	if room < least || t.Total.Packets == 0 {
		return
	}
	for i, p := range t.Ports() {
		rows[i][len(header)-1] = bar(p.Total().Packets, t.Total.Packets, room, style.Unicode)
	}
}

// bar draws a share. A share above zero has a mark, however small it is.
func bar(n, of uint64, width int, unicode bool) string {
	if n == 0 || of == 0 {
		return ""
	}
	mark := "#"
	if unicode {
		mark = "█"
	}
	return strings.Repeat(mark, max(1, int(float64(n)/float64(of)*float64(width)+0.5)))
}

// summary tells the total, and what the table leaves out.
func summary(t *flow.Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s on the wire\n", count(t.Total.Packets, "packet"), count(t.Total.Bytes, "byte"))
	var reasons []string
	for r := decode.HasPorts + 1; r < decode.Reasons; r++ {
		if n := t.NoPorts[r]; n.Packets > 0 {
			reasons = append(reasons, r.String()+" "+grouped(n.Packets))
		}
	}
	if len(reasons) > 0 {
		fmt.Fprintf(&b, "without ports of their own: %s\n", strings.Join(reasons, ", "))
	}
	if t.Nested.Packets > 0 {
		fmt.Fprintf(&b, "in more than one row: %s of tunnels, by outer and inner ports\n", count(t.Nested.Packets, "packet"))
	}
	if t.Full() {
		fmt.Fprintf(&b, "flows that did not fit the table: %s counted by port alone\n", count(t.Untracked.Packets, "packet"))
	}
	return b.String()
}

// FlowTable writes the flows: client and server with the evidence, state, packets and bytes each way.
func FlowTable(w io.Writer, t *flow.Table, style Style) error {
	header := []string{"proto", "client", "server", "state", "by", "sent", "received", "bytes", "duration"}
	var rows [][]string
	for _, f := range t.Flows() {
		r := RolesOf(f)
		rows = append(rows, []string{f.Proto.String(), r.Client, r.Server, string(f.State()), string(r.Evidence),
			grouped(r.Sent.Packets), grouped(r.Received.Packets), grouped(f.Total().Bytes), duration(f)})
	}
	if style.Width > 0 && tableWidth(rows, header) > style.Width { // the times are the least of it
		header = header[:len(header)-1]
		for i := range rows {
			rows[i] = rows[i][:len(header)]
		}
	}
	if len(rows) > 0 {
		if err := writeTable(w, style, header, rows, 5, 6, 7, 8); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s\n%s", count(uint64(len(rows)), "flow"), summary(t))
	return err
}

// Roles are a flow's two ends by their part in it.
type Roles struct {
	ClientEnd, ServerEnd         flow.Endpoint
	ClientService, ServerService string // the name of a service at that end, or ""
	Client, Server               string // address and port, the name behind a slash, the range
	Evidence                     annotate.Evidence
	Sent, Received               flow.Count // by the client
}

// RolesOf tells which end of a flow is the client. Where nothing tells, the end that sent first stands in its place, and Evidence is empty.
func RolesOf(f *flow.Flow) Roles {
	facts := roleFacts(f.Proto, f.A.Port, f.B.Port, f.Facts)
	client, why := annotate.Decide(facts)
	a, b := annotate.Labels(facts)
	s := side(client)
	if s == flow.None {
		s = max(f.First, flow.A)
	}
	r := Roles{ClientEnd: f.Endpoint(s), ServerEnd: f.Endpoint(s.Other()), ClientService: a, ServerService: b, Evidence: why,
		Sent: f.From[s], Received: f.From[s.Other()]}
	if s == flow.B {
		r.ClientService, r.ServerService = b, a
	}
	r.Client, r.Server = endpoint(r.ClientEnd, r.ClientService), endpoint(r.ServerEnd, r.ServerService)
	return r
}

func endpoint(e flow.Endpoint, service string) string {
	s := hostPort(e.Addr) + port(e.Port)
	if service != "" {
		s += "/" + service
	}
	return s + " " + annotate.RangeOf(e.Port).Short()
}

// duration is the time from a flow's first to its latest packet, in seconds.
func duration(f *flow.Flow) string {
	if f.Start.IsZero() {
		return "-"
	}
	return strconv.FormatFloat(f.End.Sub(f.Start).Round(time.Microsecond).Seconds(), 'f', 3, 64) + " s"
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
