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
	packets := packetsOf(flows)
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

// packetsOf returns a packet of each of a number of flows, without a time.
func packetsOf(flows int64) []capture.Packet {
	packets := make([]capture.Packet, flows)
	for i := range packets {
		n := uint32(i)
		to := []uint16{53, 443, 123, uint16(5000 + n%3000)}[n%4]
		data := udp(0x0a000000+n%2000, uint16(20000+n), to, []int{18, 400, 1400}[n%3])
		packets[i] = capture.Packet{Link: linktype.Ethernet, Data: data, HasTime: true}
		packets[i].Length, packets[i].CaptureLength = len(data), len(data)
	}
	return packets
}

// BenchmarkRows measures a page of a full engine, during which no packet is counted. Half of its
// rows keep their place.
func BenchmarkRows(b *testing.B) {
	a := analysis.New(flow.Options{Memory: 64 << 20, Hosts: true})
	e := top.NewEngine(a.Flows)
	at := time.Unix(1_800_000_000, 0)
	packets := packetsOf(20_000)
	for i := range packets {
		p := &packets[i]
		p.Number, p.Timestamp = int64(i+1), at.Add(time.Duration(i)*time.Millisecond)
		e.Add(a.Packet(p))
	}
	for _, v := range []top.View{top.Ports, top.Flows, top.Hosts} {
		b.Run(v.String(), func(b *testing.B) {
			q := top.Query{View: v, Window: top.Minute, Width: 120}
			for b.Loop() {
				page := e.Rows(&q)
				q.Keep = page.Order[:len(page.Order)/2]
			}
		})
	}
}
