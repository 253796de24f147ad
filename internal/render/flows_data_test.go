package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/linktype"
)

// A jsonFlow is a flow's object as encoding/json writes it.
type jsonFlow struct {
	Schema         string       `json:"schema"`
	Proto          string       `json:"proto"`
	Client         string       `json:"client"`
	ClientPort     uint16       `json:"client_port"`
	ClientRange    string       `json:"client_range"`
	ClientService  string       `json:"client_service"`
	Server         string       `json:"server"`
	ServerPort     uint16       `json:"server_port"`
	ServerRange    string       `json:"server_range"`
	ServerService  string       `json:"server_service"`
	ClientEvidence string       `json:"client_evidence"`
	State          string       `json:"state"`
	PacketsSent    uint64       `json:"packets_sent"`
	BytesSent      uint64       `json:"bytes_sent"`
	PacketsRecv    uint64       `json:"packets_received"`
	BytesRecv      uint64       `json:"bytes_received"`
	FirstFrame     int64        `json:"first_frame"`
	Start          *string      `json:"start"`
	End            *string      `json:"end"`
	ClientPayload  string       `json:"client_payload"`
	ServerPayload  string       `json:"server_payload"`
	Contradiction  string       `json:"contradiction,omitempty"`
	ClientProcess  *flowProcess `json:"client_process,omitempty"`
	ServerProcess  *flowProcess `json:"server_process,omitempty"`
}

// A flowProcess is the process at one end of a flow.
type flowProcess struct {
	PID        int                `json:"pid"`
	Name       json.RawMessage    `json:"name"`
	User       json.RawMessage    `json:"user"`
	More       int                `json:"more"`
	Earlier    int                `json:"earlier"`
	Confidence sockets.Confidence `json:"confidence"`
}

func flowProcessOf(p *analysis.EndProcess) *flowProcess {
	if p.Owner == (sockets.Owner{}) {
		return nil
	}
	return &flowProcess{p.PID, appendText(nil, p.Name), appendText(nil, p.User), p.More, p.Earlier,
		p.Confidence}
}

func momentOf(nanos int64) *string {
	if nanos == flow.NoTime {
		return nil
	}
	s := time.Unix(0, nanos).UTC().Format(timeLayout)
	return &s
}

// address writes an address, or "" if there is none.
func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func jsonFlowOf(r *flowRow) jsonFlow {
	c, s := r.ClientEnd, r.ServerEnd
	row := jsonFlow{FlowSchema, r.Proto.String(),
		address(c.Addr), c.Port, annotate.RangeOf(c.Port).String(), r.ClientService,
		address(s.Addr), s.Port, annotate.RangeOf(s.Port).String(), r.ServerService,
		string(r.Evidence), string(r.State()),
		r.Sent.Packets, r.Sent.Bytes, r.Received.Packets, r.Received.Bytes, r.FirstFrame,
		momentOf(r.Start), momentOf(r.End), r.ClientPayload.String(), r.ServerPayload.String(), "",
		flowProcessOf(&r.client), flowProcessOf(&r.server)}
	for _, side := range []flow.Side{flow.A, flow.B} {
		says, at := r.Payloads[side], r.ServicePort()
		if row.Contradiction == "" && says.Contradicts(at.Proto, at.Port) {
			row.Contradiction = says.Says()
		}
	}
	return row
}

// cells returns the texts for encoding/csv.
func (f *jsonFlow) cells(r *flowRow, processes bool) []string {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	cells := []string{f.Proto, f.Client, port(f.ClientPort), f.ClientRange, f.ClientService,
		f.Server, port(f.ServerPort), f.ServerRange, f.ServerService, f.ClientEvidence,
		f.State, number(f.PacketsSent), number(f.BytesSent), number(f.PacketsRecv),
		number(f.BytesRecv), strconv.FormatInt(f.FirstFrame, 10), text(f.Start), text(f.End),
		f.ClientPayload, f.ServerPayload, f.Contradiction}
	if processes {
		cells = append(cells, processText(&r.client), processText(&r.server))
	}
	return cells
}

