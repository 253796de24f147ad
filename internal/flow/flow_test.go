package flow

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// tcp builds an IPv4 packet with a bare TCP header.
func tcp(src, dst string, sport, dport uint16, flags byte) []byte {
	b := make([]byte, 40)
	b[0], b[3], b[8], b[9] = 0x45, 40, 64, 6
	s, d := netip.MustParseAddr(src).As4(), netip.MustParseAddr(dst).As4()
	copy(b[12:], s[:])
	copy(b[16:], d[:])
	binary.BigEndian.PutUint16(b[20:], sport)
	binary.BigEndian.PutUint16(b[22:], dport)
	b[32], b[33] = 0x50, flags
	return b
}

const second = 1_000_000_000

// newTable makes a table that counts flows for their lower port.
func newTable() *Table { return NewTable(Options{Service: lower}) }

// flowsOf lists a table's flows.
func flowsOf(t *Table) []Flow { return slices.Collect(t.Flows()) }

// lower counts a flow for its lower port.
func lower(k Key, _ Facts) Side {
	if k.B.Port < k.A.Port {
		return B
	}
	return A
}

// feed decodes raw IPv4 packets and adds them, a second apart.
func feed(t *Table, packets ...[]byte) (hits []Hit) {
	var p decode.Packet
	for i, b := range packets {
		p.Decode(linktype.Raw, b, len(b))
		hits = append([]Hit(nil), t.Add(&p, uint32(len(b)), int64(i)*second, int64(i+1))...)
	}
	return hits
}

const client, server = "192.0.2.10", "198.51.100.7"

func TestBothDirectionsAreOneFlow(t *testing.T) {
	table := newTable()
	feed(table,
		tcp(client, server, 50000, 80, decode.FlagSYN),
		tcp(server, client, 80, 50000, decode.FlagSYN|decode.FlagACK),
		tcp(client, server, 50000, 80, decode.FlagACK),
		tcp(client, server, 50001, 80, decode.FlagSYN))
	flows := flowsOf(table)
	if len(flows) != 2 {
		t.Fatalf("%d flows, want 2", len(flows))
	}
	f := flows[0]
	want := Key{decode.ProtoTCP, Endpoint{netip.MustParseAddr(client), 50000}, Endpoint{netip.MustParseAddr(server), 80}}
	if f.Key != want || f.From[A] != (Count{2, 80}) || f.From[B] != (Count{1, 40}) {
		t.Errorf("flow %+v: from A %v, from B %v", f.Key, f.From[A], f.From[B])
	}
	if f.Facts != (Facts{Asked: A, Answered: B, First: A}) || f.FirstFrame != 1 || f.End-f.Start != 2*second {
		t.Errorf("facts %+v, first frame %d, %v", f.Facts, f.FirstFrame, f.End-f.Start)
	}
	if flows[1].FirstFrame != 4 {
		t.Errorf("second flow begins with frame %d", flows[1].FirstFrame)
	}
}

func TestSidesAreByAddressThenPort(t *testing.T) {
	low, high := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for _, c := range []struct {
		src, dst Endpoint
		from     Side
	}{
		{Endpoint{low, 9}, Endpoint{high, 1}, A},
		{Endpoint{high, 1}, Endpoint{low, 9}, B},
		{Endpoint{low, 2}, Endpoint{low, 1}, B},
		{Endpoint{low, 1}, Endpoint{low, 1}, A},
	} {
		k, from := KeyOf(decode.ProtoUDP, c.src, c.dst)
		if from != c.from || k.Endpoint(from) != c.src || k.Endpoint(from.Other()) != c.dst {
			t.Errorf("%v to %v: %v, key %+v", c.src, c.dst, from, k)
		}
	}
}

func TestPortsSumUpFlows(t *testing.T) {
	table := newTable()
	feed(table,
		tcp(client, server, 50000, 443, decode.FlagSYN),
		tcp(server, client, 443, 50000, decode.FlagACK),
		tcp(client, server, 50001, 443, decode.FlagSYN),
		tcp(client, server, 50002, 22, decode.FlagSYN))
	ports := table.Ports()
	want := []Port{
		{PortKey: PortKey{decode.ProtoTCP, 443}, Flows: 2, To: Count{2, 80}, From: Count{1, 40}, First: 0, Last: 2 * second},
		{PortKey: PortKey{decode.ProtoTCP, 22}, Flows: 1, To: Count{1, 40}, First: 3 * second, Last: 3 * second},
	}
	if !reflect.DeepEqual(ports, want) {
		t.Errorf("%+v, want %+v", ports, want)
	}
}

func TestPacketsWithoutPorts(t *testing.T) {
	table := newTable()
	igmp := tcp(client, server, 1, 2, 0)
	igmp[9] = 2
	later := tcp(client, server, 1, 2, 0)
	later[7] = 8 // offset 64
	feed(table, igmp, later, later, tcp(client, server, 50000, 80, 0))
	if table.Total != (Count{4, 160}) || table.NoPorts[decode.NoTransport] != (Count{1, 40}) || table.NoPorts[decode.LaterFragment] != (Count{2, 80}) {
		t.Errorf("total %v, no ports %v", table.Total, table.NoPorts)
	}
}

