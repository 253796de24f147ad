package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// roomyWidth is the width in columns from which tables have columns that they otherwise do without.
const roomyWidth = 100

func (s Style) roomy() bool { return s.Width <= 0 || s.Width >= roomyWidth }

// processHead names the column that says whose a port's or a flow's ends are.
const processHead = "process"

// clockTime is a time of day in the local time zone, to the second.
func clockTime(nanos int64) string {
	if nanos == flow.NoTime {
		return "-"
	}
	return time.Unix(0, nanos).Format(time.TimeOnly)
}

// hidden says of rows that were left out.
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

// bar draws a share. A share above zero has a mark, however small it is; one above the whole fills
// the bar.
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

// summary says the total, and what the table leaves out.
func summary(t *flow.Totals, evicted flow.Evicted) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s on the wire\n", count(t.Total.Packets, "packet"),
		count(t.Total.Bytes, "byte"))
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
		fmt.Fprintf(&b, "counted once for each of several transport headers: %s\n",
			count(t.Nested.Packets, "packet"))
	}
	if evicted.Flows > 0 {
		fmt.Fprintf(&b, "evicted for want of memory: %s with %s, still counted by port\n",
			count(evicted.Flows, "idle flow"), count(evicted.Packets, "packet"))
	}
	return b.String()
}

// listed writes a list after a word on what it is, in as many lines of 80 columns as that takes.
func listed(what string, items []string) string {
	const columns, indent = 80, "  "
	var b strings.Builder
	b.WriteString(what)
	room := columns - len(what)
	for i, item := range items {
		if i < len(items)-1 {
			item += ","
		}
		switch {
		case i == 0:
		case room <= len(item):
			b.WriteString("\n" + indent)
			room = columns - len(indent)
		default:
			b.WriteByte(' ')
			room--
		}
		b.WriteString(item)
		room -= len(item)
	}
	return b.String() + "\n"
}

// grouped writes a number with a blank between thousands from five digits on, as the SI does.
func grouped(n uint64) string { return string(appendGrouped(nil, n)) }

// appendGrouped writes what grouped gives.
func appendGrouped(out []byte, n uint64) []byte {
	if n < 10_000 {
		return strconv.AppendUint(out, n, 10)
	}
	var room [20]byte
	s := strconv.AppendUint(room[:0], n, 10)
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			out = append(out, ' ')
		}
		out = append(out, digit)
	}
	return out
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
