package explain

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/render"
)

var update = flag.Bool("update", false,
	"write testdata anew; every line of it has to be read against tshark -T pdml before it is "+
		"committed")

// goldens lists the pages that were compared by eye with tshark's view of the same frames, and the
// forms of each. The first five show what a learner has to see first.
var goldens = []struct {
	sample string
	frame  int64
	forms  string
}{
	{"https", 1, "80 100 60 plain unicode"},      // TCP over IPv4, and options
	{"dns6", 1, "80 100 60 plain"},               // UDP over IPv6
	{"fragments", 2, "80 100 60 plain"},          // a later fragment
	{"udp-closed", 2, "80 100 60 plain unicode"}, // ICMP quotes ports
	{"arp-ping", 1, "80 100 60 plain"},           // ARP
	{"arp-ping", 3, "80 100 60"},                 // ICMP echo
	{"tcp-options", 1, "80 100 60"},              // 40 bytes of options
	{"ipv6-exthdrs", 1, "80 100 60"},             // four extension headers
	{"stack", 1, "80 100 60"},                    // QinQ, MPLS, GRE, VXLAN
	{"esp-ah", 1, "80"},                          // TCP after an Authentication Header
	{"esp-ah", 4, "80"},                          // encrypted
	{"cut", 1, "80"},                             // truncated between the ports
	{"sctp", 1, "80"},
	{"dccp", 1, "80"},
	{"udplite", 1, "80"},
	{"ephemeral-2049", 1, "80"}, // a client's port that has a registered name
}

var forms = map[string]Options{
	"80":      {Style: render.Style{Width: 80}},
	"100":     {Style: render.Style{Width: 100}},
	"60":      {Style: render.Style{Width: 60}},
	"plain":   {Style: render.Style{Width: 80}, Plain: true},
	"unicode": {Style: render.Style{Width: 80, Unicode: true, Color: true}, Verbose: 1},
}

// TestGolden compares the pages with their golden files.
func TestGolden(t *testing.T) {
	for _, g := range goldens {
		for form := range strings.FieldsSeq(g.forms) {
			file := fmt.Sprintf("%s-%d.%s.txt", g.sample, g.frame, form)
			t.Run(file, func(t *testing.T) {
				var b bytes.Buffer
				if err := Text(&b, sample(t, g.sample, g.frame), forms[form]); err != nil {
					t.Fatal(err)
				}
				golden(t, filepath.Join("testdata", file), b.Bytes())
			})
		}
	}
}

// TestGoldenForms compares the other views of a packet with their golden files.
func TestGoldenForms(t *testing.T) {
	s := sample(t, "dns", 1)
	for file, write := range map[string]func(*bytes.Buffer) error{
		"dns-1.json": func(b *bytes.Buffer) error { return JSON(b, s) },
		"dns-1.svg":  func(b *bytes.Buffer) error { return SVG(b, Drawings(s, "udp")) },
		"dns-1.mmd":  func(b *bytes.Buffer) error { return Mermaid(b, s, "udp") },
		"dns-1.md":   func(b *bytes.Buffer) error { return Mermaid(b, s, "") },
		"http-1-2.80.txt": func(b *bytes.Buffer) error {
			return compareSamples(t, b, "http", 1,
				2)
		},
		"http-1-3.80.txt": func(b *bytes.Buffer) error {
			return compareSamples(t, b, "http", 1,
				3)
		},
		"arp-ping-1-3.txt": func(b *bytes.Buffer) error {
			return compareSamples(t, b, "arp-ping",
				1, 3)
		},
		"services-1-80.txt": func(b *bytes.Buffer) error {
			return compareSamples(t, b, "services",
				1, 80)
		},
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("testdata", file), b.Bytes())
	}
}

func compareSamples(t *testing.T, b *bytes.Buffer, name string, one, two int64) error {
	return Compare(b, sample(t, name, one), sample(t, name, two),
		Options{Style: render.Style{Width: 80}})
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
		t.Errorf("%s is not what it was; if the change is right, run the test with -update and "+
			"read it:\n%s", file, got)
	}
}
