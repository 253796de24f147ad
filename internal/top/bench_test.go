package top_test

import (
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/linktype"
)

// BenchmarkAdd measures the whole work on one packet: decoding, the flow table, and the engine. The
// packets cycle through a number of flows below the engine's limit, or far above it.
func BenchmarkAdd(b *testing.B) {
	b.Run("8000 flows", func(b *testing.B) { benchmarkAdd(b, 8000) })
	b.Run("100000 flows", func(b *testing.B) { benchmarkAdd(b, 100_000) })
}

func benchmarkAdd(b *testing.B, flows int64) {
	a := analysis.New(flow.Options{Memory: 64 << 20, Hosts: true})
	e := top.NewEngine(a.Flows)
	packets := make([]capture.Packet, flows)
	for i := range packets {
		n := uint32(i)
		to := []uint16{53, 443, 123, uint16(5000 + n%3000)}[n%4]
		data := udp(0x0a000000+n%2000, uint16(20000+n), to, []int{18, 400, 1400}[n%3])
		packets[i] = capture.Packet{Link: linktype.Ethernet, Data: data, HasTime: true}
		packets[i].Length, packets[i].CaptureLength = len(data), len(data)
	}
	at := time.Unix(1_800_000_000, 0)
	b.ReportAllocs()
	number := int64(0)
	for b.Loop() {
		p := &packets[number%flows]
		number++
		p.Number, p.Timestamp = number, at.Add(time.Duration(number)*3*time.Microsecond)
		e.Add(a.Packet(p))
	}
}
