package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// missed counts the packets with a port that a capture filter names which the filter did not let through, and would have if its words for ports, hosts
// and protocols found them wherever decoding does. What the filter leaves out on purpose is not missed. It decodes every packet on its own, so that
// counting changes nothing else.
type missed struct {
	walked
	from     *selection
	programs map[linktype.Type]*filter.Program // nil where the filter can't be had for that link type
	ports    []filter.PortSpan
	seen     filter.Seen
	count    int64
}

// newMissed is nil where the filter names no port.
func newMissed(s *selection) *missed {
	if s == nil {
		return nil
	}
	// What link types there are is yet to be seen; whichever has all the words will do to learn the ports.
	for _, link := range filter.LinkTypes() {
		p, err := filter.Compile(s.expr, s.options(link))
		if err == nil && len(p.Ports()) > 0 {
			return &missed{walked: newWalked(), from: s, programs: map[linktype.Type]*filter.Program{}, ports: p.Ports()}
		}
	}
	return nil
}

// see takes a packet, and whether the filter let it through.
func (m *missed) see(r *capture.Record, number int64, passed bool) {
	m.walk(r, number)
	if passed || !m.has() {
		return
	}
	p, ok := m.programs[r.Link]
	if !ok {
		opt := m.from.options(r.Link)
		opt.Seen = true
		var err error
		if p, err = filter.Compile(m.from.expr, opt); err != nil {
			p = nil // for the reason that the selection has, which counts these packets as left out
		}
		m.programs[r.Link] = p
	}
	if p != nil && p.MatchSeen(r.Data, int(r.Length), m.facts()) {
		m.count++
	}
}

// has tells whether the packet has one of the ports.
func (m *missed) has() bool {
	for _, p := range m.packet.Ports {
		for _, s := range m.ports {
			if !p.Quoted && (s.Low <= p.Src && p.Src <= s.High || s.Low <= p.Dst && p.Dst <= s.High) {
				return true
			}
		}
	}
	return false
}

// languageWords are the headers that the filter language has another word for than decoding.
var languageWords = map[decode.ID]string{decode.IDIPv6: "ip6", decode.IDICMPv6: "icmp6"}

// facts puts what was decoded of the packet into the words of filters. What an ICMP error quotes is another packet's.
func (m *missed) facts() *filter.Seen {
	s := &m.seen
	*s = filter.Seen{Ports: s.Ports[:0], Addrs: s.Addrs[:0], Protos: s.Protos[:0]}
	for _, p := range m.packet.Ports {
		if !p.Quoted {
			s.Ports = append(s.Ports, filter.SeenPorts{Proto: p.Proto.String(), Src: p.Src, Dst: p.Dst})
			s.Protos = append(s.Protos, p.Proto.String()) // also where the header is in another fragment
		}
	}
	for i, l := range m.packet.Layers {
		if l.Quoted {
			continue
		}
		word, ok := languageWords[l.ID]
		if !ok {
			word = l.ID.String()
		}
		s.Protos = append(s.Protos, word)
		if l.ID == decode.IDIPv4 || l.ID == decode.IDIPv6 {
			src, dst := m.packet.Addrs(i)
			s.Addrs = append(s.Addrs, filter.SeenAddrs{Src: src, Dst: dst})
		}
	}
	return s
}

// report says how many there were, and how to see them.
func (m *missed) report(w io.Writer) {
	var terms []string
	for _, s := range m.ports {
		term := fmt.Sprintf("port == %d", s.Low)
		if s.Low != s.High {
			term = fmt.Sprintf("port in %d..%d", s.Low, s.High)
		}
		terms = append(terms, term)
	}
	fmt.Fprintf(w, "portsniff: the filter missed %s that --where '%s' would have kept\n", plural(uint64(m.count)), strings.Join(terms, " or "))
}
