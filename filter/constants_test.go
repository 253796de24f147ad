package filter_test

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// numberNames are the names of constants in pcap-filter(7).
const numberNames = `icmptype icmpcode icmp6type icmp6code tcpflags
	tcp-fin tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr
	icmp-echoreply icmp-unreach icmp-sourcequench icmp-redirect icmp-echo icmp-routeradvert
	icmp-routersolicit icmp-timxceed icmp-paramprob icmp-tstamp icmp-tstampreply icmp-ireq
	icmp-ireqreply icmp-maskreq icmp-maskreply
	icmp6-destinationunreach icmp6-packettoobig icmp6-timeexceeded icmp6-parameterproblem
	icmp6-echo icmp6-echoreply icmp6-multicastlistenerquery icmp6-multicastlistenerreportv1
	icmp6-multicastlistenerdone icmp6-routersolicit icmp6-routeradvert icmp6-neighborsolicit
	icmp6-neighboradvert icmp6-redirect icmp6-routerrenum icmp6-nodeinformationquery
	icmp6-nodeinformationresponse icmp6-ineighbordiscoverysolicit icmp6-ineighbordiscoveryadvert
	icmp6-multicastlistenerreportv2 icmp6-homeagentdiscoveryrequest
	icmp6-homeagentdiscoveryreply icmp6-mobileprefixsolicit icmp6-mobileprefixadvert
	icmp6-certpathsolicit icmp6-certpathadvert icmp6-multicastrouteradvert
	icmp6-multicastroutersolicit icmp6-multicastrouterterm`

// TestNamesOfNumbers checks that each name has exactly the number that tcpdump compiles it to.
func TestNamesOfNumbers(t *testing.T) {
	tool, compared := tcpdump(t), regexp.MustCompile(`jeq\s+#0x([0-9a-f]+)`)
	for _, name := range strings.Fields(numberNames) {
		expr := "len = " + name
		code, err := exec.Command(tool, "-y", "EN10MB", "-d", expr).Output()
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		m := compared.FindSubmatch(code)
		if m == nil {
			t.Fatalf("%s: tcpdump compares with nothing: %s", expr, code)
		}
		want, err := strconv.ParseUint(string(m[1]), 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		p, err := filter.Compile(expr, filter.Options{Link: linktype.Ethernet})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for n := range 256 {
			if p.Match(nil, n) != (n == int(want)) {
				t.Errorf("%s is not %d, or %d too", name, want, n)
			}
		}
	}
}
