package corpustest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/render"
)

// headerFields are tshark's fields for the IP and TCP headers in JSON.
var headerFields = []string{
	"ip.ttl", "ip.id", "ipv6.hlim", "tcp.flags", "tcp.seq_raw", "tcp.ack_raw",
	"tcp.window_size_value",
	"tcp.option_kind", "tcp.options.mss_val", "tcp.options.wscale.shift",
	"tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr",
	"tcp.options.sack_le", "tcp.options.sack_re",
}

// A jsonHeaders contains the headers in a packet's JSON.
type jsonHeaders struct {
	Layers    []string
	TTL       *int
	ID        *int `json:"ip_id"`
	Transport []struct {
		Quoted bool
		TCP    *struct {
			Flags            string
			Seq, Ack, Window uint32
			Options          []struct {
				Kind                 int
				MSS, Shift, Val, Ecr *uint32
				Blocks               [][2]uint32
			}
		}
	}
}

// TestHeadersInJSON compares ttl, ip_id and tcp with tshark on every sample.
func TestHeadersInJSON(t *testing.T) {
	names, err := filepath.Glob("../../pcaps/*.pcap*")
	if err != nil || len(names) < 40 {
		t.Fatalf("%d samples, %v", len(names), err)
	}
	values, options := 0, 0
	for _, name := range names {
		rows := tsharkHeaders(t, name)
		frames := corpustest.ReadFrames(t, "../../pcaps", []string{name})
		if len(rows) != len(frames) {
			t.Fatalf("%s: tshark has %d packets of %d", name, len(rows), len(frames))
		}
		for i := range frames {
			got := headersOf(t, &frames[i])
			for field, want := range rows[i] {
				if !slices.Equal(got[field], want) {
					t.Errorf("%s frame %d: %s is %q, tshark has %q", frames[i].File, i+1, field,
						got[field], want)
				}
				values += len(want)
				if strings.HasPrefix(field, "tcp.option") {
					options += len(want)
				}
			}
		}
	}
	if values < 8000 || options < 1500 {
		t.Errorf("%d values were compared, %d of options", values, options)
	}
}

// tsharkHeaders returns the values of each field in each packet. It omits TCP headers that an ICMP
// error quotes, and includes only the outermost IP header.
func tsharkHeaders(t *testing.T, path string) (rows []map[string][]string) {
	t.Helper()
	args := []string{"-r", path, "-T", "fields", "-e", "frame.protocols",
		"-o", "tcp.relative_sequence_numbers:FALSE", "-o", "ip.defragment:FALSE"}
	for _, f := range headerFields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command(corpustest.Tool(t, "tshark"), args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		row := map[string][]string{}
		for i, field := range headerFields {
			var list []string
			if cells[i+1] != "" {
				list = strings.Split(cells[i+1], ",")
			}
			for j, v := range list {
				n, err := strconv.ParseUint(v, 0, 64)
				if err != nil {
					t.Fatal(err)
				}
				list[j] = strconv.FormatUint(n, 10)
			}
			row[field] = list
		}
		protocols := strings.Split(cells[0], ":")
		outer := slices.IndexFunc(protocols, func(p string) bool {
			return p == "ip" ||
				p == "ipv6"
		})
		for field, list := range row {
			switch {
			case outer >= 0 && !strings.HasPrefix(field, protocols[outer]+"."):
				if strings.HasPrefix(field, "ip") {
					row[field] = nil
				}
			case strings.HasPrefix(field, "ip") && len(list) > 1:
				row[field] = list[:1]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// headersOf returns the same values from the packet's JSON.
func headersOf(t *testing.T, f *corpustest.Frame) map[string][]string {
	t.Helper()
	var p decode.Packet
	p.Decode(f.Link, f.Data, f.Wire)
	frame := analysis.Frame{Packet: &p, Number: f.N, Len: f.Wire}
	for i := range p.Ports {
		frame.Transport = append(frame.Transport, analysis.Transport{TransportHeader: &p.Ports[i]})
	}
	var text bytes.Buffer
	if err := render.NewJSONWriter(&text).Packet(&frame); err != nil {
		t.Fatal(err)
	}
	var h jsonHeaders
	if err := json.Unmarshal(text.Bytes(), &h); err != nil {
		t.Fatalf("%v in %s", err, text.Bytes())
	}
	out := map[string][]string{}
	add := func(field string, v any) { out[field] = append(out[field], fmt.Sprint(v)) }
	addPointer := func(field string, v *uint32) {
		if v != nil {
			add(field, *v)
		}
	}
	if h.ID != nil {
		add("ip.id", *h.ID)
		add("ip.ttl", *h.TTL)
	} else if h.TTL != nil {
		add("ipv6.hlim", *h.TTL)
	}
	for _, x := range h.Transport {
		if x.TCP == nil || x.Quoted {
			continue
		}
		bits := 0
		for i, letter := range "FSRPAUEWe" {
			if strings.ContainsRune(x.TCP.Flags, letter) {
				bits |= 1 << i
			}
		}
		add("tcp.flags", bits)
		add("tcp.seq_raw", x.TCP.Seq)
		add("tcp.ack_raw", x.TCP.Ack)
		add("tcp.window_size_value", x.TCP.Window)
		for _, o := range x.TCP.Options {
			add("tcp.option_kind", o.Kind)
			addPointer("tcp.options.mss_val", o.MSS)
			addPointer("tcp.options.wscale.shift", o.Shift)
			addPointer("tcp.options.timestamp.tsval", o.Val)
			addPointer("tcp.options.timestamp.tsecr", o.Ecr)
			for _, b := range o.Blocks {
				add("tcp.options.sack_le", b[0])
				add("tcp.options.sack_re", b[1])
			}
		}
	}
	return out
}
