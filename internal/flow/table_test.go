package flow_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

func TestBothDirectionsAreOneFlow(t *testing.T) {
	table := flow.NewTable(flow.Options{})
	addAll(table, captureOf(
		tcp(client, server, 50000, 80, decode.FlagSYN),
		tcp(server, client, 80, 50000, decode.FlagSYN|decode.FlagACK),
		tcp(client, server, 50000, 80, decode.FlagACK),
		tcp(client, server, 50001, 80, decode.FlagSYN))...)
	flows := flowsOf(table)
	if len(flows) != 2 {
		t.Fatalf("%d flows, want 2", len(flows))
	}
	f := flows[0]
	want := flow.Key{
		Proto: decode.ProtoTCP,
		A:     flow.Endpoint{Addr: netip.MustParseAddr(client), Port: 50000},
		B:     flow.Endpoint{Addr: netip.MustParseAddr(server), Port: 80},
	}
	if f.Key != want || f.From[flow.A] != (flow.Count{Packets: 2, Bytes: 80}) ||
		f.From[flow.B] != (flow.Count{Packets: 1, Bytes: 40}) {
		t.Errorf("flow %+v: from A %v, from B %v", f.Key, f.From[flow.A], f.From[flow.B])
	}
	if f.Facts != (flow.Facts{Asked: flow.A, Answered: flow.B, First: flow.A}) ||
		f.End-f.Start != 2*second {
		t.Errorf("facts %+v, %v", f.Facts, f.End-f.Start)
	}
	if f.FirstFrame != 1 || f.LastFrame != 3 || flows[1].FirstFrame != 4 {
		t.Errorf(
			"frames %d to %d; the second flow begins with %d",
			f.FirstFrame,
			f.LastFrame,
			flows[1].FirstFrame,
		)
	}
}

// Sides are ordered by address, then by port, in both IP versions.
func TestSides(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	table, keys := flow.NewTable(flow.Options{}), map[flow.Key]bool{}
	for n := range int64(2000) {
		end := func() flow.Endpoint {
			a := netip.MustParseAddr("2001:db8::").As16()
			a[r.IntN(16)] ^= byte(r.IntN(4))
			return flow.Endpoint{Addr: netip.AddrFrom16(a), Port: uint16(r.IntN(3))}
		}
		src, dst := end(), end()
		b := inIPv6(tcp(client, server, src.Port, dst.Port, 0))
		copy(b[8:], src.Addr.AsSlice())
		copy(b[24:], dst.Addr.AsSlice())
		k, from := flow.KeyOf(decode.ProtoTCP, src, dst)
		keys[k] = true
		if m := add(table, packet{b, 0, n + 1}); m[0].From != from ||
			m[0].Facts != table.FactsOf(k) {
			t.Fatalf("%v to %v: %+v, want from %v", src, dst, m[0], from)
		}
		if k.Endpoint(from) != src || k.Endpoint(from.Other()) != dst ||
			k.A.Addr.Compare(k.B.Addr) > 0 {
			t.Fatalf("%v to %v: key %+v", src, dst, k)
		}
	}
	for f := range table.Flows() {
		if !keys[f.Key] || f.First == flow.None {
			t.Errorf("%+v", f)
		}
	}
	none := table.FactsOf(flow.Key{Proto: decode.ProtoUDP})
	if table.Len() != len(keys) || none != (flow.Facts{}) {
		t.Errorf("%d flows, want %d", table.Len(), len(keys))
	}
}

func TestPacketsWithoutPorts(t *testing.T) {
	table := flow.NewTable(flow.Options{})
	igmp := tcp(client, server, 1, 2, 0)
	igmp[9] = 2
	later := tcp(client, server, 1, 2, 0)
	later[7] = 8 // offset 64
	addAll(table, captureOf(igmp, later, later, tcp(client, server, 50000, 80, 0))...)
	if table.Total != (flow.Count{Packets: 4, Bytes: 160}) ||
		table.NoPorts[decode.NoTransport].Packets != 1 ||
		table.NoPorts[decode.LaterFragment].Packets != 2 {
		t.Errorf("total %v, no ports %v", table.Total, table.NoPorts)
	}
}

// A later fragment has no ports of its own and counts for the flow of its first fragment.
func TestInheritedPortsCount(t *testing.T) {
	first, later := tcp(client, server, 50000, 80, decode.FlagACK), tcp(client, server, 0, 0, 0)
	first[6], later[7] = 0x20, 5 // more fragments; offset 40
	table := flow.NewTable(flow.Options{})
	countBatches(table, rand.New(rand.NewPCG(1, 1)), captureOf(first, later))
	if f := flowsOf(table); len(f) != 1 || f[0].Total() != (flow.Count{Packets: 2, Bytes: 80}) {
		t.Errorf("%+v", f)
	}
	if table.NoPorts[decode.LaterFragment].Packets != 1 || table.Nested.Packets != 0 {
		t.Errorf("no ports %v, nested %v", table.NoPorts, table.Nested)
	}
}

