package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/linktype"
)

// A jsonFlow is a flow's object for encoding/json.
type jsonFlow struct {
	Schema         string          `json:"schema"`
	Proto          string          `json:"proto"`
	Client         string          `json:"client"`
	ClientPort     uint16          `json:"client_port"`
	ClientRange    string          `json:"client_range"`
	ClientService  string          `json:"client_service"`
	Server         string          `json:"server"`
	ServerPort     uint16          `json:"server_port"`
	ServerRange    string          `json:"server_range"`
	ServerService  string          `json:"server_service"`
	ClientEvidence string          `json:"client_evidence"`
	State          string          `json:"state"`
	PacketsSent    uint64          `json:"packets_sent"`
	BytesSent      uint64          `json:"bytes_sent"`
	PacketsRecv    uint64          `json:"packets_received"`
	BytesRecv      uint64          `json:"bytes_received"`
	FirstFrame     int64           `json:"first_frame"`
	Start          *string         `json:"start"`
	End            *string         `json:"end"`
	ClientPayload  string          `json:"client_payload"`
	ServerPayload  string          `json:"server_payload"`
	Contradiction  string          `json:"contradiction,omitempty"`
	ClientProcess  *jsonEndProcess `json:"client_process,omitempty"`
	ServerProcess  *jsonEndProcess `json:"server_process,omitempty"`
}

func jsonFlowOf(v *FlowView, f *flow.Flow) jsonFlow {
	r := analysis.RolesOf(f)
	row := jsonFlow{FlowSchema, f.Proto.String(), address(r.ClientEnd.Addr), r.ClientEnd.Port,
		annotate.RangeOf(r.ClientEnd.Port).String(), r.ClientService,
		address(r.ServerEnd.Addr), r.ServerEnd.Port, annotate.RangeOf(r.ServerEnd.Port).String(),
		r.ServerService, string(r.Evidence), string(f.State()),
		r.Sent.Packets, r.Sent.Bytes, r.Received.Packets, r.Received.Bytes, f.FirstFrame,
		moment(f.Start), moment(f.End),
		r.ClientPayload.String(), r.ServerPayload.String(), v.contradiction(f), nil, nil}
	if v.Processes != nil {
		client, server := v.Processes.RoleEnds(f, &r)
		row.ClientProcess, row.ServerProcess = endProcessRow(&client), endProcessRow(&server)
	}
	return row
}

// cells are the texts that encoding/csv is to write.
func (f *jsonFlow) cells(v *FlowView, x *flow.Flow) []string {
	cells := []string{f.Proto, f.Client, port(f.ClientPort), f.ClientRange, f.ClientService,
		f.Server, port(f.ServerPort), f.ServerRange, f.ServerService, f.ClientEvidence,
		f.State, number(f.PacketsSent), number(f.BytesSent), number(f.PacketsRecv),
		number(f.BytesRecv), strconv.FormatInt(f.FirstFrame, 10), orEmpty(f.Start), orEmpty(f.End),
		f.ClientPayload, f.ServerPayload, f.Contradiction}
	if v.Processes != nil {
		r := analysis.RolesOf(x)
		client, server := v.Processes.RoleEnds(x, &r)
		cells = append(cells, processText(&client), processText(&server))
	}
	return cells
}