// A later fragment has no ports of its own, and counts for the flow of its first one.
func TestInheritedPortsCount(t *testing.T) {
	table := newTable()
	first, later := tcp(client, server, 50000, 80, decode.FlagACK), tcp(client, server, 0, 0, 0)
	first[6], later[7] = 0x20, 5 // more fragments; offset 40
	fragments := decode.NewFragments(0)
	var p decode.Packet
	for i, b := range [][]byte{first, later} {
		p.Decode(linktype.Raw, b, len(b))
		fragments.Observe(&p, int64(i+1), time.Time{})
		table.Add(&p, uint32(len(b)), NoTime, int64(i+1))
	}
	if f := flowsOf(table); len(f) != 1 || f[0].Total() != (Count{2, 80}) {
		t.Errorf("%d flows, %v", len(f), table.Ports())
	}
	if table.NoPorts[decode.LaterFragment].Packets != 1 || table.Nested.Packets != 0 {
		t.Errorf("no ports %v, nested %v", table.NoPorts, table.Nested)
	}
}

// An ICMP error quotes a flow: it is looked up, and not counted.
func TestQuotedPortsDoNotCount(t *testing.T) {
	table := newTable()
	asked := tcp(client, server, 50000, 80, decode.FlagSYN)
	icmp := append([]byte{0x45, 0, 0, 68, 0, 0, 0, 0, 64, 1, 0, 0, 198, 51, 100, 7, 192, 0, 2, 10, 3, 3, 0, 0, 0, 0, 0, 0}, asked...)
	hits := feed(table, asked, icmp)
	if len(hits) != 1 || !hits[0].Known || hits[0].Facts.Asked != A {
		t.Errorf("%+v", hits)
	}
	first := flowsOf(table)[0]
	if n := first.Total(); n.Packets != 1 || len(flowsOf(table)) != 1 {
		t.Errorf("%v packets in %d flows", n, len(flowsOf(table)))
	}
	if hits := feed(newTable(), icmp); hits[0].Known {
		t.Errorf("quoted flow that nobody saw: %+v", hits[0])
	}
}

// A tunnel's packet counts for both flows.
func TestTunnelCountsTwice(t *testing.T) {
	inner := tcp("10.0.0.1", "10.0.0.2", 50000, 80, decode.FlagSYN)
	vxlan := append([]byte{0x45, 0, 0, 90, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 10, 198, 51, 100, 7,
		0xc0, 0, 0x12, 0xb5, 0, 70, 0, 0, // UDP from 49152 to 4789
		8, 0, 0, 0, 0, 0, 77, 0, // VXLAN
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0}, inner...)
	table := newTable()
	feed(table, vxlan)
	ports := table.Ports()
	if len(ports) != 2 || ports[0].Port != 80 || ports[1].Port != 4789 || table.Nested != (Count{1, 90}) || table.Total != (Count{1, 90}) {
		t.Errorf("%+v, nested %v, total %v", ports, table.Nested, table.Total)
	}
}

func TestState(t *testing.T) {
	const syn, ack, fin, rst = decode.FlagSYN, decode.FlagACK, decode.FlagFIN, decode.FlagRST
	for _, c := range []struct {
		a, b uint8
		want State
	}{
		{0, 0, NoState}, {syn, 0, Asked}, {syn | ack, syn | ack, Established}, {0, ack, Established},
		{syn | ack | fin, syn | ack, Closing}, {syn | ack | fin, syn | ack | fin, Closed}, {syn, rst | ack, Reset},
	} {
		f := Flow{Key: Key{Proto: decode.ProtoTCP}, Flags: [3]uint8{A: c.a, B: c.b}}
		if got := f.State(); got != c.want {
			t.Errorf("%08b %08b: %q, want %q", c.a, c.b, got, c.want)
		}
		f.Proto = decode.ProtoUDP
		if f.State() != NoState {
			t.Errorf("UDP has state %q", f.State())
		}
	}
}

func TestKnownFlowAllocatesNothing(t *testing.T) {
	table := newTable()
	b := tcp(client, server, 50000, 80, decode.FlagACK)
	var p decode.Packet
	p.Decode(linktype.Raw, b, len(b))
	if n := testing.AllocsPerRun(100, func() { table.Add(&p, uint32(len(b)), 0, 1) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	table := newTable()
	var packets [256]decode.Packet
	for i := range packets {
		raw := tcp(client, server, uint16(50000+i), 80, decode.FlagACK)
		packets[i].Decode(linktype.Raw, raw, len(raw))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		table.Add(&packets[i%len(packets)], 40, 0, int64(i))
	}
}
