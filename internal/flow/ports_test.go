package flow_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/testkit"
)

// portCounts are the numbers of packets of each port: from it, and to it.
type portCounts map[flow.PortKey][2]uint64

func countsOf(ports []flow.Port) portCounts {
	c := portCounts{}
	for _, p := range ports {
		c[p.PortKey] = [2]uint64{p.From.Packets, p.To.Packets}
	}
	return c
}

// wanted counts one header for the ports that it must count for, according to the documentation of
// CountBy.
func (c portCounts) wanted(by flow.CountBy, q *decode.TransportHeader) {
	src, dst := flow.PortKey{Proto: q.Proto, Port: q.Src}, flow.PortKey{Proto: q.Proto, Port: q.Dst}
	_, side := annotate.Decide(
		annotate.RoleFacts{Proto: q.Proto, PortA: q.Src, PortB: q.Dst, FirstFrom: annotate.SideA},
	).ServicePort()
	count := func(k flow.PortKey, direction int) {
		n := c[k]
		n[direction]++
		c[k] = n
	}
	service := side == annotate.SideA
	switch {
	case by == flow.AnyPort && q.Src == q.Dst:
		count(dst, 1)
	case by == flow.AnyPort:
		count(src, 0)
		count(dst, 1)
	case by == flow.SourcePort, by == flow.ServicePort && service, by == flow.ClientPort &&
		!service:
		count(src, 0)
	default:
		count(dst, 1)
	}
}

// TestPortTable compares a port table with a map, for every CountBy.
func TestPortTable(t *testing.T) {
	packets := traffic(rand.New(rand.NewPCG(5, 5)), 5000)
	for _, ports := range [][2]uint16{
		{0, 50000}, {50000, 0}, {80, 50000}, {50000, 80}, {0, 80}, {80, 0}, {0, 0},
		{40000, 50000}, {443, 22},
	} {
		n := int64(len(packets))
		packets = append(packets, packet{tcp(client, server, ports[0], ports[1], 0), n, n + 1})
	}
	for by := flow.ServicePort; by <= flow.AnyPort; by++ {
		table, want := flow.NewPortTable(flow.PortOptions{By: by}), portCounts{}
		m := newModel(flow.Options{})
		for _, x := range packets {
			r := x.record()
			table.Add(&r, testkit.Quick(&r))
			m.add(x)
			for i := range m.packet.Ports {
				if q := &m.packet.Ports[i]; !q.Quoted {
					want.wanted(by, q)
				}
			}
		}
		if got := countsOf(table.Ports()); !reflect.DeepEqual(got, want) {
			t.Errorf("%d: %v\nwant %v", by, got, want)
		}
		if table.Totals != m.Totals {
			t.Errorf("%d: %+v, want %+v", by, table.Totals, m.Totals)
		}
	}
}

// Several tables count plain packets separately, and one table counts the others in order. Merged,
// they equal one table that counts everything.
func TestPortTablesMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	whole, all := flow.NewPortTable(flow.PortOptions{}), flow.NewPortTable(flow.PortOptions{})
	parts := []*flow.PortTable{all.Empty(), all.Empty(), all.Empty()}
	for _, p := range traffic(r, 5000) {
		record := p.record()
		whole.Add(&record, testkit.Quick(&record))
		if !parts[r.IntN(len(parts))].AddPlain(&record, testkit.Quick(&record)) {
			all.Add(&record, testkit.Quick(&record))
		}
	}
	for _, p := range parts {
		all.Merge(p)
	}
	got, want := fmt.Sprint(all.Totals, all.Ports()), fmt.Sprint(whole.Totals, whole.Ports())
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if all.Ordered() ||
		!flow.NewPortTable(flow.PortOptions{Buckets: flow.NewBuckets(1, 1)}).Ordered() {
		t.Error("only buckets need the order of packets")
	}
}

