package selection_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/selection"
)

// quoted returns an ICMP error, port unreachable, that quotes an IPv4 packet.
func quoted(packet string) string {
	return "\x45\x00\x00\x38\x00\x01\x00\x00\x40\x01\x00\x00" + packet[16:20] + packet[12:16] +
		"\x03\x03\x00\x00\x00\x00\x00\x00" + packet
}

// TestFlowFilter selects flows by number. Flows are numbered in the order of their first packets,
// among the packets that the other filters select. Headers in tunnels count, headers quoted by ICMP
// errors do not.
func TestFlowFilter(t *testing.T) {
	other := strings.Replace(udpTo53, "\xc3\x50", "\xc3\x51", 1)
	back := udpTo53[:12] + udpTo53[16:20] + udpTo53[12:16] + udpTo53[22:24] + udpTo53[20:22] +
		udpTo53[24:]
	vxlan := "\x45\x00\x00\x4e\x00\x01\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x03\x0a\x00\x00\x04" +
		"\x80\x00\x12\xb5\x00\x3a\x00\x00" + "\x08\x00\x00\x00\x00\x00\x07\x00" +
		"\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" + udpTo53
	packets := []string{udpTo53, other, back, vxlan, quoted(other), quoted(udpTo53), "\x45"}
	for _, c := range []struct {
		flow   uint64
		filter string
		want   []int64
		report string
	}{
		{1, "", []int64{1, 3, 4, 6}, ""},
		{2, "", []int64{2, 5}, ""},
		{3, "", []int64{4}, ""},
		{4, "", nil, "portsniff: --flow 4: there are only 3 flows\n"},
		{1, "udp src port 50001", []int64{2}, ""},
	} {
		opt := selection.Options{Flow: c.flow}
		if c.filter != "" {
			words, err := selection.ParseCaptureFilter(t.Context(), c.filter, nil)
			if err != nil {
				t.Fatal(err)
			}
			opt.Capture = words
		}
		f, err := selection.New(opt)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for i, data := range packets {
			r := record(101, data)
			r.Number = int64(i + 1)
			match, err := f.Match(&r)
			if err != nil {
				t.Fatal(err)
			}
			if match {
				got = append(got, r.Number)
			}
		}
		var report strings.Builder
		if f.Report(&report); !slices.Equal(got, c.want) || report.String() != c.report {
			t.Errorf("flow %d of %q: packets %v, want %v; %q", c.flow, c.filter, got, c.want,
				report.String())
		}
	}
}

// TestFlowFilterOfOne checks the words about a capture with a single flow.
func TestFlowFilterOfOne(t *testing.T) {
	f, err := selection.New(selection.Options{Flow: 2})
	if err != nil {
		t.Fatal(err)
	}
	r := record(101, udpTo53)
	r.Number = 1
	if match, err := f.Match(&r); match || err != nil {
		t.Errorf("packet 1: %v, %v", match, err)
	}
	var report strings.Builder
	if f.Report(&report); report.String() != "portsniff: --flow 2: there is only 1 flow\n" {
		t.Errorf("%q", report.String())
	}
}
