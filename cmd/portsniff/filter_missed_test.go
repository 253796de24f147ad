package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestMissed checks the count that -v prints: packets that the equivalent filter of tshark finds at
// any depth, but tcpdump's filter does not. It must not count packets that the filter excludes on
// purpose. Examples are another direction or protocol, and the hosts after "not host".
func TestMissed(t *testing.T) {
	t.Parallel()
	requireTool(t, "tshark")
	requireTool(t, "tcpdump")
	some := 0
	cases := []struct{ file, expr, means string }{
		{"vlan", "port 80", "tcp.port == 80"},
		{"vlan", "udp port 80", "udp.port == 80"},
		{"vlan", "tcp src port 80", "tcp.srcport == 80"},
		{"vlan", "port 80 and host 192.0.2.65", "tcp.port == 80 && ip.addr == 192.0.2.65"},
		{"vlan", "port 80 and src host 192.0.2.65", "tcp.port == 80 && ip.src == 192.0.2.65"},
		{"vlan", "port 80 and not host 192.0.2.65", "tcp.port == 80 && !(ip.addr == 192.0.2.65)"},
		{"vlan", "port 80 and not dst net 192.0.2.64/31",
			"tcp.port == 80 && !(ip.dst == 192.0.2.64/31)"},
		{"vlan", "tcp and port 80", "tcp.port == 80"},
		{"vlan", "ip6 and port 80", "ipv6 && tcp.port == 80"},
		{"vlan", "vlan and port 80", "tcp.port == 80 && vlan"},
		{"vlan", "port 80 and not vlan", "tcp.port == 80 && !vlan"},
		{"vlan", "port 81 or host 192.0.2.65", "tcp.port == 81"},
		{"teredo", "ip6 and port 3544", "ipv6 && udp.port == 3544"},
		{"http", "tcp port 80 and not src port 80", "tcp.dstport == 80"},
		{"http", "port 80 and less 100", "tcp.port == 80 && frame.len <= 100"},
		{"dns", "udp port 53 and not tcp port 53", "udp.port == 53"},
		{"ipv6-exthdrs", "portrange 1-65535", "udp.port || tcp.port || sctp.port"},
		{"ipv6-exthdrs", "ip6 and not tcp and portrange 1-65535", "udp.port || sctp.port"},
	}
	filters := map[string][]string{}
	for _, c := range cases {
		filters[c.file] = append(filters[c.file], c.means)
	}
	theirs := tsharkCounts(t, filters)
	for _, c := range cases {
		file := "../../pcaps/" + c.file + ".pcap"
		found := strings.Count(tcpdump(t, "-tt", "-n", "-r", file, c.expr), "\n")
		var out, errs bytes.Buffer
		root := newRoot()
		root.SetArgs(append([]string{"-r", file, "-v", "-q"}, strings.Fields(c.expr)...))
		root.SetOut(&out)
		root.SetErr(&errs)
		if err := root.Execute(); err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		said := regexp.MustCompile(`the filter missed ([0-9,]+) packet`).FindStringSubmatch(
			errs.String())
		if said == nil {
			t.Errorf("%s: %s", c.expr, errs.String())
			continue
		}
		got, err := strconv.Atoi(strings.ReplaceAll(said[1], ",", ""))
		if want := theirs[c.file][c.means] - found; got != want || err != nil {
			t.Errorf("%s: %s: %q, but tshark finds %d more than tcpdump's %d", c.file, c.expr,
				said[0], want, found)
		}
		some += got
	}
	if some == 0 {
		t.Error("no filter missed anything")
	}
}

// tsharkCounts returns how many packets of each sample match each of tshark's display filters.
func tsharkCounts(t *testing.T, filters map[string][]string) map[string]map[string]int {
	t.Helper()
	counts := map[string]map[string]int{}
	for sample, list := range filters {
		out, err := exec.Command("tshark", "-n", "-q", "-r", "../../pcaps/"+sample+".pcap", "-z",
			"io,stat,0,"+strings.Join(list, ",")).Output()
		if err != nil {
			t.Fatalf("tshark %v: %v", list, err)
		}
		// one row: the time span, then packets and bytes for each filter
		_, row, _ := strings.Cut(string(out), " <> ")
		cells := strings.Split(row, "|")
		if len(cells) != 2*len(list)+2 {
			t.Fatalf("tshark %v: %s", list, out)
		}
		counts[sample] = map[string]int{}
		for i, filter := range list {
			n, err := strconv.Atoi(strings.TrimSpace(cells[1+2*i]))
			if err != nil {
				t.Fatalf("tshark %s: %v", filter, err)
			}
			counts[sample][filter] = n
		}
	}
	return counts
}
