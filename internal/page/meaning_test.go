package page_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/page"
)

// TestWordsOfPackets checks what a packet does to its connection and how much data it carries. The
// expected values are tshark's flags and tcp.len; the sample has one connection.
func TestWordsOfPackets(t *testing.T) {
	frames := corpustest.ReadFrames(t, "../../pcaps", []string{"../../pcaps/http.pcap",
		"../../pcaps/tcp-refused.pcap"})
	d := parse(t, build(t, frames, page.Options{}).WriteJSON)
	words := map[string]string{"0x0002": "SYN: opens", "0x0012": "SYN ACK: accepts",
		"0x0011": "FIN: ends", "0x0014": "RST ACK: refuses", "0x0018": ""}
	compared := 0
	corpustest.PDML(t, frames, []string{"tcp"}, nil, func(i int, elements []corpustest.Element) {
		p := d.Packets[i]
		for _, e := range elements {
			want, known := words[e.Show]
			switch {
			case e.Name == "tcp.flags" && known && d.string(t, p.What) != want:
				t.Errorf("frame %d: %q, want %q", i+1, d.string(t, p.What), want)
			case e.Name == "tcp.len" && (p.Payload == nil || strconv.Itoa(*p.Payload) != e.Show):
				t.Errorf("frame %d: payload %v, tshark's is %s", i+1, p.Payload, e.Show)
			case e.Name == "tcp.seq" && (len(p.Seq) != 2 || strconv.Itoa(p.Seq[0]) != e.Show):
				t.Errorf("frame %d: sequence %v, tshark's is %s", i+1, p.Seq, e.Show)
			case e.Name == "tcp.flags" || e.Name == "tcp.len":
				compared++
			}
		}
	})
	if compared < 20 {
		t.Errorf("only %d facts were compared", compared)
	}
}

// TestPortFacts checks the facts of a port: range, name, role, evidence, and the systems that use
// it for clients. The SYN of frame 1 is from a client, and port 80 is http (IANA).
func TestPortFacts(t *testing.T) {
	frames := corpustest.ReadFrames(t, "../../pcaps", []string{"../../pcaps/http.pcap"})
	d := parse(t, build(t, frames, page.Options{}).WriteJSON)
	p := d.Packets[0]
	want := [2][4]string{
		{"registered (user), 1024-49151", "", "client", "sent the SYN"},
		{"system (well-known), 0-1023", "http", "server", "sent the SYN"},
	}
	for i, end := range p.Ends {
		for k := range want[i] {
			if got := d.string(t, end[k]); !strings.Contains(got, want[i][k]) || got != "" &&
				want[i][k] == "" {
				t.Errorf("end %d: %q, want %q", i, got, want[i][k])
			}
		}
	}
	if got := d.string(t, p.Ends[0][4]); !strings.Contains(got, "Linux (32768-60999)") ||
		d.string(t, p.Ends[1][4]) != "" {
		t.Errorf("systems: %q and %v", got, p.Ends[1][4])
	}
	if got := d.string(t, p.Start); got != "The TCP header starts at 14 + 4*IHL(5) = @34" {
		t.Error(got)
	}
}
