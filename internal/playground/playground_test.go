package playground_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/playground"
)

// data holds the members of the page's data that the tests use.
type data struct {
	Source  string
	Stop    string
	Frames  int
	Packets []struct {
		Link         string
		Proto        string
		Sport, Dport int
	}
	Links map[string]int
}

func read(t *testing.T, text []byte, err error) (d data) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func sample(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../../pcaps/udp-closed.pcap")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeCapture(t *testing.T) {
	text, err := playground.Decode(sample(t), "a.pcap")
	d := read(t, text, err)
	// according to capinfos, and tshark's udp.srcport and udp.dstport of frame 1
	if d.Source != "a.pcap" || d.Frames != 2 || d.Stop != "" || d.Links["EN10MB"] != 1 ||
		d.Packets[0].Sport != 50171 || d.Packets[0].Dport != 33434 {
		t.Errorf("%+v", d)
	}
}

// TestDecodeCutCapture checks that a truncated capture shows the packets before the end, and the
// error.
func TestDecodeCutCapture(t *testing.T) {
	b := sample(t)
	text, err := playground.Decode(b[:len(b)-1], "a.pcap")
	if d := read(t, text, err); d.Frames != 1 || d.Stop == "" {
		t.Errorf("%+v", d)
	}
}

// TestDecodeHex decodes a UDP datagram from port 4711 to 53, with and without an Ethernet header.
func TestDecodeHex(t *testing.T) {
	const ip = "45 00 00 1d 00 00 00 00 40 11 00 00 c0 00 02 0a c6 33 64 07 12 67 00 35 00 09 " +
		"00 00 61"
	for link, text := range map[string]string{"IPV4": ip,
		"EN10MB": "52 54 00 12 35 02 08 00 27 8e 8a a8 08 00 " + ip} {
		text, err := playground.Decode([]byte(text), "pasted")
		d := read(t, text, err)
		if len(d.Packets) != 1 {
			t.Fatalf("%s: %+v", link, d)
		}
		if p := d.Packets[0]; p.Link != link || p.Proto != "udp" || p.Sport != 4711 ||
			p.Dport != 53 {
			t.Errorf("%s: %+v", link, p)
		}
	}
}

func TestDecodeMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"no bytes":                   "",
		"12 67 00 35 00 09 00 00":    "must begin with Ethernet or IP",
		"\x00\x01\x02\x03not a pc":   "",
		strings.Repeat("00 ", 4<<20): "longer than 8 MiB",
	} {
		_, err := playground.Decode([]byte(text), "x")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v, want %q", text, err, want)
		}
	}
}

func TestSample(t *testing.T) {
	text, err := playground.Sample("dns")
	d := read(t, text, err)
	if len(d.Packets) == 0 || d.Packets[0].Dport != 53 || !strings.HasPrefix(d.Source, "dns ") {
		t.Errorf("%+v", d)
	}
	if _, err := playground.Sample("none"); err == nil {
		t.Error("a sample that is not there")
	}
}
