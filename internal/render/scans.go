package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/hosts"
)

// ScanSchema names the schema of a scan's JSON object.
const ScanSchema = "portsniff.scan/1"

// maxScans is the greatest number of scans that a text lists.
const maxScans = 20

// scansText lists scans, one per line, and the number of flows that did not fit in memory.
func scansText(list []hosts.Scan, left uint64, style Style) string {
	var b strings.Builder
	for i := range list[:min(len(list), maxScans)] {
		b.WriteString(style.wrap(ScanText(&list[i], style)))
	}
	b.WriteString(style.hidden(len(list)-min(len(list), maxScans), "scan"))
	if left > 0 {
		b.WriteString("in no scan (memory full): " + style.count(left, "flow") + "\n")
	}
	return b.String()
}

// ScanText describes a scan: "10.9.0.1 probed 599 ports on 1 host, 6 open (593 closed, from frame
// 812)".
func ScanText(s *hosts.Scan, style Style) string {
	ports := style.count(uint64(s.Ports), "port")
	if s.Ports == 1 {
		ports = "port " + portProto(s.Port)
	}
	var notes []string
	if s.Target.IsValid() {
		notes = append(notes, s.Target.String())
	}
	if s.Probes != max(s.Ports, s.Hosts) {
		notes = append(notes, style.number(uint64(s.Probes))+" in all")
	}
	for _, n := range []struct {
		n    int
		what string
	}{{s.Closed, "closed"}, {s.Filtered, "filtered"}} {
		if n.n > 0 {
			notes = append(notes, style.number(uint64(n.n))+" "+n.what)
		}
	}
	notes = append(notes, fmt.Sprintf("from frame %d", s.Frame))
	return fmt.Sprintf("%s probed %s on %s, %s open (%s)", s.Source, ports,
		style.count(uint64(s.Hosts), "host"), style.number(uint64(s.Open)),
		strings.Join(notes, ", "))
}

// writeScans writes a JSON object for each scan.
func writeScans(w io.Writer, list []hosts.Scan) error {
	type row = hosts.Scan
	number := func(key string, get func(s *row) int) Column[row] {
		return dataOnly(key, func(c *Cell, s *row) { c.ID(int64(get(s))) })
	}
	t := &Table[row]{Schema: ScanSchema, Rows: Rows(list), Columns: []Column[row]{
		dataOnly("source", func(c *Cell, s *row) { c.Addr(s.Source) }),
		number("ports", func(s *row) int { return s.Ports }),
		number("hosts", func(s *row) int { return s.Hosts }),
		dataOnly("port", func(c *Cell, s *row) {
			if s.Port == (flow.PortKey{}) {
				c.None()
				return
			}
			c.Port(s.Port.Port)
		}),
		dataOnly("proto", func(c *Cell, s *row) { c.Words(s.Port.Proto.String()) }),
		dataOnly("target", func(c *Cell, s *row) { c.Addr(s.Target) }),
		number("probes", func(s *row) int { return s.Probes }),
		number("open", func(s *row) int { return s.Open }),
		number("closed", func(s *row) int { return s.Closed }),
		number("filtered", func(s *row) int { return s.Filtered }),
		number("first_frame", func(s *row) int { return int(s.Frame) }),
		dataOnly("text", func(c *Cell, s *row) { c.Words(ScanText(s, Style{})) }),
	}}
	return t.json(w)
}