// Buckets count packets by time. If memory suffices for one bucket, it is that of the first packet.
func TestBuckets(t *testing.T) {
	const hour = 3600 * second
	buckets := flow.NewBuckets(hour, 1<<20)
	table := flow.NewPortTable(flow.PortOptions{Buckets: buckets})
	small := flow.NewBuckets(hour, 1)
	first := flow.NewPortTable(flow.PortOptions{Buckets: small})
	for i, at := range []int64{hour + 5, 2*hour - 1, 2 * hour, -1, flow.NoTime} {
		r := capture.Record{
			Data:   udp(client, server, 50000, 53),
			Number: int64(i + 1),
			Nanos:  at,
			Length: 100,
			Link:   packet{}.record().Link,
		}
		table.Add(&r, testkit.Quick(&r))
		first.Add(&r, testkit.Quick(&r))
	}
	port := flow.PortKey{Proto: decode.ProtoUDP, Port: 53}
	want := []flow.Bucket{{Start: -hour, PortKey: port, Count: flow.Count{Packets: 1, Bytes: 100}},
		{Start: hour, PortKey: port, Count: flow.Count{Packets: 2, Bytes: 200}},
		{Start: 2 * hour, PortKey: port, Count: flow.Count{Packets: 1, Bytes: 100}}}
	if got := buckets.All(); !reflect.DeepEqual(got, want) || buckets.Left.Packets != 1 {
		t.Errorf("%+v, want %+v; %d left", got, want, buckets.Left.Packets)
	}
	if got := small.All(); len(got) != 1 || got[0].Start != hour || got[0].Packets != 2 ||
		small.Left.Packets != 3 {
		t.Errorf("%+v, %d left", got, small.Left.Packets)
	}
}

func TestFilter(t *testing.T) {
	igmp := tcp("10.0.0.1", "10.0.0.2", 0, 0, 0)
	igmp[9] = 2
	later := tcp("10.0.0.1", "10.0.0.2", 0, 0, 0)
	later[7] = 9
	ask := udp("10.0.0.1", "10.0.0.2", 50000, 53)
	packets := [][]byte{
		tcp("10.0.0.1", "10.0.0.2", 50000, 80, 0),
		ask,
		inIPv6(ask),
		igmp,
		later,
		inVXLAN(ask),
	}
	all := flow.Filter{Start: flow.NoTime, End: flow.NoTime}
	host := func(addr string) func(*flow.Filter) {
		return func(f *flow.Filter) { f.Host = netip.MustParsePrefix(addr) }
	}
	with := func(set func(*flow.Filter)) *flow.Filter { f := all; set(&f); return &f }
	for _, c := range []struct {
		what string
		only *flow.Filter
		want []int // numbers of the packets that count
	}{
		{"none", nil, []int{0, 1, 2, 3, 4, 5}},
		{"all", &all, []int{0, 1, 2, 3, 4, 5}},
		{"tcp", with(func(f *flow.Filter) { f.Proto = decode.ProtoTCP }), []int{0}},
		{"host", with(host("10.0.0.2/32")), []int{0, 1, 5}},
		{"network", with(host("10.0.0.2/31")), []int{0, 1, 5}},
		{"network of both ends", with(host("10.0.0.0/30")), []int{0, 1, 5}},
		{"all of IPv4", with(host("0.0.0.0/0")), []int{0, 1, 5}},
		{"another network", with(host("10.0.0.4/30")), nil},
		{"IPv6 host", with(host("2001:db8::a00:1/128")), []int{2}},
		{"IPv6 network", with(host("2001:db8::a00:0/126")), []int{2}},
		{"another IPv6 network", with(host("2001:db9::/32")), nil},
		{"from", with(func(f *flow.Filter) { f.Start = 2 * second }), []int{2, 3, 4, 5}},
		{"until", with(func(f *flow.Filter) { f.End = 2 * second }), []int{0, 1}},
		{"between", with(func(f *flow.Filter) { f.Start, f.End = second, 2*second }), []int{1}},
	} {
		table, ports := flow.NewTable(
			flow.Options{Only: c.only},
		), flow.NewPortTable(
			flow.PortOptions{Only: c.only},
		)
		var want flow.Count
		for _, i := range c.want {
			want.Add(uint32(len(packets[i])))
		}
		list := captureOf(packets...)
		for _, p := range list {
			r := p.record()
			ports.Add(&r, testkit.Quick(&r))
		}
		countBatches(table, rand.New(rand.NewPCG(1, 1)), list)
		if table.Total != want || ports.Totals != table.Totals {
			t.Errorf("%s: %v by flow, %v by port, want %v", c.what, table.Total, ports.Total, want)
		}
	}
}

