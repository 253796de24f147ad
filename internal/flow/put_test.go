package flow_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/testkit"
)

// Put restores the flows of a whole capture from the parts in which they left a table. The parts
// may have any size, and parts of other flows may come between them.
func TestPutRestoresFlows(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		packets := traffic(r, 3000)
		for i := range packets {
			packets[i].nanos = int64(i) * second / 50
		}
		whole := flow.NewTable(flow.Options{Hosts: true})
		countBatches(whole, r, packets)
		var parts []flow.Flow
		short := flow.NewTable(flow.Options{
			Idle: 2 * time.Second, Active: 5 * time.Second, Memory: 1,
		})
		short.OnEnd = func(f *flow.Flow, _ flow.EndReason) { parts = append(parts, *f) }
		countBatches(short, r, packets)
		short.Finish()
		if len(parts) < whole.Len()+100 {
			t.Fatalf("seed %d: %d flows in %d parts", seed, whole.Len(), len(parts))
		}
		slices.SortStableFunc(parts, func(x, y flow.Flow) int {
			return cmp.Compare(x.A.Port, y.A.Port)
		})
		got := flow.NewTable(flow.Options{Hosts: true})
		for i := range parts {
			got.Put(&parts[i])
		}
		got.Order()
		got.Totals = whole.Totals
		firstDifference(t, fmt.Sprintf("seed %d", seed), text(got), text(whole))
	}
}

// Order moves the evidence about ports together with the flows.
func TestOrderKeepsProofs(t *testing.T) {
	table := flow.NewTable(flow.Options{Proofs: true})
	for _, frame := range []int64{5, 1, 9, 3, 7} {
		k := flow.Key{Proto: decode.ProtoTCP, A: flow.Endpoint{Port: 80},
			B: flow.Endpoint{Port: uint16(50000 + frame)}}
		table.Put(&flow.Flow{Key: k, FirstFrame: frame,
			Facts: flow.Facts{Asked: flow.B, Answered: flow.A, First: flow.B},
			From:  [3]flow.Count{flow.A: {Packets: 1}, flow.B: {Packets: 1}},
			Proofs: [3]flow.Proof{
				flow.A: {Evidence: flow.Acceptance, Frame: frame + 1}}})
	}
	table.Order()
	for f := range table.Flows() {
		if want := int64(2*f.Number - 1); f.FirstFrame != want ||
			f.Proofs[flow.A] != (flow.Proof{Evidence: flow.Acceptance, Frame: want + 1}) {
			t.Errorf("flow %d: frame %d, %+v", f.Number, f.FirstFrame, f.Proofs[flow.A])
		}
	}
	if table.Len() != 5 {
		t.Errorf("%d flows", table.Len())
	}
}

// Counts by minute add up to the table by port and to its buckets, even if only few rows are kept.
func TestMinutesAddUp(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 8))
		packets := traffic(r, 2000)
		for i := range packets {
			if packets[i].nanos = int64(r.IntN(600)) * second; r.IntN(50) == 0 {
				packets[i].nanos = flow.NoTime
			}
		}
		minute := int64(time.Minute)
		wantBuckets := flow.NewBuckets(minute, 1<<20)
		want := flow.NewPortTable(flow.PortOptions{Buckets: wantBuckets})
		m, sum := flow.NewMinutes(), flow.NewBuckets(minute, 1<<20)
		got := flow.NewPortTable(flow.PortOptions{Buckets: sum})
		counted := flow.NewPortTable(flow.PortOptions{Minutes: m})
		var all []flow.MinuteTotal
		take := func() {
			ports, totals := m.Take()
			for i := range ports {
				got.Put(&ports[i])
			}
			all = append(all, totals...)
		}
		for _, p := range packets {
			record := p.record()
			want.Add(&record, testkit.Quick(&record))
			counted.Add(&record, testkit.Quick(&record))
			if r.IntN(200) == 0 {
				take()
			}
		}
		take()
		for _, x := range all {
			if x.Proto == 0 {
				got.Seen(x.First, x.Last)
				got.Total.Plus(x.Total)
				got.Nested.Plus(x.Nested)
			}
		}
		if a, b := fmt.Sprintf("%+v", got.Ports()), fmt.Sprintf("%+v", want.Ports()); a != b {
			t.Fatalf("seed %d:\n%s\nwant\n%s", seed, a, b)
		}
		got.Timed, got.First, got.Last = want.Timed, want.First, want.Last // not by minute
		if got.Totals != want.Totals {
			t.Fatalf("seed %d: %+v, want %+v", seed, got.Totals, want.Totals)
		}
		if x := sum.All(); !slices.Equal(x, wantBuckets.All()) || len(x) < 10 {
			t.Fatalf("seed %d: %d buckets differ", seed, len(x))
		}
	}
}

// Totals of a protocol count a packet once, even if it has several headers of this protocol.
func TestMinuteTotals(t *testing.T) {
	m := flow.NewMinutes()
	table := flow.NewPortTable(flow.PortOptions{Minutes: m})
	inner := udp(client, server, 40000, 53)
	for i, data := range [][]byte{inner, inVXLAN(inner), tcp(client, server, 40000, 80, 2)} {
		record := packet{data, second, int64(i + 1)}.record()
		table.Add(&record, testkit.Quick(&record))
	}
	_, totals := m.Take()
	got := ""
	for _, x := range totals {
		got += fmt.Sprintf("%s=%d,%d ", x.Proto, x.Total.Packets, x.Nested.Packets)
	}
	if want := "=3,1 tcp=1,0 udp=2,1 "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Minutes call Full before they keep too many rows.
func TestMinutesAreBounded(t *testing.T) {
	m, packets, largest := flow.NewMinutes(), uint64(0), 0
	m.Full = func() {
		ports, _ := m.Take()
		largest = max(largest, len(ports))
		for _, p := range ports {
			packets += p.To.Packets + p.From.Packets
		}
	}
	table := flow.NewPortTable(flow.PortOptions{By: flow.DestinationPort, Minutes: m})
	const n = 200_000
	for i := range n {
		data := udp(client, server, 53, uint16(i), byte(i))
		record := packet{data, int64(i>>14) * 60 * second, int64(i + 1)}.record()
		table.Add(&record, testkit.Quick(&record))
	}
	if m.Full(); packets != n || largest > 1<<17 {
		t.Errorf("%d packets of %d, at most %d rows", packets, n, largest)
	}
}
