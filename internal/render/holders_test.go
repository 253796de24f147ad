package render

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

// A register answers for Holders: of flows by their local ports.
type register struct {
	owners map[uint16]sockets.Owner
	mute   bool // no answer has come yet
	asked  int
	fresh  int
}

func (r *register) ask(f sockets.Flow, fresh bool) (sockets.Owner, bool) {
	r.asked++
	if fresh {
		r.fresh++
	}
	return r.owners[f.Local.Port()], !r.mute
}

func process(pid int, name string, c sockets.Confidence) sockets.Owner {
	return sockets.Owner{Process: sockets.Process{PID: pid, Name: name, User: "alice"}, Confidence: c}
}

// keyOf is a flow between two hosts.
func keyOf(proto decode.Proto, a, b uint16) flow.Key {
	return flow.Key{Proto: proto, A: flow.Endpoint{Addr: netip.MustParseAddr("192.0.2.1"), Port: a}, B: flow.Endpoint{Addr: netip.MustParseAddr("192.0.2.2"), Port: b}}
}

// textOf is what a list of flows would say of the flow.
func textOf(h *Holders, k flow.Key) string {
	f := flow.Flow{Key: k, Facts: flow.Facts{Asked: flow.A, First: flow.A}}
	r := RolesOf(&f)
	return h.flowText(&f, &r)
}

func TestHoldersLearn(t *testing.T) {
	r := &register{owners: map[uint16]sockets.Owner{}, mute: true}
	h := NewHolders(r.ask)
	k := keyOf(decode.ProtoTCP, 50000, 80)
	for _, step := range []struct {
		name    string
		do      func()
		want    string
		waiting bool
	}{
		{"not answered", func() { h.Began(k, true) }, "", true},
		{"a listener", func() { r.mute, r.owners[80] = false, process(9, "sshd", sockets.Listener) }, "server sshd/9 of alice (listener)", false},
		{"the listener is gone", func() { r.owners[80] = sockets.Owner{Confidence: sockets.Gone} }, "server sshd/9 of alice (listener)", false},
		{"it was accepted", func() { r.owners[80] = process(11, "ss\x1bhd", sockets.Exact) }, `server ss\x1bhd/11 of alice`, false},
		{"it is gone by now", func() { r.owners[80] = sockets.Owner{Confidence: sockets.Gone} }, `server ss\x1bhd/11 of alice`, false},
		{"the ports are used again", func() {
			r.owners[80] = process(12, "sshd", sockets.Exact)
			h.Began(k, true)
		}, "server sshd/12 of alice, 1 earlier", false},
		{"by the same process", func() { h.Began(k, true) }, "server sshd/12 of alice, 1 earlier", false},
		{"a packet in the middle", func() {
			r.owners[80] = process(13, "sshd", sockets.Exact)
			h.Began(k, false)
		}, "server sshd/12 of alice, 1 earlier", false},
	} {
		step.do()
		if got := h.Gather(); got != step.waiting {
			t.Errorf("%s: waiting %v", step.name, got)
		}
		if got := textOf(h, k); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
	if r.fresh != 6 { // three beginnings of two ends
		t.Errorf("asked anew %d times", r.fresh)
	}
	before := r.asked
	if h.Gather(); r.asked != before {
		t.Error("it asks on when all is known")
	}
}

// The row of a port names the processes that have it and those opposite, each once, and says how many more there are.
func TestHoldersOfAPort(t *testing.T) {
	r := &register{owners: map[uint16]sockets.Owner{80: process(9, "nginx", sockets.Exact), 50004: {Confidence: sockets.Gone}}}
	for i := range uint16(4) {
		r.owners[50000+i] = process(int(20+i%3), "curl", sockets.Exact)
	}
	h := NewHolders(r.ask)
	for i := range uint16(5) {
		h.Began(keyOf(decode.ProtoTCP, 50000+i, 80), true)
	}
	h.Began(flow.Key{Proto: decode.ProtoTCP}, true) // without addresses nobody can be asked for it
	server := func(k flow.Key) (a, b bool) { return false, true }
	rows := h.ports(server)
	key := flow.PortKey{Proto: decode.ProtoTCP, Port: 80}
	if got, want := rows[key].text(), "nginx/9 of alice; peer curl/20 of alice, curl/21 of alice, 1 more, 1 gone"; got != want || len(rows) != 1 {
		t.Errorf("%q, want %q; %d rows", got, want, len(rows))
	}
	if got, want := rows[key].cells()[1], "curl/20 of alice, curl/21 of alice, curl/22 of alice, 1 gone"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if both := h.ports(func(flow.Key) (a, b bool) { return true, true }); len(both) != 6 || both[flow.PortKey{Proto: decode.ProtoTCP, Port: 50000}].text() != "curl/20 of alice; peer nginx/9 of alice" {
		t.Errorf("%d rows for both ends", len(both))
	}
}

// No more flows are remembered than there is room for, and those beyond are counted and told.
func TestHoldersAreBounded(t *testing.T) {
	r := &register{mute: true}
	h := NewHolders(r.ask)
	for i := range maxHeld + 3 {
		h.Began(keyOf(decode.Proto(1+i>>16), uint16(i), 80), false)
	}
	if len(h.flows) != maxHeld || h.Left != 3 || !h.Gather() || len(h.open) != maxHeld {
		t.Errorf("%d flows, %d left, %d open", len(h.flows), h.Left, len(h.open))
	}
	var out strings.Builder
	if err := PortTable(&out, &PortView{Holders: h, Side: func(flow.Key) (a, b bool) { return false, true }}, Style{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "processes were not looked for, for want of room: 3 flows\n") {
		t.Error(out.String())
	}
}

// Flows of others make room for those of this host.
func TestHoldersForgetStrangers(t *testing.T) {
	r := &register{owners: map[uint16]sockets.Owner{7: process(20, "curl", sockets.Exact)}}
	h := NewHolders(r.ask)
	mine := keyOf(decode.ProtoTCP, 7, 80)
	for i := range maxHeld {
		h.Began(keyOf(decode.ProtoTCP, uint16(i), 80), false)
	}
	for h.Gather() {
	}
	h.Began(keyOf(decode.ProtoUDP, 7, 80), false)
	if len(h.flows) != 2 || h.Left != 0 || textOf(h, mine) != "client curl/20 of alice" {
		t.Errorf("%d flows, %d left, %q", len(h.flows), h.Left, textOf(h, mine))
	}
}