// TestFlowDataAgainstEncoders compares flows in JSON and CSV with the output of encoding/json and
// encoding/csv, with and without processes. It uses the flows of all samples. The first ones have
// no times, and the payload of one contradicts its port.
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
	round := 0 // lookups so far: each finds other processes at reused ports
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
		enc, flows := json.NewEncoder(&visible{w: &objects}), 0
		enc.SetEscapeHTML(false)
		header := "proto,client,client_port,client_range,client_service,server,server_port," +
			"server_range,server_service,client_evidence,state,packets_sent,bytes_sent," +
			"packets_received,bytes_received,first_frame,start,end,client_payload," +
			"server_payload,contradiction"
		if v.Processes != nil {
			header += ",client_process,server_process"
		}
		rows.WriteString(header + "\n")
		for f := range v.rows() {
			row := jsonFlowOf(f)
			if err := enc.Encode(&row); err != nil {
				t.Fatal(err)
			}
			rows.WriteString(csvLine(t, row.cells(f, v.Processes != nil)...))
			flows++
		}
		if err := v.Write(&gotObjects, FormatJSON, Style{}); err != nil {
			t.Fatal(err)
		}
		if err := v.Write(&gotRows, FormatCSV, Style{}); err != nil {
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
		for _, format := range []Format{FormatJSON, FormatCSV, FormatText} {
			for space := range 3 {
				w := &fullWriter{space: space}
				if !errors.Is(v.Write(w, format, Style{}), errFull) || w.refused != 1 {
					t.Errorf("%s, space for %d lines: %d more were written", format, space,
						w.refused)
				}
			}
		}
	}
}

var errFull = errors.New("full")

// A fullWriter accepts a limited number of lines, then fails.
type fullWriter struct{ space, refused int }

func (w *fullWriter) Write(b []byte) (int, error) {
	if w.space == 0 {
		w.refused++
		return 0, errFull
	}
	w.space--
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

// TestFlowsAllocateNothing checks that a flow costs no allocation in any format.
func TestFlowsAllocateNothing(t *testing.T) {
	tableOf := func(flows int) *flow.Table {
		table := flow.NewTable(flow.Options{})
		var p decode.Packet
		frame := []byte{0x45, 3: 40, 8: 64, 9: 6, 12: 192, 16: 192, 22: 1, 32: 0x50, 33: 2, 39: 0}
		for i := range flows {
			frame[20], frame[21] = byte(0x80|i>>8), byte(i)
			p.Decode(linktype.Raw, frame, len(frame))
			table.Add(&p, 40, int64(i)*1e9, int64(i+1))
		}
		return table
	}
	few, many := tableOf(10), tableOf(2000)
	for _, format := range []Format{FormatJSON, FormatCSV, FormatText} {
		allocs := func(table *flow.Table) float64 {
			v := &FlowView{Table: table}
			return testing.AllocsPerRun(5, func() {
				if err := v.Write(io.Discard, format, Style{Width: 80}); err != nil {
					t.Fatal(err)
				}
			})
		}
		if more := allocs(many) - allocs(few); more > 100 || many.Len()-few.Len() != 1990 {
			t.Errorf("%s: %v allocations for %d flows more", format, more, many.Len()-few.Len())
		}
	}
}

// sampleTable returns the flows of all samples.
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

// BenchmarkFlowData measures the cost of a flow in JSON and CSV.
func BenchmarkFlowData(b *testing.B) {
	table := sampleTable(b)
	var out bytes.Buffer
	v := &FlowView{Table: table}
	for _, format := range []Format{FormatJSON, FormatCSV, FormatText} {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if out.Reset(); v.Write(&out, format, Style{Width: 80}) != nil {
					b.Fatal(format)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(table.Len()),
				"ns/flow")
		})
	}
}
