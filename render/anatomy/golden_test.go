package anatomy

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/portsniff/portsniff/render"
)

var update = flag.Bool("update", false, "write testdata anew; every line of it has to be read against tshark -T pdml before it is committed")

// The pages that were read by eye against tshark's view of the same frames. The first five show what a learner has to see first.
var goldens = []struct {
	sample string
	frame  int64
}{
	{"https", 1},          // TCP over IPv4, and options
	{"dns6", 1},           // UDP over IPv6
	{"fragments", 2},      // a later fragment
	{"udp-closed", 2},     // ICMP quotes ports
	{"arp-ping", 1},       // ARP
	{"arp-ping", 3},       // ICMP echo
	{"esp-ah", 1},         // TCP behind an Authentication Header
	{"esp-ah", 4},         // encrypted
	{"cut", 1},            // cut off between the ports
	{"ipv6-exthdrs", 1},   // four extension headers
	{"stack", 1},          // QinQ, MPLS, GRE, VXLAN
	{"tcp-options", 1},    // 40 bytes of options
	{"sctp", 1},           // chunks
	{"dccp", 1},           //
	{"udplite", 1},        //
	{"ephemeral-2049", 1}, // a client's port with a registered name
}

// TestGolden holds the pages at each of the widths that have a form of their own.
func TestGolden(t *testing.T) {
	for _, g := range goldens {
		for _, style := range []struct {
			name string
			opt  Options
		}{
			{"80", Options{Style: render.Style{Width: 80}}}, {"100", Options{Style: render.Style{Width: 100}}},
			{"60", Options{Style: render.Style{Width: 60}}}, {"plain", Options{Style: render.Style{Width: 80}, Plain: true}},
			{"unicode", Options{Style: render.Style{Width: 80, Unicode: true, Color: true}, Verbose: 1}},
		} {
			file := fmt.Sprintf("%s-%d.%s.txt", g.sample, g.frame, style.name)
			t.Run(file, func(t *testing.T) {
				var b bytes.Buffer
				if err := Text(&b, sample(t, g.sample, g.frame), style.opt); err != nil {
					t.Fatal(err)
				}
				golden(t, filepath.Join("testdata", file), b.Bytes())
			})
		}
	}
}

// TestGoldenForms holds the other views of a packet.
func TestGoldenForms(t *testing.T) {
	s := sample(t, "dns", 1)
	for file, write := range map[string]func(*bytes.Buffer) error{
		"dns-1.json":        func(b *bytes.Buffer) error { return JSON(b, s) },
		"dns-1.svg":         func(b *bytes.Buffer) error { return SVG(b, Drawings(s, "udp")) },
		"dns-1.mmd":         func(b *bytes.Buffer) error { return Mermaid(b, s, "udp") },
		"dns-1.md":          func(b *bytes.Buffer) error { return Mermaid(b, s, "") },
		"http-1-2.80.txt":   func(b *bytes.Buffer) error { return compareSamples(t, b, "http", 1, 2) },
		"http-1-3.80.txt":   func(b *bytes.Buffer) error { return compareSamples(t, b, "http", 1, 3) },
		"arp-ping-1-3.txt":  func(b *bytes.Buffer) error { return compareSamples(t, b, "arp-ping", 1, 3) },
		"services-1-40.txt": func(b *bytes.Buffer) error { return compareSamples(t, b, "services", 1, 40) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("testdata", file), b.Bytes())
	}
}

func compareSamples(t *testing.T, b *bytes.Buffer, name string, one, two int64) error {
	return Compare(b, sample(t, name, one), sample(t, name, two), Options{Style: render.Style{Width: 80}})
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what it was; if the change is right, run the test with -update and read it:\n%s", file, got)
	}
}
