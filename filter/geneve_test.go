package filter_test

import (
	"slices"
	"testing"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// TestGeneveOptions compares results after Geneve's options with tcpdump. RFC 8926 section 3.4:
// their length is in the low six bits of the first byte, in units of four bytes.
func TestGeneveOptions(t *testing.T) {
	tool := tcpdump(t)
	inner := ethernet(0x0800, ipv4(17, 0, 0), []byte{0x12, 0x34, 0, 53, 0, 8, 0, 0}).data
	var list []frame
	for words := range byte(4) {
		udp := []byte{0xd0, 0, 0x17, 0xc1, 0, 0, 0, 0} // to 6081
		header := []byte{words, 0, 0x65, 0x58, 0, 0, 10, 0}
		list = append(list, ethernet(0x0800, ipv4(17, 0, 0), udp, header,
			make([]byte, 4*int(words)), inner))
	}
	file := writeCapture(t, linktype.Ethernet, list)
	for expr, n := range map[string]int{"geneve and udp port 53": 4, "geneve 10 and ip": 4,
		"geneve and udp[2:2] = 53": 4, "geneve and arp": 0} {
		want, refused := selected(t, tool, file, expr)
		p, err := filter.Compile(expr, filter.Options{Link: linktype.Ethernet})
		if err != nil || refused != "" {
			t.Fatal(expr, err, refused)
		}
		if got := verdicts(p, list); !slices.Equal(got, want) || len(want) != n {
			t.Errorf("%s: frames %v, tcpdump selects %v, by hand there are %d", expr, got, want, n)
		}
	}
}
