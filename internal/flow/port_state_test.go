package flow_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// statesOf returns what packets show about the ports of hosts.
func statesOf(memory, room int, packets ...[]byte) (list []flow.HostPort, left uint64) {
	table := flow.NewTable(flow.Options{Memory: memory, Refusals: true})
	found := flow.NewHostPorts(room)
	table.OnEnd = found.Add
	countBatches(table, rand.New(rand.NewPCG(1, 1)), captureOf(packets...))
	table.Finish()
	return found.List(), found.Left
}

func TestPortStates(t *testing.T) {
	const syn, ack, rst, psh = decode.FlagSYN, decode.FlagACK, decode.FlagRST, 8
	host := netip.MustParseAddr(server)
	port := func(proto decode.Proto, port uint16, s flow.PortState, frame int64) flow.HostPort {
		key := flow.PortKey{Proto: proto, Port: port}
		return flow.HostPort{Addr: host, PortKey: key, State: s, Frame: frame, Flows: 1}
	}
	tcp80 := func(s flow.PortState, frame int64) []flow.HostPort {
		return []flow.HostPort{port(decode.ProtoTCP, 80, s, frame)}
	}
	udp53 := func(s flow.PortState, frame int64) []flow.HostPort {
		return []flow.HostPort{port(decode.ProtoUDP, 53, s, frame)}
	}
	icmp := func(list []flow.HostPort) []flow.HostPort {
		list[0].ICMP = true
		return list
	}
	twice := func(list []flow.HostPort) []flow.HostPort {
		list[0].Flows = 2
		return list
	}
	ask, asked := tcp(client, server, 50000, 80, syn), udp(client, server, 50000, 53, 1)
	answer := func(flags byte) []byte { return tcp(server, client, 80, 50000, flags) }
	ask2, reply := tcp(client, server, 50001, 80, syn), udp(server, client, 53, 50000)
	answer2 := func(flags byte) []byte { return tcp(server, client, 80, 50001, flags) }
	type packets = [][]byte
	for _, c := range []struct {
		what    string
		packets packets
		want    []flow.HostPort
	}{
		{"SYN-ACK", packets{ask, answer(syn | ack)}, tcp80(flow.Open, 2)},
		{"SYN-ACK, RST", packets{ask, answer(syn | ack), answer(rst)}, tcp80(flow.Open, 2)},
		{"RST", packets{ask, ask, answer(rst | ack)}, tcp80(flow.Refused, 3)},
		{"a RST from the client is no answer",
			packets{ask, tcp(client, server, 50000, 80, rst)}, tcp80(flow.NoAnswer, 1)},
		{"nothing", packets{ask, ask}, tcp80(flow.NoAnswer, 1)},
		{"the SYN-ACK was not captured", packets{ask, answer(ack | psh)}, tcp80(flow.Open, 2)},
		{"begun before the capture",
			packets{tcp(client, server, 50000, 80, ack), answer(ack)}, nil},
		{"only the SYN-ACK", packets{answer(syn | ack)}, tcp80(flow.Open, 1)},
		{"UDP reply", packets{asked, reply}, udp53(flow.Open, 2)},
		{"UDP without one", packets{asked}, udp53(flow.NoAnswer, 1)},
		{"UDP that nobody asked for", packets{reply}, nil},
		{"UDP refused", packets{asked, refusal(asked)}, icmp(udp53(flow.Refused, 2))},
		{"TCP refused by ICMP", packets{ask, refusal(ask)}, icmp(tcp80(flow.Refused, 2))},
		{"only the refusal", packets{refusal(asked)}, icmp(udp53(flow.Refused, 1))},
		{"two flows, one answered", packets{ask, ask2, answer2(syn | ack)}, tcp80(flow.Open, 3)},
		{"two flows, both refused",
			packets{ask, answer(rst | ack), ask2, answer2(rst | ack)},
			twice(tcp80(flow.Refused, 2))},
	} {
		if got, _ := statesOf(0, 1<<20, c.packets...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
	}
}

// Evicted flows have shown what they knew, and ports beyond the memory are counted.
func TestPortStatesWithinMemory(t *testing.T) {
	var packets [][]byte
	for i := range 3000 {
		packets = append(packets, tcp(client, server, 50000, uint16(i+1), decode.FlagSYN),
			tcp(server, client, uint16(i+1), 50000, decode.FlagRST|decode.FlagACK))
	}
	got, left := statesOf(1, 1<<20, packets...)
	if len(got) != 3000 || left != 0 {
		t.Fatalf("%d ports, %d left out", len(got), left)
	}
	for i, h := range got {
		if h.Port != uint16(i+1) || h.State != flow.Refused || h.Frame != int64(2*i+2) {
			t.Errorf("%+v", h)
		}
	}
	const portSize = 320 // about, in bytes
	if got, left := statesOf(0, 10*portSize, packets[:50]...); len(got) != 10 || left != 15 {
		t.Errorf("%d ports, %d left out", len(got), left)
	}
}
