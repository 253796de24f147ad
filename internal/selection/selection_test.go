package selection_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/linktype"
)

// udpTo53 is a UDP header to port 53 in an IPv4 packet.
const udpTo53 = "\x45\x00\x00\x1c\x00\x01\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02" +
	"\xc3\x50\x00\x35\x00\x08\x00\x00"

func record(link linktype.Type, data string) capture.Record {
	return capture.Record{Link: link, Data: []byte(data), Length: uint32(len(data)),
		Nanos: capture.NoTime}
}

// mixed returns frames of several link types: Ethernet, 802.11 (which no filter supports),
// Ethernet, raw IP, 802.11.
func mixed() []capture.Record {
	ether := "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" + udpTo53
	return []capture.Record{record(1, ether), record(105, "\x08\x00"+udpTo53), record(1, ether),
		record(101, udpTo53), record(105, "\x08\x00")}
}

// filterOf returns a filter for an expression in tcpdump's language.
func filterOf(t *testing.T, expr string, countMissed bool) *selection.PacketFilter {
	t.Helper()
	f, err := newFilter(t, expr, countMissed)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newFilter(t *testing.T, expr string, countMissed bool) (*selection.PacketFilter, error) {
	words, err := selection.ParseCaptureFilter(t.Context(), expr, nil)
	if err != nil {
		return nil, err
	}
	return selection.New(selection.Options{Capture: words, CountMissed: countMissed})
}

// TestSelectOnSeveralLinkTypes checks that each link type is filtered by its own program, and that
// frames of unsupported link types are counted and reported.
func TestSelectOnSeveralLinkTypes(t *testing.T) {
	const left = "portsniff: left out 2 packets of other link types, which the filter can't " +
		"look into\n"
	left3 := strings.Replace(left, "2", "3", 1)
	for _, c := range []struct {
		expr     string
		selected []int64 // numbers of frames, from 10
		report   string
	}{
		{"udp port 53", []int64{10, 12, 13}, left},
		{"ether src 2:0:0:0:0:1", []int64{10, 12}, left3},
		{"arp or port 53", []int64{10, 12, 13}, left},
		{"arp", nil, left + "portsniff: none of 5 packets matches the filter\n"},
	} {
		f := filterOf(t, c.expr, false)
		var got []int64
		for i, r := range mixed() {
			match, err := f.Match(&r)
			if err != nil {
				t.Errorf("%s: %v", c.expr, err)
			}
			if match {
				got = append(got, int64(10+i))
			}
		}
		if !slices.Equal(got, c.selected) {
			t.Errorf("%s: %v selected, want %v", c.expr, got, c.selected)
		}
		var report strings.Builder
		if f.Report(&report); report.String() != c.report {
			t.Errorf("%s: reports %q, want %q", c.expr, report.String(), c.report)
		}
	}
}

// TestFilterDoesNotSuitFirstFrame checks that a filter is rejected if it does not support the first
// frame's link type.
func TestFilterDoesNotSuitFirstFrame(t *testing.T) {
	for expr, link := range map[string]linktype.Type{"vlan": 101, "tcp": 105, "arp": 101} {
		r := record(link, udpTo53)
		var mistake *selection.Error
		if _, err := filterOf(t, expr, false).Match(&r); !errors.As(err, &mistake) {
			t.Errorf("%s on link type %d: %v", expr, link, err)
		}
	}
}

// TestMissedOnAnyLinkType checks that missed packets are counted for a filter that names a port,
// even if it supports only some link types.
func TestMissedOnAnyLinkType(t *testing.T) {
	for expr, counts := range map[string]bool{"udp port 53": true, "vlan and port 53": true,
		"inbound and port 53": true, "ifindex 2 and port 53": true, "ip6 and port 53": true,
		"udp": false, "not port 53": false, "vlan and inbound and port 53": false} {
		var report strings.Builder
		filterOf(t, expr, true).Report(&report)
		if got := strings.Contains(report.String(), "missed 0 packets"); got != counts {
			t.Errorf("%s: reports %q", expr, report.String())
		}
	}
}

// TestKernelFilter checks that the kernel runs what it can, and the PacketFilter runs the rest. A
// filter that neither can run is rejected before the capture begins.
func TestKernelFilter(t *testing.T) {
	if !selection.KernelFilters {
		t.Skip("SKIPPED: filters of Linux packet sockets")
	}
	for _, c := range []struct {
		expr     string
		link     linktype.Type
		attached bool
		problem  string // "" if the filter can run
	}{
		{"vlan and udp port 53", 1, true, ""},
		{"inbound and udp port 53", 1, true, ""},
		{"ifindex 2", 1, true, ""},
		{"ip protochain 17", 1, false, ""},
		{"vlan and ip protochain 17", 1, false, ""},
		{"port 1" + strings.Repeat(" or 2", 200), 1, false, ""},
		{"ether[0] = 0", 276, false, ""},
		{"udp port 53", 276, true, ""},
		{"inbound and ip protochain 17", 1, false, "can't follow a chain"},
		{"prot 53", 1, false, "did you mean port?"},
		{"ip and arp", 1, false, "no packet"},
	} {
		f, err := newFilter(t, c.expr, false)
		var program []bpf.RawInstruction
		attached := false
		if err == nil {
			k := f.Kernel()
			program, err = k.Compile(c.link, 65535)
			attached = f.Without(k) == nil
		}
		var mistake *selection.Error
		refused := errors.As(err, &mistake) && strings.Contains(err.Error(), c.problem)
		if c.problem != "" && !refused || c.problem == "" && (err != nil || len(program) == 0) ||
			attached != c.attached {
			t.Errorf("%.40s: %d instructions, attached %v: %v", c.expr, len(program), attached, err)
		}
	}
}

// TestWithoutProcesses checks that an expression that uses processes is rejected with the reason.
func TestWithoutProcesses(t *testing.T) {
	reason := errors.New("no processes here")
	for expr, asks := range map[string]bool{`process == "curl"`: true, "pid > 1": true,
		"port == 53": false} {
		_, err := selection.New(selection.Options{Where: &expr, NoProcesses: reason})
		if errors.Is(err, reason) != asks {
			t.Errorf("%s: %v", expr, err)
		}
		f, err := selection.New(selection.Options{Where: &expr})
		if err != nil || f.UsesProcesses() != asks {
			t.Errorf("%s: uses processes: %v, %v", expr, f.UsesProcesses(), err)
		}
	}
}
