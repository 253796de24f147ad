package analysis_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

// A register answers lookups by the local port.
type register struct {
	owners  map[uint16]sockets.Owner
	mute    bool // no answer has arrived yet
	lookups int
	fresh   int
}

func (r *register) ask(f sockets.Flow, fresh bool) (sockets.Owner, bool) {
	r.lookups++
	if fresh {
		r.fresh++
	}
	return r.owners[f.Local.Port()], !r.mute
}

func process(pid int, name string, c sockets.Confidence) sockets.Owner {
	return sockets.Owner{Process: sockets.Process{PID: pid, Name: name, User: "alice"},
		Confidence: c}
}

// keyOf returns the key of a flow between two hosts.
func keyOf(proto decode.Transport, a, b uint16) flow.Key {
	return flow.Key{Proto: proto, A: flow.Endpoint{Addr: netip.MustParseAddr("192.0.2.1"), Port: a},
		B: flow.Endpoint{Addr: netip.MustParseAddr("192.0.2.2"), Port: b}}
}

// server returns what a table knows about end B of a flow.
func server(t *analysis.ProcessTable, k flow.Key) string {
	_, p := t.Ends(k)
	if !p.Known() {
		return ""
	}
	return fmt.Sprintf("%s/%d %s, %d earlier", p.Name, p.PID, p.Confidence, p.Earlier)
}

// TestProcessTableLearns follows one flow from the first lookup to a reuse of its ports.
func TestProcessTableLearns(t *testing.T) {
	r := &register{owners: map[uint16]sockets.Owner{}, mute: true}
	table := analysis.NewProcessTable(r.ask)
	k := keyOf(decode.ProtoTCP, 50000, 80)
	gone := sockets.Owner{Confidence: sockets.Gone}
	for _, step := range []struct {
		name    string
		do      func()
		want    string
		waiting bool
	}{
		{"no answer yet", func() { table.Add(k, true) }, "", true},
		{"only the listener is known", func() {
			r.mute, r.owners[80] = false, process(9, "sshd", sockets.Listener)
		}, "sshd/9 listener, 0 earlier", false},
		{"the listener exits", func() { r.owners[80] = gone }, "sshd/9 listener, 0 earlier", false},
		{"the connection is accepted", func() {
			r.owners[80] = process(11, "sshd", sockets.Exact)
		}, "sshd/11 exact, 0 earlier", false},
		{"the process exits", func() { r.owners[80] = gone }, "sshd/11 exact, 0 earlier", false},
		{"another process reuses the ports", func() {
			r.owners[80] = process(12, "sshd", sockets.Exact)
			table.Add(k, true)
		}, "sshd/12 exact, 1 earlier", false},
		{"the same process reuses the ports", func() { table.Add(k, true) },
			"sshd/12 exact, 1 earlier", false},
		{"a packet in the middle of the flow", func() {
			r.owners[80] = process(13, "sshd", sockets.Exact)
			table.Add(k, false)
		}, "sshd/12 exact, 1 earlier", false},
	} {
		step.do()
		if got := table.Gather(); got != step.waiting {
			t.Errorf("%s: waiting %v", step.name, got)
		}
		if got := server(table, k); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
	if r.fresh != 6 { // the flow begins three times, with two ends each
		t.Errorf("%d fresh lookups", r.fresh)
	}
	before := r.lookups
	if table.Gather(); r.lookups != before {
		t.Error("it looks on although everything is known")
	}
}

// maxTracked is the documented maximum number of flows that a ProcessTable tracks.
const maxTracked = 1 << 16

// TestProcessTableIsBounded checks that flows beyond the limit are counted but not tracked.
func TestProcessTableIsBounded(t *testing.T) {
	r := &register{mute: true}
	table := analysis.NewProcessTable(r.ask)
	for i := range maxTracked + 3 {
		table.Add(keyOf(decode.Transport(1+i>>16), uint16(i), 80), false)
	}
	if table.Untracked != 3 || !table.Gather() {
		t.Errorf("%d flows are untracked", table.Untracked)
	}
	if lookups := 2 * maxTracked; r.lookups < lookups || r.lookups > lookups+2*1024 {
		t.Errorf("%d lookups, want two for each flow and those of one Gather", r.lookups)
	}
}

// TestProcessTableForgetsStrangers checks that flows between other hosts are removed first.
func TestProcessTableForgetsStrangers(t *testing.T) {
	r := &register{owners: map[uint16]sockets.Owner{7: process(20, "curl", sockets.Exact)}}
	table := analysis.NewProcessTable(r.ask)
	mine := keyOf(decode.ProtoTCP, 7, 80)
	for i := range maxTracked {
		table.Add(keyOf(decode.ProtoTCP, uint16(i), 80), false)
	}
	for table.Gather() {
	}
	table.Add(keyOf(decode.ProtoUDP, 7, 80), false)
	both := table.ByPort(func(flow.Key) (a, b bool) { return true, true })
	if client, _ := table.Ends(mine); table.Untracked != 0 || client.PID != 20 || len(both) != 4 {
		t.Errorf("%d untracked, %+v, %d ports", table.Untracked, client, len(both))
	}
}
