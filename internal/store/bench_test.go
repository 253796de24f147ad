package store_test

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/store"
)

// mixed returns the nth of many flows, at 1000 per second. Clients are in 10.0.0.0/8, servers in
// 198.51.100.0/24 on few ports. The sizes spread over five decades.
func mixed(r *rand.Rand, n int64) flow.Flow {
	services := [...]uint16{443, 443, 443, 443, 443, 53, 53, 53, 80, 80, 22, 123, 8080, 25, 993}
	port := services[r.IntN(len(services))]
	proto, asked := decode.ProtoTCP, flow.A
	if port == 53 || port == 123 {
		proto, asked = decode.ProtoUDP, flow.None
	}
	size := uint64(1) << r.IntN(17)
	start := 1_795_000_000*second + n*second/1000 + r.Int64N(second/1000)
	f := flow.Flow{
		Key: flow.Key{Proto: proto,
			A: flow.Endpoint{Addr: netip.AddrFrom4([4]byte{10, byte(r.IntN(4)), byte(r.IntN(256)),
				byte(r.IntN(256))}), Port: uint16(32768 + r.IntN(28000))},
			B: flow.Endpoint{Addr: netip.AddrFrom4([4]byte{198, 51, 100, byte(r.IntN(256))}),
				Port: port}},
		Facts: flow.Facts{Asked: asked, Answered: asked.Other(), First: flow.A},
		From: [3]flow.Count{
			flow.A: {Packets: 1 + size/2000, Bytes: 60 + size},
			flow.B: {Packets: 1 + size/1000, Bytes: 60 + size*uint64(r.IntN(20))}},
		Heard:      [3]bool{flow.A: true, flow.B: true},
		FirstFrame: 20 * n, Start: start, End: start + r.Int64N(60*second),
	}
	if proto == decode.ProtoTCP {
		f.Flags = [3]uint8{flow.A: 0x1b, flow.B: 0x1b}
		f.Payloads = [3]annotate.Payload{flow.A: 1, flow.B: 1}
	}
	return f
}

// writeMixed stores n flows of mixed.
func writeMixed(t testing.TB, dir string, n int64) {
	t.Helper()
	d := &store.Folder{Path: dir, Sensor: "bench", Files: outfile.Local{Tree: true}}
	in := d.NewInput(strings.Repeat("0", 32))
	r := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		f := mixed(r, i)
		in.Flow(&f, flow.EndDetected)
	}
	if err := in.Close(&store.Summary{}); err != nil {
		t.Fatal(err)
	}
}

const benchFlows = 500_000

func BenchmarkWriteFlows(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		dir := b.TempDir()
		writeMixed(b, dir, benchFlows)
		size := int64(0)
		for _, name := range tree(b, dir) {
			size += fileSize(b, name)
		}
		b.ReportMetric(float64(size)/benchFlows, "B/row")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchFlows, "ns/row")
}

// BenchmarkReadFlows measures reading the columns alone, and reading into a table.
func BenchmarkReadFlows(b *testing.B) {
	dir := b.TempDir()
	writeMixed(b, dir, benchFlows)
	b.Run("columns", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s, err := store.Open(dir, nil)
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			if err := s.Flows(func(*flow.Flow) { n++ }); err != nil || n != benchFlows {
				b.Fatal(n, err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchFlows, "ns/row")
	})
	b.Run("table", func(b *testing.B) {
		for b.Loop() {
			s, err := store.Open(dir, nil)
			if err != nil {
				b.Fatal(err)
			}
			if err := s.LoadFlows(flow.NewTable(flow.Options{})); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchFlows, "ns/row")
	})
}
