package hosts_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/hosts"
)

// addr returns address n in 10.9.0.0/16.
func addr(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 9, byte(n >> 8), byte(n)}) }

// tcp returns a flow from a client to a port of a server, with packets of 100 bytes in each
// direction and evidence about the port.
func tcp(client, server int, port uint16, sent, received uint64, e flow.Evidence,
	frame int64) *flow.Flow {
	k, from := flow.KeyOf(decode.ProtoTCP, flow.Endpoint{Addr: addr(client), Port: 40000},
		flow.Endpoint{Addr: addr(server), Port: port})
	f := &flow.Flow{Key: k, FirstFrame: frame, Start: 100 * frame, End: 100*frame + 50}
	f.Asked, f.First = from, from
	f.From[from] = flow.Count{Packets: sent, Bytes: 100 * sent}
	f.From[from.Other()] = flow.Count{Packets: received, Bytes: 100 * received}
	f.Proofs[from.Other()] = flow.Proof{Evidence: e, Frame: frame + 1}
	return f
}

func count(packets uint64) flow.Count { return flow.Count{Packets: packets, Bytes: 100 * packets} }

// TestHosts compares rows with counts by hand: hosts 1 and 2 are clients of host 3.
func TestHosts(t *testing.T) {
	table := hosts.New(1 << 20)
	for _, f := range []*flow.Flow{
		tcp(1, 3, 443, 5, 7, flow.Acceptance, 1),
		tcp(1, 3, 80, 1, 1, flow.Refusal, 20),
		tcp(2, 3, 22, 10, 20, flow.Acceptance, 30),
		tcp(4, 4, 25, 2, 3, flow.Acceptance, 50),
	} {
		table.Add(f, flow.EndOfInput)
	}
	open := func(ports ...uint16) (list []flow.PortKey) {
		for _, p := range ports {
			list = append(list, flow.PortKey{Proto: decode.ProtoTCP, Port: p})
		}
		return list
	}
	want := []hosts.Host{
		{Addr: addr(3), Sent: count(28), Received: count(16), Flows: 3, Peers: 2,
			Open: open(22, 443), First: 100, Last: 3050},
		{Addr: addr(2), Sent: count(10), Received: count(20), Flows: 1, Peers: 1, First: 3000,
			Last: 3050},
		{Addr: addr(1), Sent: count(6), Received: count(8), Flows: 2, Peers: 1, First: 100,
			Last: 2050},
		{Addr: addr(4), Sent: count(5), Flows: 1, Peers: 1, Open: open(25), First: 5000,
			Last: 5050},
	}
	got := table.Hosts(hosts.ByPackets)
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		g, w := got[i], want[i]
		if !slices.Equal(g.Open, w.Open) {
			t.Errorf("%v: open %v, want %v", w.Addr, g.Open, w.Open)
		}
		g.Open, w.Open = nil, nil
		if g.Addr != w.Addr || g.Sent != w.Sent || g.Received != w.Received ||
			g.Flows != w.Flows || g.Peers != w.Peers || g.First != w.First || g.Last != w.Last {
			t.Errorf("%+v, want %+v", g, w)
		}
	}
	pairs := table.Pairs(hosts.ByHost)
	if len(pairs) != 3 || pairs[0].A != addr(1) || pairs[0].B != addr(3) ||
		pairs[0].FromA != count(6) || pairs[0].FromB != count(8) || pairs[0].Flows != 2 {
		t.Errorf("%+v", pairs)
	}
}

// TestOrders checks that each order puts the expected host first.
func TestOrders(t *testing.T) {
	table := hosts.New(1 << 20)
	big := tcp(1, 2, 80, 1, 0, flow.NoAnswer, 1)
	big.From[flow.A].Bytes = 9000
	table.Add(big, flow.EndOfInput)
	table.Add(tcp(3, 4, 80, 50, 0, flow.NoAnswer, 2), flow.EndOfInput)
	for i := range 5 {
		table.Add(tcp(5, 6, uint16(i+1), 1, 0, flow.NoAnswer, 3), flow.EndOfInput)
	}
	for i := range 4 {
		table.Add(tcp(7, 8+i, 80, 1, 0, flow.NoAnswer, 4), flow.EndOfInput)
	}
	for by, want := range map[hosts.By]int{hosts.ByBytes: 1, hosts.ByPackets: 3, hosts.ByFlows: 5,
		hosts.ByPeers: 7, hosts.ByHost: 1} {
		if got := table.Hosts(by)[0].Addr; got != addr(want) {
			t.Errorf("order %d begins with %v, want %v", by, got, addr(want))
		}
		if got := table.Pairs(by)[0].A; by != hosts.ByPeers && got != addr(want) {
			t.Errorf("pairs: order %d begins with %v, want %v", by, got, addr(want))
		}
	}
}

