package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/hosts"
	"github.com/portsniff/portsniff/linktype"
)

// oneDatagram returns a table per port of one packet from port 50000 to 22, in one-second buckets.
func oneDatagram() *PortView {
	buckets := flow.NewBuckets(1e9, 1<<20)
	table := flow.NewPortTable(flow.PortOptions{By: flow.DestinationPort, Buckets: buckets})
	addRecord(table, capture.Record{Link: linktype.Raw, Length: 40, Nanos: 5e9,
		Data: tcpPacket("192.0.2.10", "198.51.100.7", 50000, 22, 0)})
	return &PortView{Ports: table.Ports(), Totals: table.Totals, Buckets: buckets}
}

// objects parses the lines of JSON.
func objects(t *testing.T, text string) (list []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		list = append(list, o)
	}
	return list
}

func TestBucketsAsJSON(t *testing.T) {
	var b bytes.Buffer
	if err := oneDatagram().Write(&b, FormatJSON, Style{}); err != nil {
		t.Fatal(err)
	}
	row := objects(t, b.String())[0]
	if row["port"] != 22.0 || row["proto"] != "tcp" || row["packets"] != 1.0 ||
		row["bytes"] != 40.0 || row["start"] != "1970-01-01T00:00:05.000000000Z" {
		t.Errorf("%v", row)
	}
}

// A failingWriter fails every write.
type failingWriter struct{}

var errWriter = errors.New("disk full")

func (failingWriter) Write([]byte) (int, error) { return 0, errWriter }

func TestPortTablesReportFailures(t *testing.T) {
	v := oneDatagram()
	plain := &PortView{Ports: v.Ports, Totals: v.Totals}
	for _, f := range []Format{FormatText, FormatJSON, FormatCSV} {
		for _, v := range []*PortView{v, plain} {
			if err := v.Write(failingWriter{}, f, Style{}); !errors.Is(err, errWriter) {
				t.Errorf("format %v, buckets %v: %v", f, v.Buckets != nil, err)
			}
		}
	}
}

// TestWideTableHasAllColumns checks that a wide table per port has the same columns as JSON and
// CSV.
func TestWideTableHasAllColumns(t *testing.T) {
	v := oneDatagram()
	v.Buckets = nil
	head := func(width int) []string {
		var b bytes.Buffer
		if err := v.Write(&b, FormatText, Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(b.String(), "\n")
		return strings.Fields(line)
	}
	narrow, wide := head(80), head(250)
	for _, name := range []string{"first", "last"} {
		if slices.Contains(narrow, name) || !slices.Contains(wide, name) {
			t.Errorf("%s: %q with 80 columns, %q with 250", name, narrow, wide)
		}
	}
}

// TestScansAsJSON checks that a scan of one port names the port and its protocol, and that a scan
// of several ports names none.
func TestScansAsJSON(t *testing.T) {
	source, target := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	v := &ServiceView{Scans: []hosts.Scan{
		{Source: source, Port: flow.PortKey{Proto: decode.ProtoTCP, Port: 23}, Ports: 1, Hosts: 40,
			Probes: 40, Filtered: 40, Frame: 7},
		{Source: source, Target: target, Ports: 30, Hosts: 1, Probes: 30, Closed: 30, Frame: 9},
	}}
	var b bytes.Buffer
	if err := v.Write(&b, FormatJSON, Style{}); err != nil {
		t.Fatal(err)
	}
	list := objects(t, b.String())
	if a := list[0]; a["port"] != 23.0 || a["proto"] != "tcp" || a["hosts"] != 40.0 ||
		a["first_frame"] != 7.0 {
		t.Errorf("%v", a)
	}
	if a := list[1]; a["port"] != nil || a["target"] != "192.0.2.2" || a["closed"] != 30.0 {
		t.Errorf("%v", a)
	}
}
