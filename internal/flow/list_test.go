package flow_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// TestSorted compares the first flows of each order with all flows in this order. Many flows differ
// only in when they began.
func TestSorted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	table := flow.NewTable(flow.Options{})
	for frame := range int64(3000) {
		n := int(r.ExpFloat64() * 100)
		payload := make([]byte, 10*r.IntN(3))
		add(
			table,
			packet{
				tcp(host(n/7), server, uint16(40000+n), uint16(80+n%5), decode.FlagACK, payload...),
				frame,
				frame + 1,
			},
		)
	}
	all := slices.Collect(table.Flows())
	packets := func(f flow.Flow) int { return -int(f.Total().Packets) }
	bytes := func(f flow.Flow) int { return -int(f.Total().Bytes) }
	port := func(f flow.Flow) int { return int(f.ServicePort().Port) }
	for by, keys := range map[flow.By][]func(flow.Flow) int{
		flow.ByFlows:   nil,
		flow.ByPackets: {packets, bytes},
		flow.ByBytes:   {bytes, packets},
		flow.ByPort:    {port, packets, bytes},
		flow.ByRecent:  {func(f flow.Flow) int { return -int(f.LastFrame) }, packets, bytes},
	} {
		want := slices.Clone(all)
		slices.SortStableFunc(want, func(x, y flow.Flow) int {
			for _, key := range keys {
				if c := cmp.Compare(key(x), key(y)); c != 0 {
					return c
				}
			}
			return 0
		})
		whole := len(all)
		for _, top := range []int{0, 1, 2, 20, whole / 2, whole - 1, whole, whole + 1, 10 * whole} {
			n := len(all)
			if top > 0 {
				n = min(top, n)
			}
			list := table.Sorted(by, top)
			for range 2 { // the sequence can be used again
				if got := slices.Collect(list); !slices.Equal(got, want[:n]) {
					t.Errorf("order %d, first %d of %d: %d flows, %+v", by, top, len(all), len(got),
						got)
				}
			}
		}
	}
	for range table.Sorted(flow.ByPackets, 0) {
		break
	}
	if got := slices.Collect(flow.NewTable(flow.Options{}).Sorted(flow.ByBytes, 5)); len(got) != 0 {
		t.Errorf("an empty table has %d flows", len(got))
	}
}

// Recognized calls its callback with the ports of both ends, and only for flows with a recognized
// payload.
func TestRecognized(t *testing.T) {
	table := flow.NewTable(flow.Options{})
	addAll(table, captureOf(
		tcp(client, server, 50000, 443, decode.FlagACK, []byte("SSH-2.0-x\r\n")...),
		tcp(client, server, 50001, 443, decode.FlagACK, 'x'),
		tcp(client, server, 50002, 80, decode.FlagACK, []byte("GET / HTTP/1.1\r\n\r\n")...))...)
	var asked []string
	got := slices.Collect(table.Recognized(func(k flow.PortKey, p annotate.Payload) bool {
		asked = append(asked, fmt.Sprintf("%d %v", k.Port, p))
		return k.Port == 80
	}))
	if len(got) != 1 || got[0].FirstFrame != 3 ||
		!slices.Equal(
			slices.Sorted(slices.Values(asked)),
			[]string{"443 ssh", "50000 ssh", "50002 http", "80 http"},
		) {
		t.Errorf("%v, %+v", asked, got)
	}
}

// BenchmarkTop measures how long it takes to find the first of many flows.
func BenchmarkTop(b *testing.B) {
	table := flow.NewTable(flow.Options{})
	for n := range int64(200_000) {
		add(
			table,
			packet{tcp(host(int(n>>10)), server, uint16(n&1023)|1<<15, 80, decode.FlagACK), n, n +
				1},
		)
	}
	b.ReportAllocs()
	for b.Loop() {
		for range table.Sorted(flow.ByBytes, 20) {
			continue
		}
	}
}