// TestBounded adds more pairs than fit in memory. Flows in no row must be counted, and a busy pair
// must stay.
func TestBounded(t *testing.T) {
	const memory = 64 << 10
	table, random := hosts.New(memory), rand.New(rand.NewPCG(1, 2))
	var flows, packets uint64
	for i := range 20_000 {
		f := tcp(random.IntN(60_000), 60_001, uint16(random.IntN(60_000)), 1, 1, flow.Refusal,
			int64(i))
		if i%10 == 0 {
			f = tcp(60_002, 60_001, 443, 10, 10, flow.Acceptance, int64(i))
		}
		table.Add(f, flow.EndOfInput)
		flows, packets = flows+1, packets+f.Total().Packets
	}
	left := table.Left()
	pairs := table.Pairs(hosts.ByPackets)
	for _, p := range pairs {
		flows, packets = flows-p.Flows, packets-p.Total().Packets
	}
	if left.Flows != flows || left.Packets != packets || left.Bytes != 100*packets {
		t.Errorf("%+v left, but the rows lack %d flows with %d packets", left, flows, packets)
	}
	if busy := (hosts.Pair{A: addr(60_001), B: addr(60_002)}); pairs[0].A != busy.A ||
		pairs[0].B != busy.B || pairs[0].Flows != 2000 {
		t.Errorf("the busy pair is not first: %+v", pairs[0])
	}
	if len(pairs) > memory/200 || len(table.Ports()) > memory/200 {
		t.Errorf("%d pairs and %d ports in %d bytes", len(pairs), len(table.Ports()), memory)
	}
	if table.LeftPorts() == 0 || table.LeftProbes() == 0 {
		t.Errorf("%d flows to other ports, %d in no scan", table.LeftPorts(), table.LeftProbes())
	}
}

// TestScans: host 1 probes 599 ports of host 2, 6 of them open. Host 3 probes one port of 20 hosts.
// Host 4 is a client of 30 servers, and connects to two of the ports that host 1 probed.
func TestScans(t *testing.T) {
	table := hosts.New(4 << 20)
	add := func(client, server int, port uint16, e flow.Evidence, frame int64) {
		table.Add(tcp(client, server, port, 1, 1, e, frame), flow.EndDetected)
	}
	for i := range 599 {
		e := flow.Refusal
		if i%100 == 3 {
			e = flow.Acceptance
		}
		add(1, 2, uint16(i+1), e, int64(900+i))
		add(1, 2, uint16(i+1), flow.NoAnswer, int64(812+i)) // a second try does not count twice
	}
	for i := range 20 {
		add(3, 100+i, 22, []flow.Evidence{flow.NoAnswer, flow.Refusal}[i%2], int64(2000+i))
	}
	for i := range 30 {
		add(4, 200+i, 443, flow.Acceptance, int64(3000+i))
	}
	add(4, 2, 599, flow.Refusal, 4000)
	add(4, 2, 4, flow.Acceptance, 4001)

	list, scans, folded := table.Services()
	want := []hosts.Scan{
		{Source: addr(1), Target: addr(2), Ports: 599, Hosts: 1, Probes: 599, Open: 6,
			Closed: 593, Frame: 812},
		{Source: addr(3), Port: flow.PortKey{Proto: decode.ProtoTCP, Port: 22}, Ports: 1,
			Hosts: 20, Probes: 20, Closed: 10, Filtered: 10, Frame: 2000},
	}
	if !slices.Equal(scans, want) {
		t.Errorf("%+v, want %+v", scans, want)
	}
	// 6 open ports of host 2, the closed port that host 4 also tried, 30 servers
	if len(list) != 6+1+30 || folded != 592+20 || len(table.Ports()) != 599+20+30 {
		t.Errorf("%d rows, %d folded, %d in all", len(list), folded, len(table.Ports()))
	}
}
