package flow_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/testkit"
)

// TestEndsAgainstModel compares the flows that OnEnd receives with a model, with both timeouts.
// Each flow must come once, with its reason and all its counts.
func TestEndsAgainstModel(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 3))
		opt := flow.Options{
			Idle:   time.Duration(1+r.IntN(20)) * time.Second,
			Active: time.Duration(r.IntN(60)) * time.Second,
		}
		if seed%5 == 0 {
			opt.Idle = 0
		}
		packets, now := traffic(r, 3000), int64(0)
		for i := range packets {
			now += int64(r.IntN(100)) * second / 100
			packets[i].nanos = now
		}
		m, table := newModel(opt), flow.NewTable(opt)
		var got []string
		table.OnEnd = func(f *flow.Flow, why flow.EndReason) {
			got = append(got, fmt.Sprintf("%d %+v", why, *f))
		}
		for _, p := range packets {
			m.add(p)
		}
		countBatches(table, r, packets)
		during := len(got)
		for f := range table.Sorted(flow.ByBytes, 0) {
			if m.flows[f.Key] == nil || *m.flows[f.Key] != f {
				t.Fatalf("seed %d: %+v ended before", seed, f)
			}
		}
		table.Finish()
		m.finish()
		firstDifference(t, fmt.Sprintf("seed %d", seed), sorted(got), sorted(m.ended))
		if opt.Idle > 0 && during < len(got)/2 {
			t.Errorf("seed %d: only %d of %d flows ended before the end", seed, during, len(got))
		}
	}
}

// TestEndReasons tests each reason with a small capture.
func TestEndReasons(t *testing.T) {
	const (
		fin, ack, rst = decode.FlagFIN | decode.FlagACK, decode.FlagACK, decode.FlagRST

		idle, active, detected = flow.EndIdle, flow.EndActive, flow.EndDetected
		input                  = flow.EndOfInput
	)
	at := func(s int64, data []byte) packet { return packet{data, s * second, s + 1} }
	one, other := tcp(client, server, 50000, 80, ack), tcp(client, server, 50001, 80, ack)
	fin1, fin2 := tcp(client, server, 50000, 80, fin), tcp(server, client, 80, 50000, fin)
	reset := tcp(server, client, 80, 50000, rst)
	idle30 := flow.Options{Idle: 30 * time.Second}
	active30 := flow.Options{Active: 30 * time.Second}
	type ends = []flow.EndReason
	for _, c := range []struct {
		what    string
		opt     flow.Options
		packets []packet
		want    ends // in their order
	}{
		{"end of input", flow.Options{}, []packet{at(0, one), at(99, other)}, ends{input, input}},
		{"idle", idle30, []packet{at(0, one), at(30, other)}, ends{idle, input}},
		{"not idle", idle30, []packet{at(0, one), at(29, other)}, ends{input, input}},
		{"idle, then the same ends", idle30, []packet{at(0, one), at(60, one)}, ends{idle, input}},
		{"active", active30, []packet{at(0, one), at(20, one), at(40, one)}, ends{active, input}},
		{"reset", idle30, []packet{at(0, one), at(1, reset), at(9, other)}, ends{detected, input}},
		{"a FIN from both, and the last ACK", idle30,
			[]packet{at(0, fin1), at(1, fin2), at(2, one), at(9, other)}, ends{detected, input}},
		{"a FIN from one", idle30, []packet{at(0, fin1), at(9, other)}, ends{input, input}},
		{"a reset at the end", flow.Options{}, []packet{at(0, reset)}, ends{detected}},
	} {
		var got []flow.EndReason
		packets := uint64(0)
		table := flow.NewTable(c.opt)
		table.OnEnd = func(f *flow.Flow, why flow.EndReason) {
			got = append(got, why)
			packets += f.Total().Packets
		}
		countBatches(table, rand.New(rand.NewPCG(1, 1)), c.packets)
		table.Finish()
		if !slices.Equal(got, c.want) || packets != uint64(len(c.packets)) {
			t.Errorf("%s: %v, want %v; %d packets of %d", c.what, got, c.want, packets,
				len(c.packets))
		}
	}
}

// A live capture without packets ends flows by the clock.
func TestExpire(t *testing.T) {
	table := flow.NewTable(flow.Options{Idle: 10 * time.Second})
	addAll(table, captureOf(tcp(client, server, 50000, 80, decode.FlagACK))...)
	for _, c := range []struct {
		at   int64
		want int
	}{{9, 1}, {10, 1}, {12, 0}} { // the table checks every 2.5 s
		if table.Expire(c.at * second); table.Len() != c.want {
			t.Errorf("after %d s: %d flows, want %d", c.at, table.Len(), c.want)
		}
	}
	if p := table.Ports(); len(p) != 1 || p[0].Flows != 1 {
		t.Errorf("%+v", p)
	}
}