// The flow that an ICMP error quotes is looked up but not counted.
func TestQuotedPortsDoNotCount(t *testing.T) {
	asked := tcp(client, server, 50000, 80, decode.FlagSYN)
	table := flow.NewTable(flow.Options{})
	matches := addAll(table, captureOf(asked, refusal(asked))...)
	if len(matches) != 1 || !matches[0].Known || matches[0].Facts.Asked != flow.A {
		t.Errorf("%+v", matches)
	}
	if f := flowsOf(table); len(f) != 1 || f[0].Total().Packets != 1 {
		t.Errorf("%+v", f)
	}
	if m := addAll(flow.NewTable(flow.Options{}), captureOf(refusal(asked))...); m[0].Known {
		t.Errorf("an unknown quoted flow: %+v", m[0])
	}
}

// A tunnel's packet counts for both flows.
func TestTunnelCountsTwice(t *testing.T) {
	table := flow.NewTable(flow.Options{})
	packet := inVXLAN(tcp("10.0.0.1", "10.0.0.2", 50000, 80, decode.FlagSYN))
	addAll(table, captureOf(packet)...)
	ports, want := table.Ports(), flow.Count{Packets: 1, Bytes: uint64(len(packet))}
	if len(ports) != 2 || ports[0].Port != 80 || ports[1].Port != 4789 || table.Nested != want ||
		table.Total != want {
		t.Errorf("%+v, nested %v, total %v", ports, table.Nested, table.Total)
	}
}

func TestPortsSumUpFlows(t *testing.T) {
	table := flow.NewTable(flow.Options{})
	addAll(table, captureOf(
		tcp(client, server, 50000, 443, decode.FlagSYN),
		tcp(server, client, 443, 50000, decode.FlagACK),
		tcp(client, server, 50001, 443, decode.FlagSYN),
		tcp(client, server, 50002, 22, decode.FlagSYN))...)
	want := []flow.Port{
		{
			PortKey: flow.PortKey{Proto: decode.ProtoTCP, Port: 443},
			Flows:   2,
			To:      flow.Count{Packets: 2, Bytes: 80},
			From:    flow.Count{Packets: 1, Bytes: 40},
			First:   0,
			Last:    2 * second,
		},
		{
			PortKey: flow.PortKey{Proto: decode.ProtoTCP, Port: 22},
			Flows:   1,
			To:      flow.Count{Packets: 1, Bytes: 40},
			First:   3 * second,
			Last:    3 * second,
		},
	}
	if ports := table.Ports(); !reflect.DeepEqual(ports, want) {
		t.Errorf("%+v, want %+v", ports, want)
	}
}

func TestState(t *testing.T) {
	const syn, ack, fin, rst = decode.FlagSYN, decode.FlagACK, decode.FlagFIN, decode.FlagRST
	for _, c := range []struct {
		a, b uint8
		want flow.State
	}{
		{0, 0, flow.NoState},
		{syn, 0, flow.Asked},
		{syn | ack, syn | ack, flow.Established},
		{0, ack, flow.Established},
		{syn | ack | fin, syn | ack, flow.Closing},
		{syn | ack | fin, syn | ack | fin, flow.Closed},
		{syn | ack, rst | ack, flow.Reset},
	} {
		f := flow.Flow{Key: flow.Key{Proto: decode.ProtoTCP},
			Flags: [3]uint8{flow.A: c.a, flow.B: c.b}}
		if got := f.State(); got != c.want {
			t.Errorf("%08b %08b: %q, want %q", c.a, c.b, got, c.want)
		}
		f.Proto = decode.ProtoUDP
		if f.State() != flow.NoState {
			t.Errorf("UDP has state %q", f.State())
		}
	}
}

// withPrefix changes the first byte of an IPv6 packet's source.
func withPrefix(prefix byte, b []byte) []byte {
	b[8] = prefix
	return b
}

// Flows with the same hash are distinguished by their keys (address, port, protocol and IP version)
// through every growth of the index.
func TestSameHash(t *testing.T) {
	const hosts = 400
	table := flow.NewTable(flow.Options{})
	table.SameHash()
	var packets []packet
	for range 2 {
		for i := range hosts {
			for _, b := range [][]byte{
				tcp(host(i), server, 50000, 80, 0), tcp(host(i), server, 50000, 81, 0),
				udp(host(i), server, 50000, 80), inIPv6(tcp(host(i), server, 50000, 80, 0)),
				withPrefix(0x10, inIPv6(tcp(host(i), server, 50000, 80, 0))),
				withPrefix(0x3f, inIPv6(tcp(host(i), server, 50000, 80, 0))),
			} {
				packets = append(packets, packet{b, 0, int64(len(packets) + 1)})
			}
		}
	}
	countBatches(table, rand.New(rand.NewPCG(1, 1)), packets)
	if table.Len() != 6*hosts {
		t.Errorf("%d flows, want %d", table.Len(), 6*hosts)
	}
	for f := range table.Flows() {
		if f.Total().Packets != 2 {
			t.Fatalf("%+v", f)
		}
	}
}