// The number of addresses is exact up to 1024 per port. Beyond that it is an estimate within 5 %.
func TestCardinality(t *testing.T) {
	for _, n := range []int{1, 500, 1024, 1025, 50_000} {
		table := flow.NewTable(flow.Options{Hosts: true})
		for i := range n {
			add(table, packet{tcp(host(i), server, 50000, 80, decode.FlagSYN), 0, int64(i + 1)})
		}
		got := table.Ports()[0]
		if got.Servers != (flow.Cardinality{N: 1}) || got.Clients.Estimate != (n > 1024) {
			t.Errorf("%d clients: %+v", n, got)
		}
		if off := float64(got.Clients.N)/float64(n) - 1; off < -0.05 || off > 0.05 ||
			n <= 1024 && off != 0 {
			t.Errorf("%d clients: %d", n, got.Clients.N)
		}
	}
}

// scanned returns a table of clients. Each client sent packets to some ports of its own server.
func scanned(memory, clients, ports int) *flow.Table {
	table := flow.NewTable(flow.Options{Hosts: true, Memory: memory})
	frame := int64(0)
	for c := range clients {
		for p := range ports {
			frame++
			add(
				table,
				packet{tcp(host(1<<16|c), host(2<<16|c), 50000, uint16(p+1), decode.FlagSYN), frame,
					frame},
			)
		}
	}
	return table
}

// Addresses stay within their part of the memory. Numbers that are incomplete for lack of memory
// are marked, and all others are correct.
func TestAddressesWithinMemory(t *testing.T) {
	for _, c := range []struct {
		memory, clients, ports int
		exact, least           bool // whether some numbers are exact, or lower bounds
	}{
		{1 << 20, 40, 2000, false, true},
		{1, 1, 5000, true, true},
		{1, 600, 3, false, true},
		{2 << 20, 6000, 4, false, false},
	} {
		table := scanned(c.memory, c.clients, c.ports)
		exact, least := 0, 0
		for _, p := range table.Ports() {
			for _, d := range []flow.Cardinality{p.Clients, p.Servers} {
				switch {
				case d.AtLeast:
					least++
				case !d.Estimate:
					exact++
				}
				if off := float64(d.N) / float64(c.clients); off > 1.05 || off > 1 && !d.Estimate ||
					off < 0.95 && !d.AtLeast ||
					d.N == 0 {
					t.Errorf("%+v: %+v", c, d)
				}
			}
		}
		if c.exact != (exact > 0) || c.least != (least > 0) || table.Evicted.Flows == 0 {
			t.Errorf(
				"%+v: %d numbers are exact, %d at least; %d flows were evicted",
				c,
				exact,
				least,
				table.Evicted.Flows,
			)
		}
	}
}

// Eviction does not change the numbers of addresses while they fit in memory.
func TestEvictionKeepsAddresses(t *testing.T) {
	const clients = 3000
	whole, evicting := scanned(0, clients, 8), scanned(2<<20, clients, 8)
	if evicting.Evicted.Flows == 0 || whole.Evicted.Flows != 0 {
		t.Fatalf("%+v and %+v evicted", whole.Evicted, evicting.Evicted)
	}
	want, got := whole.Ports(), evicting.Ports()
	for i := range want {
		if d := got[i].Clients; d.AtLeast || !d.Estimate || d.N < clients*95/100 ||
			d.N > clients*105/100 {
			t.Errorf("port %d: %+v", got[i].Port, d)
		}
		want[i].Clients, got[i].Clients = flow.Cardinality{}, flow.Cardinality{}
		want[i].Servers, got[i].Servers = flow.Cardinality{}, flow.Cardinality{}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}
