package main

import (
	"compress/gzip"
	"encoding/base64"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// A flowCase is a command, an input from a public bug report, and parts of the expected output.
type flowCase struct {
	file, command string
	want          []string // in this order
	never         []string
}

// flowCases returns cases for the states of connections on the same ports and of hosts' ports. The
// expected states follow RFC 9293 and the captures.
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
			`"state":"closed"`, `"first_frame":7,`, `"state":"established"`,
			`"first_frame":13,`}, nil},
		{"reuse_three.pcap", "explain --compare 1,8 -r", []string{"belong to two connections"},
			[]string{"change places"}},
		{"reuse_three.pcap", "explain --compare 7,8 -r", []string{"change places"},
			[]string{"two connections"}},
		{"reuse_three.pcap", "flows -r", []string{" 1 tcp", " 2 tcp", " 3 tcp"}, nil},
		{"reuse_three.pcap", "flows --flow 2 -r", []string{" 2 tcp", "closed", "and 2 flows more"},
			[]string{" 1 tcp", "established"}},
		{"reuse_three.pcap", "flows --flow 2 --format json -r",
			[]string{`"flow":2,`, `"first_frame":7,`, `"hidden":2}`}, []string{`"first_frame":1,`}},
		{"reuse_three.pcap", "flows --flow 3 --top 1 --format csv -r", []string{",13,20", ",3"},
			[]string{",7,20"}},
		{"reuse_three.pcap", "--flow 2 -n -r", []string{"7 22:", "12 22:", "80/tcp", " 1 6 "},
			[]string{" 6 22", "13 00"}},
		{"reuse_three.pcap", "--flow 2 --format json -r", []string{`"frame":7,`, `"frame":12,`},
			[]string{`"frame":6,`, `"frame":13,`}},
		{"reuse_three.pcap", "--flow 3 --format csv -r", []string{" 13,20", " 14,20", " 15,20"},
			[]string{" 12,20"}},
		{"reuse_three.pcap", "explain --flow 3 -r", []string{"Frame 13:"}, nil},
		{"reuse_three.pcap", "ports --flow 3 --format json -r", []string{`"packets":3,`}, nil},
		{"reuse_three.pcap", "services --flow 3 -r", []string{"open SYN-ACK 14 1"}, nil},
		{"reuse_three.pcap", "tcp[tcpflags]=2 --flow 3 --format csv -r", []string{" 13,20"},
			[]string{" 14,20"}},

		{"hosts_latefin.pcap", "flows --format csv -r", []string{",fin,", ",refused,"},
			[]string{",reset,"}},
		{"hosts_challenge.pcap", "flows --format csv -r", []string{",reset,"},
			[]string{",refused,"}},

		{"elasti462.pcap", "flows --format csv -r",
			[]string{"192.0.2.1,1366,", "198.51.100.2,5601,", "well-known-use"},
			[]string{"HTTP/1"}},
		{"elasti462.pcap", "ports --format csv -r", []string{"5601,"},
			[]string{"1366", "bytes say", "contradict"}},
		{"sctp_mid.pcap", "flows --format csv -r",
			[]string{",9999,", "192.0.2.1,38412,", "registered-port"}, nil},
		{"sctp_mid.pcap", "ports --format csv -r", []string{"2905,", "36412,", "38412,"},
			[]string{"9999"}},
		{"ports-wide-source-port-20.pcap", "ports --wide --format csv -r", []string{"1790,"},
			[]string{",20,", "ftp-data"}},

		{"frag_reversed.pcap", "-n -r", []string{"1 22:", "ports are in frame 2: 192.0.2.1:15353",
			"53/udp", "1 2 132 100.0%"}, nil},
		{"frag_reversed.pcap", "--format json -r", []string{`"frame":1,`, `"src_port":15353`,
			`"inherited_from":2`, `"frame":2,`, `"inherited_from":0`}, nil},
		{"frag_reversed.pcap", "--where port==53 --format csv -r", []string{" 1,20", " 2,20"}, nil},
		{"frag_reversed.pcap", "flows --format csv -r",
			[]string{"udp,192.0.2.1,15353,", ",2,132,0,0,1,"}, nil},
		{"frag_reversed.pcap", "ports --format json -r", []string{`"packets":2,"bytes":132`}, nil},
		{"frag_reversed.pcap", "ports --jobs 2 --format json -r",
			[]string{`"packets":2,"bytes":132`}, nil},
		{"frag_reversed.pcap", page, []string{`"first_frame":1,`, "frame 2"}, nil},
		{"frag_reversed.pcap", "explain --frame 1 -r",
			[]string{"no ports", "15353 of 192.0.2.1, in frame 2"}, nil},
		{"frag_reuse.pcap", "--format csv -r",
			[]string{" 4,20", ",udp,192.0.2.1,15354,", ",123,"}, nil},
		{"frag_reuse.pcap", "flows --format csv -r", []string{",15353,", ",2,132,0,0,1,", ",15354,",
			",2,132,0,0,3,"}, nil},
		{"gap-fragment-id-reused-after-complete.pcap", "--format json -r",
			[]string{`"frame":4,`, `"src_port":2222`, `"inherited_from":3`}, nil},
		{"gap-fragment-id-reused-after-complete.pcap", "ports --side src --format csv -r",
			[]string{"1111,", "2222,"}, nil},
		{"frag_vlans.pcap", "--format csv -r",
			[]string{" 3,20", ",15353,", " 4,20", ",15354,"}, nil},
		{"frag_orders.pcap", "--format csv -r", []string{" 1,20", ",15353,", " 2,20",
			",15353,", " 4,20", "eth:ip,,,", " 5,20", "eth:ip,,,", " 6,20", "eth:ip,,,", " 7,20",
			",15353,", " 8,20", ",15353,", " 26,20", "udp,192.0.2.1,0,", " 27,20",
			"udp,192.0.2.1,0,"}, nil},

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

// unpacked returns the data of a page, and any other output unchanged.
func unpacked(t *testing.T, out string) string {
	t.Helper()
	_, after, ok := strings.Cut(out, `id="portsniff-data">`)
	if !ok {
		return out
	}
	text, _, _ := strings.Cut(after, "</script>")
	packed, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestFlowCases runs flowCases. It treats consecutive blanks as one.
func TestFlowCases(t *testing.T) {
	root := corpustest.Cases(t)
	for _, c := range flowCases() {
		file := filepath.Join(root, c.file)
		out, stderr, err := explained(t, file, append(strings.Fields(c.command), file))
		out = unpacked(t, out)
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
