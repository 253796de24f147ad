package selection

import (
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// falseNegatives counts the packets that a capture filter misses. They have a port that the filter
// names, and the filter would match if its terms examined all decoded headers. Packets that the
// filter excludes on purpose do not count.
type falseNegatives struct {
	*decodedFilter
	decoder  flow.Decoder // separate, so that counting has no side effects
	ports    []filter.PortSpan
	quick    decode.Quick
	count    int64
	places   [places]int64 // these packets by the place of their port
	excluded int64         // packets with a named port that the filter excludes on purpose
}

// A place says where a port is that a filter misses.
type place uint8

// Places of ports. A later one has precedence.
const (
	elsewhere place = iota
	afterTags
	inTunnels
	inFragments
	places
)

var placeNames = [places]string{elsewhere: "elsewhere", afterTags: "after tags",
	inTunnels: "in tunnels", inFragments: "in later fragments"}

// newFalseNegatives returns nil if the filter names no port.
func newFalseNegatives(f *CaptureFilter) *falseNegatives {
	if f == nil {
		return nil
	}
	// The link types of the input are unknown. Every supported link type has the same ports.
	for _, link := range filter.LinkTypes() {
		p, err := filter.Compile(f.Expr, f.options(link))
		if err == nil && len(p.Ports()) > 0 {
			return &falseNegatives{decodedFilter: newDecodedFilter(f), ports: p.Ports()}
		}
	}
	return nil
}

// packet counts the next packet. matched is the result of the filter.
func (n *falseNegatives) packet(r *capture.Record, matched bool) {
	if n.quick.Decode(r.Link, r.Data, int(r.Length)) && (matched || !n.named(&n.quick)) {
		return
	}
	d := n.decoder.Decode(r)
	if matched || !n.hasPort(d) {
		return
	}
	if n.match(d, r.Data, int(r.Length)) {
		n.count++
		n.places[n.place(d)]++
		return
	}
	n.excluded++
}

// named reports whether the filter names a port that the quick decoder found.
func (n *falseNegatives) named(q *decode.Quick) bool {
	return q.Proto != decode.ProtoNone && n.names(q.Src, q.Dst)
}

// names reports whether the filter names one of two ports.
func (n *falseNegatives) names(src, dst uint16) bool {
	for _, s := range n.ports {
		if s.Low <= src && src <= s.High || s.Low <= dst && dst <= s.High {
			return true
		}
	}
	return false
}

// place returns the place of a port that the filter names.
func (n *falseNegatives) place(d *decode.Packet) (where place) {
	for i := range d.Ports {
		p := &d.Ports[i]
		if p.Quoted || !n.names(p.Src, p.Dst) {
			continue
		}
		at := elsewhere
		switch ip, before := headersBefore(d, p.Layer); {
		case p.InheritedFrom != 0:
			at = inFragments
		case ip > 1:
			at = inTunnels
		case before > 1:
			at = afterTags
		}
		where = max(where, at)
	}
	return where
}

// headersBefore returns the numbers of IP headers before a layer, and of headers before the first
// one.
func headersBefore(d *decode.Packet, layer int) (ip, before int) {
	for i := range d.Layers[:min(max(layer, 0), len(d.Layers))] {
		switch d.Layers[i].ID {
		case decode.IDIPv4, decode.IDIPv6:
			ip++
		default:
			if ip == 0 {
				before++
			}
		}
	}
	return ip, before
}

// hasPort reports whether the packet has one of the filter's ports.
func (n *falseNegatives) hasPort(d *decode.Packet) bool {
	for i := range d.Ports {
		if p := &d.Ports[i]; !p.Quoted && n.names(p.Src, p.Dst) {
			return true
		}
	}
	return false
}

// report writes how many packets the filter missed, where their ports are, and how to select them.
func (n *falseNegatives) report(w io.Writer) {
	where := ""
	for at := places; at > 0; at-- {
		if k := n.places[at-1]; k > 0 {
			where += fmt.Sprintf(", %d %s", k, placeNames[at-1])
		}
	}
	if where != "" {
		where = ": " + where[len(", "):]
	}
	term.Notice(w, "the filter missed %s that --where '%s' would have kept%s",
		textutil.Plural(uint64(n.count), "packet"), n.where(), where)
}

// explain writes why the filter matched nothing.
func (n *falseNegatives) explain(w io.Writer) {
	switch {
	case n.count > 0:
		n.report(w)
	case n.excluded > 0:
		term.Notice(w, "%s such a port, but the rest of the filter excludes them",
			have(n.excluded))
	default:
		term.Notice(w, "no packet has such a port, not even in a tunnel or fragment")
	}
}

func have(n int64) string {
	if n == 1 {
		return "1 packet has"
	}
	return textutil.Plural(uint64(n), "packet") + " have"
}

// where returns an expression that finds the filter's ports in all decoded headers.
func (n *falseNegatives) where() string {
	var terms []string
	for _, s := range n.ports {
		term := fmt.Sprintf("port == %d", s.Low)
		if s.Low != s.High {
			term = fmt.Sprintf("port in %d..%d", s.Low, s.High)
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, " or ")
}
