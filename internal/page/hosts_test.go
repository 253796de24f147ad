package page_test

import (
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/page"
)

// TestHosts checks what the page shows about a host's port. According to tshark the samples contain
// a datagram to port 33434 and the ICMP error that rejects it, and a SYN to port 80 and its
// SYN-ACK.
func TestHosts(t *testing.T) {
	for _, c := range []struct {
		file, state, evidence string
		port                  int
		frame                 int64
	}{
		{"udp-closed", "closed", "ICMP port unreachable", 33434, 2},
		{"http", "open", "SYN-ACK", 80, 2},
		{"tcp-refused", "closed", "RST", 81, 2},
	} {
		frames := corpustest.ReadFrames(t, "../../pcaps", []string{"../../pcaps/" + c.file +
			".pcap"})
		d := parse(t, build(t, frames, page.Options{}).WriteJSON)
		if len(d.Services) != 1 {
			t.Errorf("%s: %+v", c.file, d.Services)
			continue
		}
		h := d.Services[0]
		if h.Host != "198.51.100.7" || h.Port != c.port || h.State != c.state ||
			h.Evidence != c.evidence || h.Frame != c.frame {
			t.Errorf("%s: %+v", c.file, h)
		}
		if len(d.Hosts) != 2 || d.Hosts[0].Flows != 1 { // tshark -z endpoints,ip
			t.Errorf("%s: %+v", c.file, d.Hosts)
		}
	}
}
