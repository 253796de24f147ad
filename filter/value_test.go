package filter_test

import (
	"errors"
	"testing"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// TestNegativeIndex checks that a negative index finds the byte before the header on every link
// type, but nothing before the frame. The header's position may be constant or not. libpcap finds
// some of these only with its optimizer, and some only without it.
func TestNegativeIndex(t *testing.T) {
	packet := append(ipv4(6, 0, 2), "\x00\x50\x00\x35"...)
	packet[27] = 0x77 // the last byte of the options
	for link, head := range map[linktype.Type]string{linktype.Raw: "", linktype.IPv4: "",
		linktype.PPP: heads[linktype.PPP][0], linktype.SLL: heads[linktype.SLL][0]} {
		data := append([]byte(head), packet...)
		for expr, want := range map[string]bool{
			"tcp[-1] = 0x77": true, "tcp[-1] = 0": false, "tcp[-28] = 0x47": true,
			"tcp[-28:4] = 0x47000050": true, "tcp[0xffffffff] = 0x77": true,
			"tcp[0xffff] != 0": false, "tcp[0x10000] != 0": false,
			// this would be in the link header, which a computed position cannot reach
			"tcp[-29] >= 0": false,
			"ip[-1] >= 0":   len(head) > 0, "ip[-2:2] = 0x0800": link == linktype.SLL,
		} {
			p, err := filter.Compile(expr, filter.Options{Link: link})
			if err != nil && !errors.Is(err, filter.ErrNothing) {
				t.Errorf("%s: %v", expr, err)
				continue
			}
			if got := p != nil && p.Match(data, len(data)); got != want {
				t.Errorf("link type %d: %s: %v", link, expr, got)
			}
		}
	}
}
