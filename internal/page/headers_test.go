package page_test

import (
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/page"
)

// TestHeaderNamesAgainstTshark compares the names of a packet's headers with tshark's
// frame.protocols. tshark lists payload protocols after the transport header and "ethertype" after
// Ethernet and VLAN.
func TestHeaderNamesAgainstTshark(t *testing.T) {
	var frames []corpustest.Frame
	for _, f := range corpustest.SampleFrames(t, "../../pcaps") {
		switch f.File {
		case "http.pcap", "dns6.pcap", "vlan.pcap", "mpls.pcap", "sctp.pcap", "udplite.pcap",
			"dccp.pcap", "igmp.pcap":
			frames = append(frames, f)
		}
	}
	d := parse(t, build(t, frames, page.Options{}).WriteJSON)
	compared := 0
	corpustest.PDML(t, frames, []string{"frame"}, nil, func(i int, elements []corpustest.Element) {
		for _, e := range elements {
			if e.Name != "frame.protocols" {
				continue
			}
			theirs := strings.ReplaceAll(e.Show, ":ethertype", "")
			// one name for both kinds of VLAN tag
			theirs = strings.ReplaceAll(theirs, "ieee8021ad", "vlan")
			var ours []string
			for _, h := range d.Packets[i].Headers {
				ours = append(ours, d.Kinds[h.K].Key)
			}
			names := strings.TrimSuffix(strings.Join(ours, ":"), ":sctp.chunk")
			if theirs != names && !strings.HasPrefix(theirs, names+":") {
				t.Errorf("frame %d: headers %s, tshark's are %s", i+1, names, theirs)
			}
			compared++
		}
	})
	if compared < 60 {
		t.Errorf("only %d frames were compared", compared)
	}
}

// TestPacketLine checks that a packet's line names the same ends as tshark's list of the sample.
// Frame 1 is the SYN from 192.0.2.10:45650 to port 80, frame 2 is the reply.
func TestPacketLine(t *testing.T) {
	frames := corpustest.ReadFrames(t, "../../pcaps", []string{"../../pcaps/http.pcap"})
	d := parse(t, build(t, frames, page.Options{}).WriteJSON)
	for i, ends := range [][2]string{
		{"192.0.2.10:45650", "198.51.100.7:80/http"},
		{"198.51.100.7:80/http", "192.0.2.10:45650"},
	} {
		line := d.Packets[i].Line
		from, to := strings.Index(line, ends[0]), strings.Index(line, ends[1])
		if from < 0 || to < from || !strings.Contains(line, "TCP") ||
			!strings.Contains(line, "74B") {
			t.Errorf("frame %d: the line is %q", i+1, line)
		}
	}
}

// TestChecksumWord checks that a header's checksum is good in the sample, and bad after one bit of
// the payload changed. The checksum covers the payload (RFC 9293 section 3.1), so nothing else
// changes.
func TestChecksumWord(t *testing.T) {
	frames := corpustest.ReadFrames(t, "../../pcaps", []string{"../../pcaps/http.pcap"})
	words := func() map[string]string {
		found := map[string]string{}
		d := parse(t, build(t, frames, page.Options{}).WriteJSON)
		for _, h := range d.Packets[3].Headers { // the request, with a payload
			found[d.Kinds[h.K].Key] = h.Checksum
		}
		return found
	}
	before := words()
	last := len(frames[3].Data) - 1
	frames[3].Data[last] ^= 1
	after := words()
	if before["ip"] == "" || before["ip"] != after["ip"] || before["tcp"] == "" ||
		before["tcp"] == after["tcp"] {
		t.Errorf("checksums %v, and %v after a change of the payload", before, after)
	}
	if before["eth"] != "" {
		t.Errorf("Ethernet has the checksum word %q", before["eth"])
	}
}