// Flows that end or are evicted are reported once, and ports count all of them, with any amount of
// memory.
func TestEndsAddUp(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	packets := traffic(r, 30_000)
	for i := range packets {
		packets[i].nanos = int64(i) * second / 100
	}
	whole := flow.NewTable(flow.Options{})
	countBatches(whole, r, packets)
	for _, opt := range []flow.Options{
		{Memory: 1},
		{Memory: 1, Idle: 20 * time.Second},
		{Memory: 1, Idle: time.Minute, Active: time.Minute},
	} {
		small, sum := flow.NewTable(opt), flow.Count{}
		reasons := map[flow.EndReason]int{}
		small.OnEnd = func(f *flow.Flow, why flow.EndReason) {
			reasons[why]++
			sum.Plus(f.Total())
		}
		countBatches(small, r, packets)
		if used, limit := small.Used(); used > limit {
			t.Errorf("%+v: %d bytes, the limit is %d", opt, used, limit)
		}
		ports := small.Ports()
		small.Finish()
		var all flow.Count
		want := whole.Ports()
		for i := range want {
			all.Plus(want[i].Total())
		}
		if len(ports) != len(want) || sum != all || small.Totals != whole.Totals {
			t.Errorf("%+v: %v in flows that ended, want %v", opt, sum, all)
		}
		// a flow whose ports another flow used had ended before it was evicted
		evicted := uint64(reasons[flow.EndEvicted])
		if opt.Idle == 0 && (evicted == 0 || evicted > small.Evicted.Flows ||
			evicted+uint64(reasons[flow.EndDetected]) < small.Evicted.Flows) {
			t.Errorf("%v, %+v evicted", reasons, small.Evicted)
		}
	}
}

// The busy flow of a capture survives a scan that fills the table many times. The earliest flows of
// the scan are evicted, with or without times.
func TestBusyFlowIsNotEvicted(t *testing.T) {
	for name, nanos := range map[string]func(i int64) int64{
		"times":    func(i int64) int64 { return i },
		"no times": func(int64) int64 { return flow.NoTime },
	} {
		table := flow.NewTable(flow.Options{Memory: 1})
		for i := range int64(20_000) {
			scan := tcp(client, host(int(i)), 40000, 80, decode.FlagSYN)
			addAll(
				table,
				packet{tcp(client, server, 50000, 443, decode.FlagACK), nanos(i), 2*i + 1},
				packet{scan, nanos(i), 2*i + 2},
			)
		}
		flows := flowsOf(table)
		if f := flows[0]; f.A.Port+f.B.Port != 50443 || f.Total().Packets != 20_000 ||
			f.Start != nanos(0) ||
			f.End != nanos(19_999) {
			t.Errorf("%s: %+v", name, f)
		}
		for i, f := range flows[1:] { // the scan's last packets, without a gap
			if want := int64(40_000 - 2*(len(flows)-2-i)); f.FirstFrame != want {
				t.Fatalf(
					"%s: flow %d of %d begins with frame %d, not %d",
					name,
					i+1,
					len(flows),
					f.FirstFrame,
					want,
				)
			}
		}
		if len(flows) < 200 {
			t.Errorf("%s: only %d flows are left", name, len(flows))
		}
		ports := table.Ports()
		if len(ports) != 2 || ports[0].Flows != 20_000 || ports[1].Total().Packets != 20_000 ||
			ports[1].Last != nanos(19_999) {
			t.Errorf("%s: %+v", name, ports)
		}
	}
}

// Flows that stay keep their keys, frames, payloads and numbers beyond 32 bits when others are
// evicted within the same batch, in both IP versions.
func TestEvictionKeepsFlows(t *testing.T) {
	table := flow.NewTable(flow.Options{Memory: 1})
	const first = 1 << 40
	var packets []packet
	for n := range 3000 {
		b := tcp(client, host(n), 40000, 80, decode.FlagACK, []byte(payloads[n%len(payloads)])...)
		if n%3 == 0 {
			b = inIPv6(b)
		}
		packets = append(packets, packet{b, int64(n), int64(first + n)})
	}
	countBatches(table, rand.New(rand.NewPCG(1, 1)), packets)
	whole := flow.NewTable(flow.Options{})
	countBatches(whole, rand.New(rand.NewPCG(2, 2)), packets)
	want := map[int64]flow.Flow{}
	for f := range whole.Flows() {
		want[f.FirstFrame] = f
	}
	v6 := 0
	for f := range table.Flows() {
		if f != want[f.FirstFrame] {
			t.Errorf("%+v, want %+v", f, want[f.FirstFrame])
		}
		if f.A.Addr.Is6() {
			v6++
		}
	}
	if table.Evicted.Flows < 2000 || v6 == 0 || v6 == table.Len() {
		t.Errorf("%d flows were evicted; %d of %d are IPv6", table.Evicted.Flows, v6, table.Len())
	}
	got, ports := table.Ports(), whole.Ports()
	if !reflect.DeepEqual(got, ports) {
		t.Errorf("%+v\nwant\n%+v", got, ports)
	}
}

// The index grows with the flows, and the memory limit holds for any number of them.
func TestMemoryLimit(t *testing.T) {
	for _, memory := range []int{1, 1 << 20, 4 << 20} {
		table := flow.NewTable(flow.Options{Memory: memory, Hosts: memory > 1})
		b := table.NewBatch()
		for n := range 100_000 {
			r := packet{udp(client, host(n), 40000, 53), int64(n), int64(n + 1)}.record()
			b.Clear()
			b.Add(&r, testkit.Quick(&r))
			table.Count(b)
			if used, limit := table.Used(); used > limit {
				t.Fatalf("%d bytes after %d flows, the limit is %d", used, n, limit)
			}
		}
		if n := uint64(table.Len()) + table.Evicted.Flows; n != 100_000 ||
			table.Len() < memory/600 {
			t.Errorf("%d bytes: %d flows, %d evicted", memory, table.Len(), table.Evicted.Flows)
		}
		if addr := flowsOf(table)[table.Len()-1].A.Addr; addr != netip.MustParseAddr(host(99_999)) {
			t.Errorf("the last flow is that of %v", addr)
		}
	}
}