// Flows as data are what encoding/json and encoding/csv make of them, be there processes or not:
// flows of all samples, of which the first ones have no times, and one whose bytes say something
// else than its port.
func TestFlowDataAgainstEncoders(t *testing.T) {
	table, n, list := flow.NewTable(flow.Options{}), int64(0), []flow.Key(nil)
	table.OnFlow = func(k flow.Key, _ bool) { list = append(list, k) }
	add := func(link uint32, frame []byte) {
		var p decode.Packet
		p.Decode(linktype.Type(link), frame, len(frame))
		at := int64(flow.NoTime)
		if n++; n > 200 {
			at = 1_700_000_000_000_000_000 + n*123_456_789 - n%3*5_000_000_000
		}
		table.Add(&p, uint32(len(frame)), at, n)
	}
	sampleFrames(t, add)
	add(uint32(linktype.Raw), append([]byte{0x45, 3: 60, 8: 64, 9: 6, 12: 192, 14: 2, 15: 1,
		16: 192, 18: 2, 19: 2, 20: 200, 21: 1, 22: 1, 23: 187, 32: 0x50, 33: 0x18, 39: 0},
		"SSH-2.0-OpenSSH_9.2"...))
	round := 0 // of lookups: each finds other processes at the ports that are used again
	names := []string{"curl", "=cmd", "a,\"b\"", "\x1b[31m", "<&>\u202e\u2028", "\xff", ""}
	for _, v := range []*FlowView{{Table: table}, {Table: table, Top: 3, By: flow.ByBytes},
		{Table: table, Processes: analysis.NewProcessTable(func(f sockets.Flow,
			_ bool) (sockets.Owner, bool) {
			n := int(f.Local.Port())
			return sockets.Owner{Process: sockets.Process{PID: n + round<<16,
				Name: names[n%len(names)],
				User: names[n/7%len(names)]}, More: n % 3, Confidence: sockets.Exact}, n%2 == 0
		})}} {
		if v.Processes != nil {
			for round = range 5 {
				for i, k := range list {
					v.Processes.Add(k, i%5 >= round)
				}
				v.Processes.Gather()
			}
		}
		var objects, rows, gotObjects, gotRows bytes.Buffer
		enc, flows := newEncoder(&objects), 0
		header := "proto,client,client_port,client_range,client_service,server,server_port,server_range,server_service,client_evidence,state,packets_sent,bytes_sent," +
			"packets_received,bytes_received,first_frame,start,end,client_payload,server_payload,contradiction"
		if v.Processes != nil {
			header += ",client_process,server_process"
		}
		rows.WriteString(header + "\n")
		for f := range v.flows() {
			row := jsonFlowOf(v, &f)
			if err := enc.Encode(&row); err != nil {
				t.Fatal(err)
			}
			rows.WriteString(csvLine(t, row.cells(v, &f)...))
			flows++
		}
		if err := FlowsJSON(&gotObjects, v); err != nil {
			t.Fatal(err)
		}
		if err := FlowsCSV(&gotRows, v); err != nil {
			t.Fatal(err)
		}
		got, end, _ := bytes.Cut(gotObjects.Bytes(), []byte(`{"schema":"`+TotalSchema+`",`))
		sameLines(t, "JSON", got, objects.Bytes())
		sameLines(t, "CSV", gotRows.Bytes(), rows.Bytes())
		var sum jsonTotal
		if err := json.Unmarshal(append([]byte("{"), end...), &sum); err != nil || !sum.End ||
			sum.Packets != uint64(n) || *sum.Flows != table.Len() ||
			sum.Hidden != table.Len()-flows {
			t.Errorf("%d of %d flows, and then %s (%v)", flows, table.Len(), end, err)
		}
		if flows < 3 || v.Top == 0 && flows != table.Len() {
			t.Errorf("%d of %d flows", flows, table.Len())
		}
		for name, write := range map[string]func(io.Writer, *FlowView) error{"JSON": FlowsJSON,
			"CSV": FlowsCSV} {
			for room := range 3 {
				if w := (&fullWriter{room: room}); !errors.Is(write(w, v), errFull) ||
					w.refused != 1 {
					t.Errorf("%s, room for %d lines: %d further ones were tried", name, room,
						w.refused)
				}
			}
		}
	}
}

var errFull = errors.New("full")

// A fullWriter takes some lines, and then none.
type fullWriter struct{ room, refused int }

func (w *fullWriter) Write(b []byte) (int, error) {
	if w.room == 0 {
		w.refused++
		return 0, errFull
	}
	w.room--
	return len(b), nil
}

func sameLines(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	x, y := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(x), len(y)) {
		if !bytes.Equal(x[i], y[i]) {
			t.Errorf("%s, line %d:\n%s\nwant\n%s", what, i+1, x[i], y[i])
			return
		}
	}
	t.Errorf("%s: %d lines, want %d", what, len(x), len(y))
}

// A flow costs no allocation as JSON, nor as CSV.
func TestFlowDataAllocatesNothing(t *testing.T) {
	table := sampleTable(t)
	d, flows := newFlowData(io.Discard, &FlowView{Table: table}), slices.Collect(table.Flows())
	for name, write := range map[string]func(*flow.Flow) error{"JSON": d.json, "CSV": d.csv} {
		if n := testing.AllocsPerRun(10, func() {
			for i := range flows {
				if err := write(&flows[i]); err != nil {
					t.Fatal(err)
				}
			}
		}); n != 0 || len(flows) < 10 {
			t.Errorf("%s: %v allocations for %d flows", name, n, len(flows))
		}
	}
}

// sampleTable has the flows of all samples.
func sampleTable(t testing.TB) *flow.Table {
	table, n := flow.NewTable(flow.Options{}), int64(0)
	sampleFrames(t, func(link uint32, frame []byte) {
		var p decode.Packet
		p.Decode(linktype.Type(link), frame, len(frame))
		n++
		table.Add(&p, uint32(len(frame)), 1_700_000_000_000_000_000+n*123_456_789, n)
	})
	return table
}

// BenchmarkFlowData is what a flow costs as data.
func BenchmarkFlowData(b *testing.B) {
	table := sampleTable(b)
	var out bytes.Buffer
	v := &FlowView{Table: table}
	for name, write := range map[string]func() error{"JSON": func() error {
		return FlowsJSON(&out,
			v)
	}, "CSV": func() error { return FlowsCSV(&out, v) }} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if out.Reset(); write() != nil {
					b.Fatal(name)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(table.Len()),
				"ns/flow")
		})
	}
}
