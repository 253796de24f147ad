package corpustest_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// tsharkNames maps a payload's name to tshark's names, where they are different.
var tsharkNames = map[string]string{"dns": "dns mdns llmnr", "dhcp": "dhcp bootp", "pop3": "pop",
	"smb": "smb smb2", "rfb": "vnc", "postgresql": "pgsql",
	"stun": "stun classicstun"}

// otherPayloads are reviewed flows of the corpus in which tshark does not find the recognized
// protocol. The keys are the capture, the payload and the first frame.
var otherPayloads = map[string]string{
	"ntop+nDPI/tests/cfgs/default/pcap/fuzz-2006-06-26-2594.pcap sip 223": "an INVITE in " +
		"whose first line a fuzzer has changed the version",
	"OISF+suricata-verify/tests/bug-2512/sample_10.62.112.41_62227.pcap tls 1": "a ServerHello: " +
		"the proxy's answer to CONNECT, which went before it, was not captured",
	"OISF+suricata-verify/tests/llmnr/llmnr-tcp-reassembly/input.pcap dns 1": "LLMNR over TCP " +
		"has DNS's form, RFC 4795 section 2.1; tshark knows it over UDP only",
	"arkime+arkime/tests/pcap/arkime_synthetic.pcap http2 308": "HTTP/2's " +
		"preface in plain text on port 443, where tshark expects TLS",
}

// corpusPayloads is the minimum number of flows of the corpus with a recognized payload.
const corpusPayloads = 800

// A stream is the set of protocols that tshark finds in the frames of a flow.
type stream map[string]bool

// has reports whether tshark finds the protocol of a payload.
func (s stream) has(p annotate.Payload) bool {
	names := tsharkNames[p.String()]
	if names == "" {
		names = p.String()
	}
	return slices.ContainsFunc(strings.Fields(names), func(name string) bool { return s[name] })
}

// plainStreams counts the packets of a capture with one transport header that is neither quoted nor
// inherited. It returns the table, and tshark's protocols by flow.
func plainStreams(t *testing.T, path string, rows []tsharkRow) (*flow.Table, map[flow.Key]stream) {
	t.Helper()
	table, streams := flow.NewTable(flow.Options{}), map[flow.Key]stream{}
	eachPacket(t, path, func(p *capture.Packet) {
		var d decode.Packet
		r := p.Record()
		d.Decode(r.Link, r.Data, int(r.Length))
		if p.Number > int64(len(rows)) || len(d.Ports) != 1 || d.Ports[0].Quoted ||
			len(rows[p.Number-1].transports) != 1 {
			return
		}
		table.Add(&d, r.Length, r.Nanos, p.Number)
		row, q := &rows[p.Number-1], &d.Ports[0]
		src, dst := d.Addrs(q.Net)
		k, _ := flow.KeyOf(q.Proto, flow.Endpoint{Addr: src, Port: q.Src},
			flow.Endpoint{Addr: dst, Port: q.Dst})
		if streams[k] == nil {
			streams[k] = stream{}
		}
		for _, protocol := range row.protocols[row.at[0]+1:] {
			streams[k][protocol] = true
		}
	})
	return table, streams
}

// A portSaid is a payload of the flows that count for a port.
type portSaid struct {
	flow.PortKey
	payload annotate.Payload
}

// TestCorpusPayloads compares the first payloads in the table per port with the protocols that
// tshark finds in the same flows. tshark must find each recognized protocol of real captures, and
// the number of flows per port must be correct.
func TestCorpusPayloads(t *testing.T) {
	root, all, met := corpusFolder(t), uint64(0), map[string]bool{}
	for _, name := range corpusFiles(t, root) {
		table, streams := plainStreams(t, filepath.Join(root, "files", name),
			tsharkRows(t, filepath.Join(root, "oracle", name+".tsv")))
		want, got := map[portSaid]uint64{}, map[portSaid]uint64{}
		for f := range table.Recognized(func(flow.PortKey, annotate.Payload) bool { return true }) {
			port := f.ServicePort()
			for _, p := range slices.Compact([]annotate.Payload{f.Payloads[flow.A],
				f.Payloads[flow.B]}) {
				flowName := fmt.Sprintf("%s %s %d", name, p, f.FirstFrame)
				met[flowName] = true
				if p == annotate.NoPayload || !streams[f.Key].has(p) &&
					otherPayloads[flowName] == "" {
					continue
				}
				want[portSaid{port, p}]++
			}
		}
		for _, p := range table.Ports() {
			for _, s := range p.Payloads {
				got[portSaid{p.PortKey, s.Payload}] = s.Flows
				all += s.Flows
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, tshark finds %v", name, got, want)
		}
	}
	for name := range otherPayloads {
		if !met[name] {
			t.Errorf("%s is not in the corpus any more", name)
		}
	}
	if all < corpusPayloads {
		t.Errorf("only %d flows are recognized", all)
	}
	t.Logf("%d flows of a port are recognized", all)
}
