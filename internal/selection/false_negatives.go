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
	"github.com/portsniff/portsniff/linktype"
)

// falseNegatives counts the packets that a capture filter misses: they have a port that the filter
// names, and the filter would match if its words for ports, hosts and protocols looked wherever
// decoding looks. Packets that the filter excludes on purpose do not count.
type falseNegatives struct {
	decoder  flow.Decoder // its own, so that counting changes nothing else
	from     *CaptureFilter
	programs map[linktype.Type]*filter.Program // nil if the filter does not suit the link type
	ports    []filter.PortSpan
	seen     filter.Decoded
	count    int64
}

// newFalseNegatives returns nil if the filter names no port.
func newFalseNegatives(f *CaptureFilter) *falseNegatives {
	if f == nil {
		return nil
	}
	// The link types of the input are not known yet. Any that suits the filter shows the ports.
	for _, link := range filter.LinkTypes() {
		p, err := filter.Compile(f.Expr, f.options(link))
		if err == nil && len(p.Ports()) > 0 {
			return &falseNegatives{from: f,
				programs: map[linktype.Type]*filter.Program{}, ports: p.Ports()}
		}
	}
	return nil
}

// packet takes the next packet and whether the filter matched it.
func (n *falseNegatives) packet(r *capture.Record, matched bool) {
	d := n.decoder.Decode(r)
	if matched || !n.hasPort(d) {
		return
	}
	if p := n.program(r.Link); p != nil && p.MatchDecoded(r.Data, int(r.Length), n.facts(d)) {
		n.count++
	}
}

func (n *falseNegatives) program(link linktype.Type) *filter.Program {
	p, ok := n.programs[link]
	if !ok {
		opt := n.from.options(link)
		opt.Decoded = true
		var err error
		if p, err = filter.Compile(n.from.Expr, opt); err != nil {
			p = nil // the capture filter counts these packets as skipped
		}
		n.programs[link] = p
	}
	return p
}

// hasPort reports whether the packet has one of the filter's ports.
func (n *falseNegatives) hasPort(d *decode.Packet) bool {
	for _, p := range d.Ports {
		for _, s := range n.ports {
			src, dst := s.Low <= p.Src && p.Src <= s.High, s.Low <= p.Dst && p.Dst <= s.High
			if !p.Quoted && (src || dst) {
				return true
			}
		}
	}
	return false
}

// filterWords are the headers that the filter language names differently from package decode.
var filterWords = map[decode.ID]string{decode.IDIPv6: "ip6", decode.IDICMPv6: "icmp6"}

// facts converts what was decoded for the filter. A packet quoted in an ICMP error does not count.
func (n *falseNegatives) facts(d *decode.Packet) *filter.Decoded {
	s := &n.seen
	*s = filter.Decoded{Ports: s.Ports[:0], Addrs: s.Addrs[:0], Protos: s.Protos[:0]}
	for _, p := range d.Ports {
		if !p.Quoted {
			s.Ports = append(s.Ports, filter.DecodedPorts{Proto: p.Proto.String(), Src: p.Src,
				Dst: p.Dst})
			s.Protos = append(s.Protos, p.Proto.String()) // the header may be in another fragment
		}
	}
	for i, l := range d.Layers {
		if l.Quoted {
			continue
		}
		word, ok := filterWords[l.ID]
		if !ok {
			word = l.ID.String()
		}
		s.Protos = append(s.Protos, word)
		if l.ID == decode.IDIPv4 || l.ID == decode.IDIPv6 {
			src, dst := d.Addrs(i)
			s.Addrs = append(s.Addrs, filter.DecodedAddrs{Src: src, Dst: dst})
		}
	}
	return s
}

// report writes how many packets the filter missed and how to select them.
func (n *falseNegatives) report(w io.Writer) {
	var terms []string
	for _, s := range n.ports {
		term := fmt.Sprintf("port == %d", s.Low)
		if s.Low != s.High {
			term = fmt.Sprintf("port in %d..%d", s.Low, s.High)
		}
		terms = append(terms, term)
	}
	term.Notice(w, "the filter missed %s that --where '%s' would have kept",
		textutil.Plural(uint64(n.count), "packet"), strings.Join(terms, " or "))
}
