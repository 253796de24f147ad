package selection_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/linktype"
)

// equivalents lists expressions for --where and tshark that select the same frames. Frames with a
// quoted header are left out, because tshark treats its fields as the frame's own.
var equivalents = []struct{ where, tshark string }{
	{`host in "192.0.2.0/25"`, "ip.addr == 192.0.2.0/25 || " +
		"arp.src.proto_ipv4 == 192.0.2.0/25 || arp.dst.proto_ipv4 == 192.0.2.0/25"},
	{`src.host in "192.0.2.0/24"`, "ip.src == 192.0.2.0/24 || arp.src.proto_ipv4 == 192.0.2.0/24"},
	{`dst.host == "198.51.100.7" and proto != "arp"`, "ip.dst == 198.51.100.7 && !arp"},
	{`host in "2001:db8::/32"`, "ipv6.addr == 2001:db8::/32"},
	{`host in ["198.51.100.0/24", "fe80::/10"] and proto != "arp"`,
		"(ip.addr == 198.51.100.0/24 || ipv6.addr == fe80::/10) && !arp"},
	{"tcp.flags.syn", "tcp.flags.syn == 1"},
	{"tcp.flags.syn and not tcp.flags.ack", "tcp.flags.syn == 1 && tcp.flags.ack == 0"},
	{"tcp.flags.fin or tcp.flags.rst", "tcp.flags.fin == 1 || tcp.flags.reset == 1"},
	{"tcp.flags.psh and tcp.len > 100", "tcp.flags.push == 1 && tcp.len > 100"},
	{"tcp.seq > 2000000000", "tcp.seq_raw > 2000000000"},
	{"tcp.ack < 1000000000", "tcp.ack_raw < 1000000000"},
	{"tcp.window < 1000", "tcp.window_size_value < 1000"},
	{"tcp.len == 0", "tcp.len == 0"},
}

// TestWhereAsTshark compares addresses and TCP fields in all Ethernet samples with tshark.
func TestWhereAsTshark(t *testing.T) {
	const quotes = "(icmp.type in {3, 4, 5, 11, 12} || icmpv6.type in {1, 2, 3, 4})"
	var frames []corpustest.Frame
	var records []capture.Record
	for _, f := range corpustest.SampleFrames(t, "../../pcaps") {
		if f.Link == linktype.Ethernet {
			frames = append(frames, f)
			records = append(records, capture.Record{Link: f.Link, Data: f.Data,
				Length: uint32(f.Wire), Number: int64(len(frames))})
		}
	}
	for _, e := range equivalents {
		want := corpustest.Displayed(t, frames, "("+e.tshark+") && !"+quotes)
		got := whereNumbers(t, records, "("+e.where+") and not quoted")
		if !slices.Equal(got, want) || len(got) == 0 {
			t.Errorf("%s selects %v, tshark's %s %v", e.where, got, e.tshark, want)
		}
	}
}

// whereNumbers returns the numbers of the frames that an expression selects.
func whereNumbers(t *testing.T, records []capture.Record, expr string) (numbers []string) {
	t.Helper()
	f, err := selection.New(selection.Options{Where: &expr})
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		if ok, err := f.Match(&records[i]); err != nil {
			t.Fatal(err)
		} else if ok {
			numbers = append(numbers, strconv.Itoa(i+1))
		}
	}
	return numbers
}
