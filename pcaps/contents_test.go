package pcaps

import (
	"encoding/binary"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Offsets of ports in the simplest frames of these samples: Ethernet and an IPv4 or IPv6 header
// without options.
const (
	afterIPv4 = 14 + 20
	afterIPv6 = 14 + 40
)

// TestServicePortsAtFixedPlaces reads bytes at fixed offsets, without the decoder or a library. So
// it also checks the ports if tshark is missing.
func TestServicePortsAtFixedPlaces(t *testing.T) {
	const tcp, udp = 6, 17
	type service struct {
		proto byte
		port  uint16
	}
	all := []service{{tcp, 20}, {tcp, 21}, {tcp, 22}, {tcp, 23}, {tcp, 25}, {udp, 53}, {tcp, 53},
		{tcp, 80}, {tcp, 110},
		{udp, 123}, {tcp, 179}, {tcp, 443}}
	for _, c := range []struct {
		name  string
		at    int // offset of the source port
		proto int // offset of the protocol number
		want  []service
	}{
		{"services", afterIPv4, 23, all}, {"services-ipv6", afterIPv6, 20, all},
		{"ftp", afterIPv4, 23, []service{{tcp, 20}, {tcp, 21}}},
		{"ssh", afterIPv4, 23, []service{{tcp, 22}}},
		{"telnet", afterIPv4, 23, []service{{tcp, 23}}},
		{"smtp", afterIPv4, 23, []service{{tcp, 25}}},
		{"dns", afterIPv4, 23, []service{{udp, 53}}},
		{"dns-tcp", afterIPv4, 23, []service{{tcp, 53}}},
		{"http", afterIPv4, 23, []service{{tcp, 80}}},
		{"https", afterIPv4, 23, []service{{tcp, 443}}},
		{"pop3", afterIPv4, 23, []service{{tcp, 110}}},
		{"ntp", afterIPv4, 23, []service{{udp, 123}}},
		{"bgp", afterIPv4, 23, []service{{tcp, 179}}},
		{"dns6", afterIPv6, 20, []service{{udp, 53}}},
		{"http6", afterIPv6, 20, []service{{tcp, 80}}},
		{"https6", afterIPv6, 20, []service{{tcp, 443}}},
	} {
		b := contents(t, c.name)[24:]
		asked, answered := map[service]int{}, map[service]int{}
		for len(b) > 0 {
			size, _ := record(b)
			if size == 0 || size > len(b) {
				t.Fatalf("%s: a record of %d bytes where %d are left", c.name, size, len(b))
			}
			frame := b[16:size]
			b = b[size:]
			if len(frame) < c.at+4 {
				t.Fatalf("%s: a frame of %d bytes", c.name, len(frame))
			}
			proto := frame[c.proto]
			answered[service{proto, binary.BigEndian.Uint16(frame[c.at:])}]++
			asked[service{proto, binary.BigEndian.Uint16(frame[c.at+2:])}]++
		}
		for _, s := range c.want {
			if asked[s] == 0 || answered[s] == 0 {
				t.Errorf("%s: protocol %d port %d: %d packets to it, %d from it", c.name, s.proto,
					s.port, asked[s], answered[s])
			}
		}
	}
}

// TestCounts checks the number of packets in each sample, as counted by capinfos.
func TestCounts(t *testing.T) {
	want := map[string]int{
		"arp-ping":       12,
		"bgp":            23,
		"cut":            10,
		"dccp":           3,
		"dns-tcp":        10,
		"dns":            2,
		"dns6":           2,
		"ephemeral-2049": 10,
		"esp-ah":         5,
		"fragments":      6,
		"fragments6":     6,
		"ftp":            46,
		"geneve":         10,
		"gre":            20,
		"gtpu":           8,
		"http":           10,
		"http6":          10,
		"https":          15,
		"https6":         15,
		"igmp":           4,
		"ipv6-exthdrs":   8,
		"mpls":           10,
		"ntp":            4,
		"pop3":           21,
		"pppoe":          8,
		"sctp":           9,
		"services-ipv6":  233,
		"services":       232,
		"smtp":           30,
		"ssh":            45,
		"stack":          8,
		"tcp-options":    2,
		"tcp-refused":    2,
		"telnet":         26,
		"teredo":         8,
		"tunnels":        20,
		"udp-closed":     2,
		"udp-closed6":    2,
		"udplite":        2,
		"vlan":           20,
		"vxlan":          14,
		"two-interfaces": 20,
	}
	if len(want) != len(List()) {
		t.Errorf("%d counts for %d samples", len(want), len(List()))
	}
	for _, s := range List() {
		if n := count(t, s.Name); n != want[s.Name] {
			t.Errorf("%s: %d packets, want %d", s.Name, n, want[s.Name])
		}
	}
}

// TestSamplesContainTheirLessons counts with tshark, which is independent of this project, the
// packets that make/expect.txt requires in each sample. No sample may contain malformed packets or
// bad checksums.
func TestSamplesContainTheirLessons(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		if os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
			t.Fatal(err)
		}
		t.Skip("SKIPPED: tshark is not installed, so the samples' contents were not checked")
	}
	const bad = "_ws.malformed || ip.checksum.status==0 || tcp.checksum.status==0 || " +
		"udp.checksum.status==0 || sctp.checksum.status==0"
	doc, err := os.ReadFile("make/expect.txt")
	if err != nil {
		t.Fatal(err)
	}
	filters, least := map[string][]string{}, map[string][]int{}
	for line := range strings.Lines(string(doc)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.SplitN(strings.TrimSpace(line), " ", 3)
		n, err := strconv.Atoi(words[1])
		if err != nil || n < 1 {
			t.Fatalf("%q: at least how many?", line)
		}
		filters[words[0]] = append(filters[words[0]], words[2])
		least[words[0]] = append(least[words[0]], n)
	}
	for _, s := range List() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			if len(filters[s.File]) == 0 {
				t.Fatal("no expectation for it")
			}
			got := counts(t, s.File, append(filters[s.File], bad, "frame"))
			for i, n := range least[s.File] {
				if got[i] < n {
					t.Errorf("%d packets match %s, want at least %d", got[i], filters[s.File][i], n)
				}
			}
			if n := got[len(got)-2]; n != 0 {
				t.Errorf("%d packets malformed or with a bad checksum", n)
			}
			if n := count(t, s.Name); n != got[len(got)-1] {
				t.Errorf("tshark sees %d packets, %d are counted", got[len(got)-1], n)
			}
		})
	}
}

// counts runs tshark once and returns how many packets of a file match each filter.
func counts(t *testing.T, file string, filters []string) []int {
	t.Helper()
	out, err := exec.Command("tshark", "-n", "-q", "-r", file, "-o", "ip.check_checksum:TRUE", "-o",
		"tcp.check_checksum:TRUE",
		"-o", "udp.check_checksum:TRUE", "-o", "sctp.checksum:TRUE", "-z", "io,stat,0,"+
			strings.Join(filters, ",")).Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "<>") {
			continue
		}
		var n []int // cells of a row: the interval, then frames and bytes for each filter
		for i, cell := range strings.Split(strings.Trim(line, "|\n "), "|")[1:] {
			v, err := strconv.Atoi(strings.TrimSpace(cell))
			if err != nil {
				t.Fatalf("tshark printed %q", line)
			}
			if i%2 == 0 {
				n = append(n, v)
			}
		}
		if len(n) != len(filters) {
			t.Fatalf("%d counts for %d filters: %q", len(n), len(filters), line)
		}
		return n
	}
	t.Fatalf("tshark printed no counts:\n%s", out)
	return nil
}
