package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A Lookup is a question about a port or a name, and what was found.
type Lookup struct {
	Query string
	annotate.Found
}

// LookupSchema names the form of a match's JSON object.
const LookupSchema = "portsniff.lookup/1"

type jsonLookup struct {
	Schema      string   `json:"schema"`
	Query       string   `json:"query"`
	Match       string   `json:"match"`
	Port        uint16   `json:"port"`
	PortHigh    uint16   `json:"port_high"`
	Proto       string   `json:"proto"`
	Service     string   `json:"service"`
	Everyday    string   `json:"everyday"`
	Description string   `json:"description"`
	Range       string   `json:"range"`
	Ephemeral   []string `json:"ephemeral"`
}

func lookupRows(found []Lookup) (rows []jsonLookup) {
	for _, f := range found {
		for _, m := range f.Matches {
			row := jsonLookup{LookupSchema, f.Query, m.Kind.String(), m.Port, m.High,
				m.Proto.String(), m.Name, m.Alias, m.Description, annotate.RangeOf(m.Port).String(),
				[]string{}}
			for _, e := range annotate.EphemeralIn(m.Port) {
				row.Ephemeral = append(row.Ephemeral, e.OS)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// LookupJSON writes what was found as JSON, an object a match.
func LookupJSON(w io.Writer, found []Lookup) error { return JSONLines(w, lookupRows(found)) }

// LookupCSV writes what was found as CSV under a header line.
func LookupCSV(w io.Writer, found []Lookup) error {
	rows := [][]string{{"query", "match", "port", "port_high", "proto", "service", "everyday",
		"description", "range", "ephemeral"}}
	for _, r := range lookupRows(found) {
		rows = append(rows, []string{r.Query, r.Match, port(r.Port), port(r.PortHigh), r.Proto,
			r.Service, r.Everyday, r.Description, r.Range, strings.Join(r.Ephemeral, ", ")})
	}
	return CSV(w, rows)
}

// LookupText writes what was found for people.
func LookupText(w io.Writer, found []Lookup, style Style) error {
	var b strings.Builder
	for i, f := range found {
		if i > 0 {
			b.WriteByte('\n')
		}
		lookupHead(&b, f)
		var ports, label int
		for _, m := range f.Matches {
			ports, label = max(ports, len(portsProto(m))), max(label, len(m.Label()))
		}
		for _, m := range f.Matches {
			lookupMatch(&b, m, ports, label, style)
		}
		if f.More > 0 {
			fmt.Fprintf(&b, "  ... and %s more\n", grouped(uint64(f.More)))
		}
		if f.ByNumber && f.Low == f.High {
			lookupNotes(&b, f.Low)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func lookupHead(b *strings.Builder, f Lookup) {
	switch {
	case f.ByNumber && f.Low == f.High:
		low, high := annotate.RangeOf(f.Low).Bounds()
		fmt.Fprintf(b, "port %d: %s, %d-%d\n", f.Low, annotate.RangeOf(f.Low).Name(), low, high)
	case f.ByNumber:
		fmt.Fprintf(b, "ports %d-%d:\n", f.Low, f.High)
	case len(f.Matches) == 0:
		fmt.Fprintf(b, "%s: no service has that name, nor one like it\n", textutil.Escape(f.Query))
	case f.Matches[0].Kind == annotate.Near:
		fmt.Fprintf(b, "%s: no service has that name; these are near\n", textutil.Escape(f.Query))
	default:
		fmt.Fprintf(b, "%s:\n", textutil.Escape(f.Query))
	}
}

// lookupMatch writes a service's line: port and protocol, name, description.
func lookupMatch(b *strings.Builder, m annotate.Match, ports, label int, style Style) {
	if m.Label() == "" {
		proto := ""
		if m.Proto != decode.ProtoNone {
			proto = " for " + m.Proto.String()
		}
		fmt.Fprintf(b, "  no service is registered%s\n", proto)
		return
	}
	name := fmt.Sprintf("%-*s", ports, portsProto(m))
	text := fmt.Sprintf("  %-*s  %s", label, m.Label(), textutil.Escape(m.Description))
	if over := len("  ") + len(name) + len([]rune(text)) - style.Width; style.Width > 0 &&
		over > 0 {
		text, _ = style.clip(text, over)
	}
	b.WriteString("  " + string(style.add(nil, paintPort, name)) + strings.TrimRight(text, " ") +
		"\n")
}

// portsProto writes a match's port, or its ports from the first to the last, and the protocol.
func portsProto(m annotate.Match) string {
	ports := port(m.Port)
	if m.High > m.Port {
		ports += "-" + port(m.High)
	}
	return ports + "/" + m.Proto.String()
}

// lookupNotes says of one port who hands it out to clients.
func lookupNotes(b *strings.Builder, n uint16) {
	var names []string
	for _, e := range annotate.EphemeralIn(n) {
		names = append(names, fmt.Sprintf("%s (%d-%d)", e.OS, e.Low, e.High))
	}
	if len(names) > 0 {
		fmt.Fprintf(b, "  handed out to clients as an ephemeral port by:\n    %s\n",
			strings.Join(names, "\n    "))
	}
}