// OnFlow is called for each flow that begins, from either side, and for each connection on the same
// ports.
func TestOnFlow(t *testing.T) {
	packets := captureOf(
		tcp(client, server, 50000, 80, decode.FlagSYN),
		tcp(server, client, 80, 50000, decode.FlagSYN|decode.FlagACK),
		tcp(client, server, 50000, 80, decode.FlagACK),
		tcp(client, server, 50001, 80, decode.FlagACK),
		tcp(server, client, 80, 50001, decode.FlagACK),
		tcp(client, server, 50000, 80, decode.FlagSYN),
		[]byte{0x45, 0, 0, 20, 0, 0, 0, 0, 64, 1, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2})
	first, _ := flow.KeyOf(
		decode.ProtoTCP,
		flow.Endpoint{Addr: netip.MustParseAddr(client), Port: 50000},
		flow.Endpoint{Addr: netip.MustParseAddr(server), Port: 80},
	)
	next := first
	next.A.Port = 50001
	type call struct {
		flow.Key
		opens bool
	}
	want := []call{{first, true}, {next, false}, {first, true}}
	var got []call
	seen := func(k flow.Key, opens bool) { got = append(got, call{k, opens}) }

	table := flow.NewTable(flow.Options{})
	table.OnFlow = seen
	countBatches(table, rand.New(rand.NewPCG(1, 1)), packets)
	if !slices.Equal(got, want) {
		t.Errorf("a table: %v, want %v", got, want)
	}
	got = nil
	ports := flow.NewPortTable(flow.PortOptions{By: flow.AnyPort})
	ports.OnFlow = seen
	for _, p := range packets {
		r := p.record()
		ports.Add(&r, testkit.Quick(&r))
	}
	if !slices.Equal(got, want) {
		t.Errorf("a port table: %v, want %v", got, want)
	}
}

// A cleared batch keeps no data of earlier packets.
func TestBatchIsReused(t *testing.T) {
	table := flow.NewTable(
		flow.Options{Only: &flow.Filter{Proto: decode.ProtoTCP, Start: flow.NoTime,
			End: flow.NoTime}},
	)
	b := table.NewBatch()
	arp := packet{
		data: append([]byte{12: 8, 13: 6, 15: 1, 16: 8, 18: 6, 19: 4, 21: 1}, make([]byte, 30)...),
	}
	asked := udp(client, server, 50000, 53)
	for i, p := range []packet{{data: tcp(client, server, 50000, 80, 0)}, {data: asked}, arp} {
		p.frame = int64(i + 1)
		r := p.record()
		if i == 2 {
			r.Link = linktype.Ethernet
		}
		b.Clear()
		b.Add(&r, testkit.Quick(&r))
		table.Count(b)
	}
	if f := flowsOf(table); len(f) != 1 || f[0].Total().Packets != 1 || table.Total.Packets != 1 {
		t.Errorf("%+v, %+v", f, table.Totals)
	}
}

// A packet costs no allocation, by batch or one by one, by flow or by port.
func TestPacketsAllocateNothing(t *testing.T) {
	table, ports := flow.NewTable(flow.Options{}), flow.NewPortTable(flow.PortOptions{})
	b := table.NewBatch()
	packets := traffic(rand.New(rand.NewPCG(9, 9)), 500)
	var d decode.Packet
	count := func() {
		b.Clear()
		for i := range packets {
			r := packets[i].record()
			b.Add(&r, testkit.Quick(&r))
			ports.Add(&r, testkit.Quick(&r))
			d.Decode(r.Link, r.Data, int(r.Length))
			table.Add(&d, r.Length, r.Nanos, packets[i].frame)
		}
		table.Count(b)
	}
	count()
	count()
	if n := testing.AllocsPerRun(10, count); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkCount measures the time to count a packet of a known flow, without reading it.
func BenchmarkCount(b *testing.B) {
	const size = 512
	for _, flows := range []int{1000, 1 << 20} {
		b.Run(fmt.Sprint(flows), func(b *testing.B) {
			var packets [size][]byte
			for i := range packets {
				packets[i] = tcp(client, server, 50000, 443, decode.FlagACK)
			}
			table := flow.NewTable(flow.Options{})
			batch, n := table.NewBatch(), uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				batch.Clear()
				for _, data := range packets {
					n++
					x := n * 2654435761 >> 3 % uint64(flows)
					data[13], data[14], data[15] = byte(x>>16), byte(x>>8), byte(x)
					r := packet{data: data, frame: int64(n)}.record()
					batch.Add(&r, testkit.Quick(&r))
				}
				table.Count(batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/packet")
		})
	}
}
