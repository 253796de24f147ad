package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/filter"
)

// missed counts the packets that a capture filter did not let through although they have a port that it names. It decodes every packet on its
// own, so that counting changes nothing else.
type missed struct {
	walked
	ports []filter.PortSpan
	count int64
}

// newMissed is nil where the filter names no port.
func newMissed(s *selection) *missed {
	if s == nil {
		return nil
	}
	// What link types there are is yet to be seen; whichever has all the words will do to learn the ports.
	for _, link := range filter.LinkTypes() {
		p, err := filter.Compile(s.expr, s.options(capture.LinkType(link)))
		if err == nil && len(p.Ports()) > 0 {
			return &missed{walked: newWalked(), ports: p.Ports()}
		}
	}
	return nil
}

// see takes a packet, and whether the filter let it through.
func (m *missed) see(r *capture.Record, number int64, passed bool) {
	m.walk(r, number)
	if !passed && m.has() {
		m.count++
	}
}

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
