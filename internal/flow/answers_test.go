package flow

import (
	"net/netip"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// icmpRefusing quotes an IPv4 packet in a port unreachable.
func icmpRefusing(packet []byte) []byte {
	h := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0, 198, 51, 100, 7, 192, 0, 2, 10, 3, 3, 0, 0, 0, 0, 0, 0}
	b := append(h, packet...)
	b[3] = byte(len(b))
	return b
}

func udp(src, dst string, sport, dport uint16) []byte {
	b := tcp(src, dst, sport, dport, 0)[:32]
	b[3], b[9], b[24], b[25] = 32, 17, 0, 12
	return b
}

// answersOf feeds packets, in batches of one, and gives what is found out of the server's port.
func answersOf(t *testing.T, memory int, packets ...[]byte) (list []HostPort, left uint64) {
	t.Helper()
	table := NewTable(Options{Service: lower, Memory: memory, Answers: NewHostPorts(1 << 20)})
	b := table.Batch(nil)
	var p decode.Packet
	for i, x := range packets {
		b.Clear()
		if !b.Quick(linktype.Raw, x, uint32(len(x)), int64(i), int64(i+1)) {
			p.Decode(linktype.Raw, x, len(x))
			b.Packet(&p, uint32(len(x)), int64(i), int64(i+1))
		}
		table.Count(&b)
	}
	found := table.HostPorts()
	return found.List(), found.Left
}

func TestAnswers(t *testing.T) {
	const syn, ack, rst, psh = decode.FlagSYN, decode.FlagACK, decode.FlagRST, decode.FlagPSH
	ask, asked := tcp(client, server, 50000, 80, syn), udp(client, server, 50000, 53)
	at := func(port uint16, proto decode.Proto, a Answer, frame int64, flows uint64, icmp bool) HostPort {
		return HostPort{Addr: netip.MustParseAddr(server), PortKey: PortKey{proto, port}, Answer: a, Frame: frame, Flows: flows, ICMP: icmp}
	}
	for _, c := range []struct {
		what    string
		packets [][]byte
		want    []HostPort
	}{
		{"SYN-ACK", [][]byte{ask, tcp(server, client, 80, 50000, syn|ack)}, []HostPort{at(80, decode.ProtoTCP, Open, 2, 1, false)}},
		{"SYN-ACK, then RST", [][]byte{ask, tcp(server, client, 80, 50000, syn|ack), tcp(server, client, 80, 50000, rst)}, []HostPort{at(80, decode.ProtoTCP, Open, 2, 1, false)}},
		{"RST", [][]byte{ask, ask, tcp(server, client, 80, 50000, rst|ack)}, []HostPort{at(80, decode.ProtoTCP, Refused, 3, 1, false)}},
		{"a RST from the client is no answer", [][]byte{ask, tcp(client, server, 50000, 80, rst)}, []HostPort{at(80, decode.ProtoTCP, NoAnswer, 1, 1, false)}},
		{"nothing", [][]byte{ask, ask}, []HostPort{at(80, decode.ProtoTCP, NoAnswer, 1, 1, false)}},
		{"the SYN-ACK was not captured", [][]byte{ask, tcp(server, client, 80, 50000, ack|psh)}, []HostPort{at(80, decode.ProtoTCP, Open, 2, 1, false)}},
		{"begun before the capture", [][]byte{tcp(client, server, 50000, 80, ack), tcp(server, client, 80, 50000, ack)}, nil},
		{"only the SYN-ACK", [][]byte{tcp(server, client, 80, 50000, syn|ack)}, []HostPort{at(80, decode.ProtoTCP, Open, 1, 1, false)}},
		{"UDP reply", [][]byte{asked, udp(server, client, 53, 50000)}, []HostPort{at(53, decode.ProtoUDP, Open, 2, 1, false)}},
		{"UDP without one", [][]byte{asked}, []HostPort{at(53, decode.ProtoUDP, NoAnswer, 1, 1, false)}},
		{"UDP that nobody asked for", [][]byte{udp(server, client, 53, 50000)}, nil},
		{"UDP refused", [][]byte{asked, icmpRefusing(asked)}, []HostPort{at(53, decode.ProtoUDP, Refused, 2, 1, true)}},
		{"TCP refused by ICMP", [][]byte{ask, icmpRefusing(ask)}, []HostPort{at(80, decode.ProtoTCP, Refused, 2, 1, true)}},
		{"only the refusal", [][]byte{icmpRefusing(asked)}, []HostPort{at(53, decode.ProtoUDP, Refused, 1, 1, true)}},
		{"two flows, one answered", [][]byte{ask, tcp(client, server, 50001, 80, syn), tcp(server, client, 80, 50001, syn|ack)}, []HostPort{at(80, decode.ProtoTCP, Open, 3, 1, false)}},
		{"two flows, both refused", [][]byte{ask, tcp(server, client, 80, 50000, rst|ack), tcp(client, server, 50001, 80, syn), tcp(server, client, 80, 50001, rst|ack)},
			[]HostPort{at(80, decode.ProtoTCP, Refused, 2, 2, false)}},
	} {
		got, _ := answersOf(t, 0, c.packets...)
		if len(got) != len(c.want) || len(got) == 1 && got[0] != c.want[0] {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
	}
}

// Evicted flows have told what they knew.
func TestAnswersOfEvictedFlows(t *testing.T) {
	var packets [][]byte
	for i := range 3000 {
		packets = append(packets, tcp(client, server, 50000, uint16(i+1), decode.FlagSYN), tcp(server, client, uint16(i+1), 50000, decode.FlagRST|decode.FlagACK))
	}
	got, left := answersOf(t, minMemory, packets...)
	if len(got) != 3000 || left != 0 {
		t.Fatalf("%d ports, %d left out", len(got), left)
	}
	for i, h := range got {
		if h.Port != uint16(i+1) || h.Answer != Refused || h.Frame != int64(2*i+2) {
			t.Errorf("%+v", h)
		}
	}
}

// More ports than there is room for are counted, and none is made up.
func TestHostPortsAreBounded(t *testing.T) {
	h := NewHostPorts(10 * hostPortSize)
	for i := range 25 {
		h.add(HostPort{PortKey: PortKey{decode.ProtoTCP, uint16(i)}})
	}
	if len(h.List()) != 10 || h.Left != 15 {
		t.Errorf("%d ports, %d left out", len(h.List()), h.Left)
	}
}
