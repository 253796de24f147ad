package render

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

func process(pid int, name string, c sockets.Confidence) sockets.Owner {
	return sockets.Owner{Process: sockets.Process{PID: pid, Name: name, User: "alice"},
		Confidence: c}
}

// keyOf returns the key of a flow between two hosts.
func keyOf(proto decode.Transport, a, b uint16) flow.Key {
	return flow.Key{Proto: proto, A: flow.Endpoint{Addr: netip.MustParseAddr("192.0.2.1"), Port: a},
		B: flow.Endpoint{Addr: netip.MustParseAddr("192.0.2.2"), Port: b}}
}

// TestProcessesOfAPort checks that a port's row names the processes at the port and at the other
// end once each, and counts the rest.
func TestProcessesOfAPort(t *testing.T) {
	owners := map[uint16]sockets.Owner{
		80:    process(9, "ngi\x1bnx", sockets.Exact),
		50004: {Confidence: sockets.Gone},
	}
	for i := range uint16(4) {
		owners[50000+i] = process(int(20+i%3), "curl", sockets.Exact)
	}
	table := analysis.NewProcessTable(func(f sockets.Flow, _ bool) (sockets.Owner, bool) {
		return owners[f.Local.Port()], true
	})
	for i := range uint16(5) {
		table.Add(keyOf(decode.ProtoTCP, 50000+i, 80), true)
	}
	table.Add(flow.Key{Proto: decode.ProtoTCP}, true) // no addresses, no lookup
	rows := table.ByPort(func(flow.Key) (a, b bool) { return false, true })
	row := rows[flow.PortKey{Proto: decode.ProtoTCP, Port: 80}]
	want := `ngi\x1bnx/9 of alice; peer curl/20 of alice, curl/21 of alice, 1 more, ` +
		`1 closed too soon`
	if got := portProcessesText(row); got != want || len(rows) != 1 {
		t.Errorf("%q, want %q; %d rows", got, want, len(rows))
	}
	want = "curl/20 of alice, curl/21 of alice, curl/22 of alice, 1 closed too soon"
	if got := processSetText(&row.Peer, maxNamedInData); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	rows = table.ByPort(func(flow.Key) (a, b bool) { return true, true })
	got := portProcessesText(rows[flow.PortKey{Proto: decode.ProtoTCP, Port: 50000}])
	if want := `curl/20 of alice; peer ngi\x1bnx/9 of alice`; got != want || len(rows) != 6 {
		t.Errorf("%q, want %q; %d rows for both ends", got, want, len(rows))
	}
}

// TestProcessesAreJSON checks that processes are an array in JSON.
func TestProcessesAreJSON(t *testing.T) {
	owners := map[uint16]sockets.Owner{80: process(9, "nginx", sockets.Exact)}
	table := analysis.NewProcessTable(func(f sockets.Flow, _ bool) (sockets.Owner, bool) {
		return owners[f.Local.Port()], true
	})
	for i := range uint16(3) {
		owners[50000+i] = process(int(20+i), "curl", sockets.Exact)
		table.Add(keyOf(decode.ProtoTCP, 50000+i, 80), true)
	}
	var out strings.Builder
	v := &PortView{Processes: table, Side: func(flow.Key) (a, b bool) { return false, true },
		Ports: []flow.Port{{PortKey: flow.PortKey{Proto: decode.ProtoTCP, Port: 80}}}}
	if err := v.Write(&out, FormatJSON, Style{}); err != nil {
		t.Fatal(err)
	}
	if line, _, _ := strings.Cut(out.String(), "\n"); !json.Valid([]byte(line)) ||
		strings.Count(line, `"curl"`) != 3 {
		t.Error(line)
	}
}

// TestUntrackedFlows checks that the table reports the flows without a process lookup.
func TestUntrackedFlows(t *testing.T) {
	table := analysis.NewProcessTable(nil)
	table.Untracked = 3
	var out strings.Builder
	v := &PortView{Processes: table, Side: func(flow.Key) (a, b bool) { return false, true }}
	if err := v.Write(&out, FormatText, Style{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(),
		"processes not looked up (memory full): 3 flows\n") {
		t.Error(out.String())
	}
}
