package corpustest_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
)

const wiresharkFiles = "../../packaging/wireshark"

// ruleColors are the rules of colorfilters in order, with the names of their background and text
// colors in the page's style sheet.
var ruleColors = []struct{ rule, back, letters string }{
	{"cut or malformed", "back", "hover"}, {"ports only quoted", "other", "port"},
	{"no ports", "back", "soft"}, {"refused", "port-back", "hover"},
	{"system port", "port-back", "port"}, {"registered port", "transport", "port"},
	{"dynamic ports", "panel", "port"},
}

// colorRule is a line of Wireshark's colorfilters: @name@filter@[back][letters].
var colorRule = regexp.MustCompile(`^@([^@]+)@([^@]+)@\[(\d+),(\d+),(\d+)\]\[(\d+),(\d+),(\d+)\]$`)

// tsharkWith runs tshark with portsniff's profile and no other configuration files.
func tsharkWith(t *testing.T, args ...string) (out, complaint string) {
	t.Helper()
	home := t.TempDir()
	profile := filepath.Join(home, "wireshark", "profiles", "portsniff")
	if err := os.CopyFS(profile, os.DirFS(wiresharkFiles)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(corpustest.Tool(t, "tshark"),
		append([]string{"-C", "portsniff"}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Run(); err != nil {
		t.Fatalf("tshark %q: %v\n%s", args, err, &e)
	}
	for line := range strings.Lines(e.String()) {
		if !strings.HasPrefix(line, "Running as user") {
			complaint += line
		}
	}
	return o.String(), complaint
}

// TestWiresharkColorRules checks that tshark compiles each rule's display filter, and that the
// colors are those of the page.
func TestWiresharkColorRules(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(wiresharkFiles, "colorfilters"))
	if err != nil {
		t.Fatal(err)
	}
	css, err := os.ReadFile("../page/web/src/css/base.css")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		m := colorRule.FindStringSubmatch(line)
		if m == nil || n == len(ruleColors) {
			t.Fatalf("rule %d: %s", n, line)
		}
		want := ruleColors[n]
		n++
		if m[1] != want.rule {
			t.Errorf("rule %q, want %q", m[1], want.rule)
		}
		if back, letters := wiresharkColor(t, css, want.back),
			wiresharkColor(t, css, want.letters); strings.Join(m[3:6], ",") != back ||
			strings.Join(m[6:9], ",") != letters {
			t.Errorf("%s: %v, the page has [%s][%s]", m[1], m[3:], back, letters)
		}
		if _, complaint := tsharkWith(t, "-Y", m[2], "-r",
			"../../pcaps/http.pcap"); complaint != "" {
			t.Errorf("%s: %s", m[1], complaint)
		}
	}
	if n != len(ruleColors) {
		t.Errorf("%d rules, want %d", n, len(ruleColors))
	}
}

// wiresharkColor returns a color of the page's light theme, with 16 bits per component.
func wiresharkColor(t *testing.T, css []byte, name string) string {
	t.Helper()
	m := regexp.MustCompile(`--` + name + `: light-dark\(#([0-9a-f]{6}),`).FindSubmatch(css)
	if m == nil {
		t.Fatalf("the page has no color %s", name)
	}
	n, err := strconv.ParseUint(string(m[1]), 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d,%d,%d", n>>16*257, n>>8&0xff*257, n&0xff*257)
}

// TestWiresharkColumns checks the columns: numeric ports, the rule, which names the range, and the
// Community ID.
func TestWiresharkColumns(t *testing.T) {
	out, complaint := tsharkWith(t, "--color", "-T", "tabs", "-r", "../../pcaps/http.pcap", "-c",
		"1")
	fields := strings.Split(strings.TrimSpace(out), "\t")
	want := []string{"1", "0.000000", "192.0.2.10", "45650", "198.51.100.7", "80", "TCP", "74",
		"system port", "1:XPeQceJ7hKjy5zZwdbtD9W0wlBk=", ""}
	for i := range want {
		if complaint != "" || len(fields) != len(want)+1 ||
			strings.TrimSpace(fields[i]) != want[i] {
			t.Fatalf("%q, want %q and the summary; %s", fields, want, complaint)
		}
	}
}

// TestWiresharkRulesAgree checks that the rule that tshark applies to a frame matches portsniff's
// result.
func TestWiresharkRulesAgree(t *testing.T) {
	seen := map[string]int{}
	dynamic := filepath.Join(t.TempDir(), "dynamic.pcap")
	if err := os.WriteFile(dynamic, dynamicPorts(), 0o600); err != nil {
		t.Fatal(err)
	}
	paths := []string{dynamic}
	for _, name := range []string{"services", "services-ipv6", "fragments", "fragments6", "cut",
		"udp-closed", "udp-closed6", "tcp-refused", "arp-ping", "sctp", "dccp", "udplite", "vxlan",
		"gre", "esp-ah", "ipv6-exthdrs"} {
		paths = append(paths, "../../pcaps/"+name+".pcap")
	}
	for _, path := range paths {
		out, complaint := tsharkWith(t, "--color", "-T", "tabs", "-r", path)
		if complaint != "" {
			t.Errorf("%s: %s", path, complaint)
		}
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		f, err := pcapfile.Open(path, pcapfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var packet capture.Packet
		var p decode.Packet
		for f.Next(&packet) == nil {
			p.Decode(packet.Link, packet.Data, packet.Length)
			got := strings.Split(lines[packet.Number-1], "\t")[8]
			if want := ruleOf(&p, &packet); want != "" && got != want {
				t.Errorf("%s frame %d: %q, want %q", path, packet.Number, got, want)
			}
			seen[got]++
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range ruleColors {
		if seen[c.rule] == 0 {
			t.Errorf("no frame is colored by %q: %v", c.rule, seen)
		}
	}
}

// dynamicPorts returns a capture of one UDP packet from port 50000 to 60000.
func dynamicPorts() []byte {
	const header = "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\xff\xff\x00\x00\x65\x00\x00\x00" // version 2.4, raw IP
	const packet = "\x45\x00\x00\x1c\x00\x00\x00\x00\x40\x11\x00\x00" +
		"\xc0\x00\x02\x01\xc0\x00\x02\x02\xc3\x50\xea\x60\x00\x08\x00\x00"
	const record = "\x00\x00\x00\x00\x00\x00\x00\x00\x1c\x00\x00\x00\x1c\x00\x00\x00"
	return []byte(header + record + packet)
}

// ruleOf returns the rule for a frame, "" if it depends on more than its ports.
func ruleOf(p *decode.Packet, packet *capture.Packet) string {
	quoted, lowest := 0, annotate.Dynamic
	for i := range p.Ports {
		q := &p.Ports[i]
		lowest = min(lowest, annotate.RangeOf(min(q.Src, q.Dst)))
		if q.Quoted {
			quoted++
		}
	}
	switch {
	case len(packet.Data) < packet.Length:
		return "cut or malformed"
	case p.Stop.Err != nil, quoted > 0 && quoted < len(p.Ports):
		return ""
	case quoted > 0:
		return "ports only quoted"
	case len(p.Ports) == 0:
		return "no ports"
	}
	if t := p.Layers[len(p.Layers)-1]; t.ID == decode.IDTCP {
		if h := p.TCP(len(p.Layers) - 1); h != nil && h.RST {
			return "refused"
		}
	}
	return []string{"system port", "registered port", "dynamic ports"}[lowest]
}
