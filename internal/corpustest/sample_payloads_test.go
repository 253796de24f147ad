package corpustest_test

import (
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
)

// services are the first payloads of the servers in the samples of many services, according to
// SOURCES.md: each port with the number of flows and tshark's name.
const services = "21/tcp 1 ftp, 22/tcp 1 ssh, 23/tcp 1 telnet, 25/tcp 1 smtp, 53/tcp 1 dns, " +
	"53/udp 1 dns, 80/tcp 1 http, 110/tcp 1 pop, 123/udp 2 ntp, 179/tcp 1 bgp, 443/tcp 1 tls"

// samplePayloads are the first payloads of the samples' innermost flows. No other sample has a
// recognized payload.
var samplePayloads = map[string]string{
	"bgp": "179/tcp 1 bgp", "dns": "53/udp 1 dns", "dns-tcp": "53/tcp 1 dns",
	"dns6": "53/udp 1 dns", "ephemeral-2049": "80/tcp 1 http", "ftp": "21/tcp 1 ftp",
	"geneve": "80/tcp 1 http", "gre": "80/tcp 2 http", "gtpu": "80/tcp 1 http",
	"http": "80/tcp 1 http", "http6": "80/tcp 1 http", "https": "443/tcp 1 tls",
	"https6": "443/tcp 1 tls", "ipv6-exthdrs": "80/tcp 1 http", "mpls": "80/tcp 1 http",
	"ntp": "123/udp 2 ntp", "pop3": "110/tcp 1 pop", "pppoe": "80/tcp 1 http",
	"services": services, "services-ipv6": services, "smtp": "25/tcp 1 smtp", "ssh": "22/tcp 1 ssh",
	"stack": "80/tcp 1 http", "telnet": "23/tcp 1 telnet",
	"teredo": "80/tcp 1 http", "tunnels": "80/tcp 2 http", "two-interfaces": "80/tcp 1 http",
	"vlan": "80/tcp 2 http", "vxlan": "53/udp 1 dns, 80/tcp 1 http",
}

// tsharkPayloads counts the streams by port in which tshark finds the protocols of a list. The list
// and the result have the format of samplePayloads.
func tsharkPayloads(t *testing.T, path, list string) string {
	t.Helper()
	args := []string{"-r", path, "-T", "fields", "-E", "occurrence=l"}
	for _, field := range []string{"frame.protocols", "tcp.stream", "udp.stream", "tcp.srcport",
		"tcp.dstport", "udp.srcport", "udp.dstport"} {
		args = append(args, "-e", field)
	}
	out, err := exec.Command(corpustest.Tool(t, "tshark"), args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]bool{} // port and protocol, then stream
	for line := range strings.Lines(string(out)) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		protocols := strings.Split(cells[0], ":")
		transport, stream, src, dst := "tcp", cells[1], cells[3], cells[4]
		if udp := slices.Index(protocols, "udp"); udp >= 0 &&
			!slices.Contains(protocols[udp:], "tcp") {
			transport, stream, src, dst = "udp", cells[2], cells[5], cells[6]
		}
		for _, protocol := range protocols {
			for _, port := range []string{src, dst} {
				name := port + "/" + transport + " " + protocol
				if found[name] == nil {
					found[name] = map[string]bool{}
				}
				found[name][stream] = true
			}
		}
	}
	var counted []string
	for item := range strings.SplitSeq(list, ", ") {
		words := strings.Fields(item)
		counted = append(counted, fmt.Sprintf("%s %d %s", words[0],
			len(found[words[0]+" "+words[2]]), words[2]))
	}
	return strings.Join(counted, ", ")
}

// TestSamplePayloads compares the payloads in the table per port with samplePayloads.
func TestSamplePayloads(t *testing.T) {
	files, err := filepath.Glob("../../pcaps/*.pcap*")
	if err != nil || len(files) < len(samplePayloads) {
		t.Fatal(err, files)
	}
	left := maps.Clone(samplePayloads)
	for _, path := range files {
		name, _, _ := strings.Cut(filepath.Base(path), ".")
		if got := portsSay(t, path); got != samplePayloads[name] {
			t.Errorf("%s: %s, want %s", name, got, samplePayloads[name])
		}
		delete(left, name)
	}
	if len(left) > 0 {
		t.Errorf("there are no samples %v", left)
	}
}

// TestSamplePayloadsByTshark compares samplePayloads with tshark.
func TestSamplePayloadsByTshark(t *testing.T) {
	for name, want := range samplePayloads {
		path := filepath.Join("../../pcaps", name+".pcap")
		if name == "two-interfaces" {
			path += "ng"
		}
		if got := tsharkPayloads(t, path, want); got != want {
			t.Errorf("%s: tshark counts %s, the list has %s", name, got, want)
		}
	}
}

// portsSay returns a capture's payloads in the table per port, in the format of samplePayloads.
func portsSay(t *testing.T, path string) string {
	t.Helper()
	table := flow.NewTable(flow.Options{})
	eachPacket(t, path, func(p *capture.Packet) {
		r := p.Record()
		var d decode.Packet
		d.Decode(r.Link, r.Data, int(r.Length))
		table.Add(&d, r.Length, r.Nanos, p.Number)
	})
	ports := table.Ports()
	flow.SortPorts(ports, flow.ByPort)
	var said []string
	for _, p := range ports {
		for _, s := range p.Payloads {
			word := strings.ReplaceAll(s.Payload.String(), "pop3", "pop")
			said = append(said, fmt.Sprintf("%d/%s %d %s", p.Port, p.Proto, s.Flows, word))
		}
	}
	return strings.Join(said, ", ")
}
