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

// BenchmarkAdd is the whole work on one packet of one of 8000 flows: decoding, the flow table, and
// the engine.
func BenchmarkAdd(b *testing.B) {
	a := analysis.New(flow.Options{Memory: 64 << 20, Hosts: true})
	e := top.NewEngine(a.Flows)
	const flows = 8000
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
