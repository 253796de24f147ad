package records_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/records"
)

// write writes the records of a capture.
func write(t *testing.T, path string, make func(io.Writer) records.Writer) string {
	t.Helper()
	f, err := pcapfile.Open(path, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out bytes.Buffer
	w := make(&out)
	if err := w.Begin(); err != nil {
		t.Fatal(err)
	}
	a := analysis.New(flow.Options{Idle: 5 * time.Minute})
	c := records.Collect(a.Flows, func(r *records.Record) {
		if err := w.Record(r); err != nil {
			t.Fatal(err)
		}
	})
	var p capture.Packet
	for f.Next(&p) == nil {
		c.Packet(a.Packet(&p))
	}
	a.Flows.Finish()
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// compared lists the columns in which portsniff must equal Zeek. The service is not one of them,
// because it depends on Zeek's analyzers.
var compared = []string{"ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto",
	"duration", "orig_bytes", "resp_bytes", "conn_state", "history", "orig_pkts",
	"orig_ip_bytes", "resp_pkts", "resp_ip_bytes"}

// TestConnLogAgainstZeek compares records with the expected output of Zeek's own tests for these
// captures. That output hides some times.
func TestConnLogAgainstZeek(t *testing.T) {
	folder := filepath.Join(corpustest.Corpus(t), "zeek+zeek/testing/btest/Traces")
	truths, err := os.ReadFile("testdata/zeek.tsv")
	if err != nil {
		t.Fatal(err)
	}
	logs := map[string][]string{}
	for line := range strings.Lines(string(truths)) {
		file, want, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if logs[file] == nil {
			text := write(t, filepath.Join(folder, file), func(w io.Writer) records.Writer {
				return records.NewZeekTSV(w, time.Now)
			})
			logs[file] = rows(t, text)
		}
		want = strings.TrimPrefix(want, "*\t")
		if !slices.ContainsFunc(logs[file], func(row string) bool {
			return row == want || strings.HasSuffix(row, "\t"+want)
		}) {
			t.Errorf("%s: Zeek has\n%s, got\n%s", file, want, strings.Join(logs[file], "\n"))
		}
	}
}

// rows returns the compared columns of a conn.log.
func rows(t *testing.T, text string) (rows []string) {
	t.Helper()
	var names []string
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if cells[0] == "#fields" {
			names = cells[1:]
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(cells) != len(names) {
			t.Fatalf("%d cells below %d names", len(cells), len(names))
		}
		var row []string
		for _, name := range compared {
			row = append(row, cells[slices.Index(names, name)])
		}
		rows = append(rows, strings.Join(row, "\t"))
	}
	return rows
}

// TestConnStates checks the states against the rules in Zeek's documentation of conn.log.
func TestConnStates(t *testing.T) {
	const fin, syn, rst, ack = decode.FlagFIN, decode.FlagSYN, decode.FlagRST, decode.FlagACK
	for _, c := range []struct {
		want             string
		asked, answered  flow.Side
		client, server   uint8
		clients, servers uint64
		payload          uint64
	}{
		{"S0", flow.A, flow.None, syn, 0, 1, 0, 0},
		{"S1", flow.A, flow.B, syn | ack, syn | ack, 2, 1, 0},
		{"S2", flow.A, flow.B, syn | ack | fin, syn | ack, 3, 1, 0},
		{"S3", flow.A, flow.B, syn | ack, syn | ack | fin, 3, 2, 0},
		{"SF", flow.A, flow.B, syn | ack | fin, syn | ack | fin, 3, 2, 0},
		{"REJ", flow.A, flow.None, syn, rst | ack, 1, 1, 0},
		{"RSTO", flow.A, flow.B, syn | ack | rst, syn | ack, 3, 1, 5},
		{"RSTR", flow.A, flow.B, syn | ack, syn | ack | rst, 3, 2, 5},
		{"RSTOS0", flow.A, flow.None, syn | rst, 0, 2, 0, 0},
		{"RSTRH", flow.None, flow.B, 0, syn | ack | rst, 0, 2, 0},
		{"SH", flow.A, flow.None, syn | fin, 0, 2, 0, 0},
		{"SHR", flow.None, flow.B, 0, syn | ack | fin, 0, 2, 0},
		{"OTH", flow.None, flow.None, ack, ack, 2, 2, 9},
	} {
		r := records.Record{Client: flow.A, Payload: [3]uint64{flow.A: c.payload}}
		r.Proto, r.Asked, r.Answered = decode.ProtoTCP, c.asked, c.answered
		r.From = [3]flow.Count{flow.A: {Packets: c.clients}, flow.B: {Packets: c.servers}}
		r.Flags = [3]uint8{flow.A: c.client, flow.B: c.server}
		if got := r.ConnState(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// TestJSONRecords checks that both JSON formats have the values that tshark shows for the same
// capture.
func TestJSONRecords(t *testing.T) {
	const sample = "../../pcaps/http.pcap"
	var conn struct {
		UID     string  `json:"uid"`
		TS      float64 `json:"ts"`
		Orig    string  `json:"id.orig_h"`
		Port    int     `json:"id.resp_p"`
		State   string  `json:"conn_state"`
		ID      string  `json:"community_id"`
		Took    float64 `json:"duration"`
		Sent    int     `json:"orig_bytes"`
		Got     int     `json:"resp_bytes"`
		History string  `json:"history"`
	}
	text := write(t, sample, records.NewZeekJSON)
	if err := json.Unmarshal([]byte(text), &conn); err != nil {
		t.Fatal(err, text)
	}
	if conn.Orig != "192.0.2.10" || conn.Port != 80 || conn.State != "SF" || len(conn.UID) != 18 ||
		conn.ID != "1:XPeQceJ7hKjy5zZwdbtD9W0wlBk=" || conn.TS != 1795403173.601064 {
		t.Errorf("%+v", conn)
	}
	// duration from the SYN to the second FIN; sums of tcp.len; each flag once per side
	if conn.Took != 0.001906 || conn.Sent != 76 || conn.Got != 240 ||
		conn.History != "ShADadFf" {
		t.Errorf("%+v", conn)
	}
	type end struct {
		IP             string
		Bytes, Packets int
	}
	var event struct {
		Timestamp           string `json:"@timestamp"`
		Source, Destination end
		Related             struct{ IP []string }
		Network             struct {
			Transport, Type, Protocol string
			Bytes, Packets            int
		}
		Event struct {
			Start, End, Reason string
			Duration           int
			Type               []string
		}
	}
	text = write(t, sample, records.NewECS)
	if err := json.Unmarshal([]byte(text), &event); err != nil {
		t.Fatal(err, text)
	}
	if event.Source.IP != "192.0.2.10" || event.Source.Packets != 6 || event.Source.Bytes != 396 ||
		event.Network.Transport != "tcp" || event.Network.Protocol != "http" ||
		event.Event.Start != "2026-11-23T03:06:13.601064000Z" ||
		!slices.Equal(event.Event.Type, []string{"connection", "start", "end"}) {
		t.Errorf("%+v", event)
	}
	if event.Destination != (end{"198.51.100.7", 456, 4}) || event.Network.Bytes != 396+456 ||
		event.Network.Packets != 10 || event.Network.Type != "ipv4" ||
		event.Event.End != "2026-11-23T03:06:13.603045000Z" ||
		event.Timestamp != event.Event.End || event.Event.Reason != "end-of-flow" ||
		event.Event.Duration != 1_906_000 ||
		!slices.Equal(event.Related.IP, []string{"192.0.2.10", "198.51.100.7"}) {
		t.Errorf("%+v", event)
	}
}

// TestMapping checks that the table contains every name that the writers use. portsniff must have a
// value for each name, except those that it leaves unset on purpose.
func TestMapping(t *testing.T) {
	unset := []string{"local_orig", "local_resp", "missed_bytes", "tunnel_parents"}
	for _, n := range records.Mapping() {
		if records.Known(n.Portsniff) == slices.Contains(unset, n.Portsniff) {
			t.Errorf("%+v", n)
		}
		if n.Zeek == "" && n.ECS == "" || (n.Zeek == "") != (n.ZeekType == "") {
			t.Errorf("%+v", n)
		}
	}
}

// TestMappingIsDocumented checks that the page about other formats lists the names of the table.
func TestMappingIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/speaks.md")
	if err != nil {
		t.Fatal(err)
	}
	cell := func(name string) string {
		if name == "" {
			return "|  "
		}
		return "| `" + name + "` "
	}
	for _, n := range records.Mapping() {
		row := cell(n.Portsniff) + cell(n.Zeek) + cell(n.ECS) + cell(n.OpenTelemetry) + "| "
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/speaks.md lacks %s", row)
		}
	}
}
