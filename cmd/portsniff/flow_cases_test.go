package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// A flowCase is what a command says of an input from a public bug report.
type flowCase struct {
	file, command string
	want          []string // in this order
	never         []string
}

// flowCases are the states of connections on the same ports and of hosts' ports, as RFC 9293 and
// the captures have them.
func flowCases() []flowCase {
	const page = "report -o - -r"
	return []flowCase{
		{"reuse_three.pcap", "flows -r", []string{"closed ", "closed ", "established ", "3 flows"},
			nil},
		{"reuse_three.pcap", "flows --format json -r",
			[]string{`"state":"closed"`, `"first_frame":1,`, `"state":"closed"`, `"first_frame":7,`,
				`"state":"established"`, `"first_frame":13,`, `"flows":3`}, nil},
		{"reuse_three.pcap", "flows --format csv -r", []string{",closed,", ",closed,",
			",established,"}, nil},
		{"reuse_three.pcap", "ports --wide --format json -r", []string{`"flows":3,`}, nil},
		{"reuse_three.pcap", page, []string{`"state":"closed"`, `"first_frame":1,`,
			`"state":"closed"`, `"first_frame":7,`, `"state":"established"`, `"first_frame":13,`}, nil},
		{"reuse_three.pcap", "explain --compare 1,8 -r", []string{"belong to two connections"},
			[]string{"change places"}},
		{"reuse_three.pcap", "explain --compare 7,8 -r", []string{"change places"},
			[]string{"two connections"}},
		{"hosts_latefin.pcap", "flows --format csv -r", []string{",fin,", ",refused,"},
			[]string{",reset,"}},
		{"hosts_challenge.pcap", "flows --format csv -r", []string{",reset,"},
			[]string{",refused,"}},

		{"hosts_latefin.pcap", "services -r", []string{"198.51.100.2 80/tcp http closed RST 3 1"},
			[]string{"open"}},
		{"hosts_latefin.pcap", "services --format json -r",
			[]string{`"state":"closed","evidence":"RST","frame":3,"flows":1`}, nil},
		{"hosts_latefin.pcap", "services --format csv -r", []string{",closed,RST,3,1,"}, nil},
		{"hosts_challenge.pcap", "services -r", []string{"80/tcp http unfiltered other answer 2 1"},
			[]string{"open", "SYN-ACK"}},
		{"hosts_challenge.pcap", "services --open --format json -r", nil, []string{"host"}},
		{"sctp_abort.pcap", "services -r", []string{"2905/sctp m3ua closed ABORT 2 2"},
			[]string{"open", "filtered"}},
		{"mid_then_syn.pcap", "services -r", []string{"198.51.100.2 60000/tcp - open SYN-ACK 6 1"},
			nil},
		{"split_hs.pcap", "services -r", []string{"198.51.100.2 80/tcp http unfiltered"},
			[]string{" open", "SYN-ACK"}},
		{"split_hs.pcap", "services --format csv -r", []string{",unfiltered,other answer,2,"},
			[]string{",open,", "SYN-ACK"}},
	}
}

// TestFlowCases tries them, with any number of blanks as one.
func TestFlowCases(t *testing.T) {
	root := corpustest.Cases(t)
	for _, c := range flowCases() {
		file := filepath.Join(root, c.file)
		out, stderr, err := explained(t, file, append(strings.Fields(c.command), file))
		left := strings.Join(strings.Fields(out), " ")
		for _, bad := range c.never {
			if strings.Contains(left, bad) {
				t.Errorf("%s %s: %q in\n%s", c.command, c.file, bad, out)
			}
		}
		for _, w := range c.want {
			_, after, ok := strings.Cut(left, w)
			if left = after; err != nil || !ok {
				t.Fatalf("%s %s: %v %s: no %q in\n%.5000s", c.command, c.file, err, stderr, w, out)
			}
		}
	}
}
