package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// udpTo53 is a UDP header to port 53 in an IPv4 packet.
const udpTo53 = "\x45\x00\x00\x1c\x00\x01\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02\xc3\x50\x00\x35\x00\x08\x00\x00"

func record(link linktype.Type, data string) capture.Record {
	return capture.Record{Link: link, Data: []byte(data), Length: uint32(len(data)), Nanos: capture.NoTime}
}

// mixed are frames of several link types: Ethernet, 802.11 which no filter looks into, Ethernet, bare IP, 802.11.
func mixed() []capture.Record {
	ether := "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" + udpTo53
	return []capture.Record{record(1, ether), record(105, "\x08\x00"+udpTo53), record(1, ether), record(101, udpTo53), record(105, "\x08\x00")}
}

func sieveFor(t *testing.T, expr string) (*sieve, *strings.Builder) {
	t.Helper()
	errs := &strings.Builder{}
	cmd := &cobra.Command{Use: "portsniff"}
	cmd.SetErr(errs)
	sel, err := newSelection(cmd, &filterFlags{}, []string{expr})
	if err != nil {
		t.Fatal(err)
	}
	return &sieve{cmd: cmd, capture: sel}, errs
}

// TestFilterOnSeveralLinkTypes wants each link type filtered by a program of its own, and frames that no filter can look into to be counted and told of.
func TestFilterOnSeveralLinkTypes(t *testing.T) {
	for _, c := range []struct {
		expr   string
		limit  int64
		passed []int64 // numbers of frames, from 10
		told   string
	}{
		{"udp port 53", 0, []int64{10, 12, 13}, "portsniff: left out 2 packets of other link types, which the filter can't look into\n"},
		{"udp port 53", 2, []int64{10, 12}, "portsniff: left out 1 packet of other link types, which the filter can't look into\n"},
		{"ether src 2:0:0:0:0:1", 0, []int64{10, 12}, "portsniff: left out 3 packets of other link types, which the filter can't look into\n"},
		{"arp or port 53", 0, []int64{10, 12, 13}, "portsniff: left out 2 packets of other link types, which the filter can't look into\n"},
		{"arp", 0, nil, "portsniff: left out 2 packets of other link types, which the filter can't look into\n"},
	} {
		s, errs := sieveFor(t, c.expr)
		var got []int64
		n, err := s.records(mixed(), 10, c.limit, func(list []capture.Record, first int64) {
			for i := range list {
				got = append(got, first+int64(i))
			}
		})
		if err != nil || n != int64(len(c.passed)) || !slices.Equal(got, c.passed) {
			t.Errorf("%s: %v passed, want %v: %d, %v", c.expr, got, c.passed, n, err)
		}
		if s.end(); errs.String() != c.told {
			t.Errorf("%s: told %q, want %q", c.expr, errs, c.told)
		}
	}
}

// TestFilterThatSuitsNoFrame wants a filter refused that the first frame's link type has no words for.
func TestFilterThatSuitsNoFrame(t *testing.T) {
	for expr, link := range map[string]linktype.Type{"vlan": 101, "tcp": 105, "arp": 101} {
		s, _ := sieveFor(t, expr)
		r := record(link, udpTo53)
		var usage *usageError
		if _, err := s.pass(&r, 1); !errors.As(err, &usage) {
			t.Errorf("%s on link type %d: %v", expr, link, err)
		}
	}
}

// TestMissedOnAnyLinkType wants -v to count where only some link types have all the filter's words, and to have nothing to say of a filter without ports.
func TestMissedOnAnyLinkType(t *testing.T) {
	for expr, counts := range map[string]bool{"udp port 53": true, "vlan and port 53": true, "inbound and port 53": true, "ifindex 2 and port 53": true,
		"ip6 and port 53": true, "udp": false, "not port 53": false, "vlan and inbound and port 53": false} {
		s, _ := sieveFor(t, expr)
		if m := newMissed(s.capture); (m != nil) != counts || len(s.capture.programs) > 0 || s.capture.first {
			t.Errorf("%s: %+v", expr, m)
		}
	}
}

// TestFilterInTheKernelOrBehindIt wants the kernel to have what it can run, the sieve what only it can, and what neither can to be refused before capturing.
func TestFilterInTheKernelOrBehindIt(t *testing.T) {
	if !linuxSocket {
		t.Skip("SKIPPED: filters of Linux packet sockets")
	}
	for _, c := range []struct {
		expr     string
		link     linktype.Type
		attached bool
		says     string // "" if it can be run
	}{
		{"vlan and udp port 53", 1, true, ""}, {"inbound and udp port 53", 1, true, ""}, {"ifindex 2", 1, true, ""},
		{"ip protochain 17", 1, false, ""}, {"vlan and ip protochain 17", 1, false, ""}, {"port 1" + strings.Repeat(" or 2", 200), 1, false, ""},
		{"ether[0] = 0", 276, false, ""}, {"udp port 53", 276, true, ""},
		{"inbound and ip protochain 17", 1, false, "can't follow a chain"}, {"prot 53", 1, false, "did you mean port?"}, {"ip and arp", 1, false, "no packet"},
	} {
		s, _ := sieveFor(t, "arp")
		s.capture.expr = c.expr
		f := newLiveFilter(s.cmd, s)
		program, err := f.compile(c.link, 65535)
		var usage *usageError
		if c.says != "" && (!errors.As(err, &usage) || !strings.Contains(err.Error(), c.says)) || c.says == "" && (err != nil || len(program) == 0) || f.attached != c.attached {
			t.Errorf("%.40s: %d instructions, attached %v: %v", c.expr, len(program), f.attached, err)
		}
	}
}
