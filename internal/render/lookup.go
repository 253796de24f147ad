package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A Lookup is a query for a port or a name, and its result.
type Lookup struct {
	Query string
	annotate.Found
}

// LookupSchema names the schema of a match's JSON object.
const LookupSchema = "portsniff.lookup/1"

// A lookupRow is a match with its query.
type lookupRow struct {
	query string
	annotate.Match
}

// A Lookups is a list of queries and their results.
type Lookups []Lookup

// Write writes the matches as text, or as one row for each match.
func (found Lookups) Write(w io.Writer, f Format, style Style) error {
	if f == FormatText {
		return lookupText(w, found, style)
	}
	var rows []lookupRow
	for _, x := range found {
		for _, m := range x.Matches {
			rows = append(rows, lookupRow{x.Query, m})
		}
	}
	t := &Table[lookupRow]{Schema: LookupSchema, Columns: lookupColumns(), Rows: Rows(rows)}
	return t.Write(w, f, style)
}

func lookupColumns() []Column[lookupRow] {
	type row = lookupRow
	return []Column[row]{
		words("query", func(r *row) string { return r.query }),
		words("match", func(r *row) string { return r.Kind.String() }),
		dataOnly("port", func(c *Cell, r *row) { c.Port(r.Port) }),
		dataOnly("port_high", func(c *Cell, r *row) { c.Port(r.High) }),
		words("proto", func(r *row) string { return r.Proto.String() }),
		words("service", func(r *row) string { return r.Name }),
		words("everyday", func(r *row) string { return r.Alias }),
		words("description", func(r *row) string { return r.Description }),
		words("range", func(r *row) string { return annotate.RangeOf(r.Port).String() }),
		dataOnly("ephemeral", func(c *Cell, r *row) {
			var systems []string
			for _, e := range annotate.EphemeralIn(r.Port) {
				systems = append(systems, e.OS)
			}
			c.List(systems, ", ")
		}),
	}
}

// lookupText writes the matches as text.
func lookupText(w io.Writer, found []Lookup, style Style) error {
	var b strings.Builder
	for i, f := range found {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(textutil.Wrap(lookupHead(f), style.Width, "  ") + "\n")
		var ports, label int
		for _, m := range f.Matches {
			ports, label = max(ports, len(portsProto(m))), max(label, len(m.Label()))
		}
		for _, m := range f.Matches {
			lookupMatch(&b, m, ports, label, style)
		}
		if f.More > 0 {
			fmt.Fprintf(&b, "  ... and %s more\n", style.number(uint64(f.More)))
		}
		if f.ByNumber && f.Low == f.High {
			lookupNotes(&b, f.Low, style)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// lookupHead returns the query, and whether such a service exists.
func lookupHead(f Lookup) string {
	query := textutil.Escape(f.Query)
	switch {
	case f.ByNumber && f.Low == f.High:
		low, high := annotate.RangeOf(f.Low).Bounds()
		return fmt.Sprintf("port %d: %s, %d-%d", f.Low, annotate.RangeOf(f.Low).Name(), low, high)
	case f.ByNumber:
		return fmt.Sprintf("ports %d-%d:", f.Low, f.High)
	case len(f.Matches) == 0:
		return query + ": no service has that name or a similar one"
	case f.Matches[0].Kind == annotate.Near:
		return query + ": no service has that name; similar names:"
	}
	return query + ":"
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

// portsProto returns a match's port or port range, and the protocol.
func portsProto(m annotate.Match) string {
	ports := port(m.Port)
	if m.High > m.Port {
		ports += "-" + port(m.High)
	}
	return ports + "/" + m.Proto.String()
}

// lookupNotes lists the systems that use a port for clients.
func lookupNotes(b *strings.Builder, n uint16, style Style) {
	var names []string
	for _, e := range annotate.EphemeralIn(n) {
		names = append(names, fmt.Sprintf("%s (%d-%d)", e.OS, e.Low, e.High))
	}
	if len(names) > 0 {
		const head = "  given to clients as an ephemeral port by:"
		fmt.Fprintf(b, "%s\n    %s\n", textutil.Wrap(head, style.Width, "  "),
			strings.Join(names, "\n    "))
	}
}
