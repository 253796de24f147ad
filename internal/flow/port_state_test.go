package flow_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// statesOf returns what packets show about the ports of hosts.
func statesOf(memory, memoryForPorts int, packets ...[]byte) (list []flow.HostPort, left uint64) {
	table := flow.NewTable(flow.Options{Memory: memory, Proofs: true})
	found := flow.NewHostPorts(memoryForPorts)
	table.OnEnd = found.Add
	countBatches(table, rand.New(rand.NewPCG(1, 1)), captureOf(packets...))
	table.Finish()
	return found.List(), found.Left
}

// transportOf returns an IPv4 packet of another protocol. Its transport header consists of the
// ports and the bytes in rest.
func transportOf(proto byte, src, dst string, sport, dport uint16, rest ...byte) []byte {
	b := append(tcp(src, dst, sport, dport, 0)[:24:24], rest...)
	b[3], b[9] = byte(len(b)), proto
	return b
}

// sctp returns a packet with one chunk of a type (RFC 9260 section 3). dccp returns a packet of a
// type (RFC 4340 section 5.1).
func sctp(src, dst string, sport, dport uint16, chunk byte) []byte {
	return transportOf(132, src, dst, sport, dport, 0, 0, 0, 0, 0, 0, 0, 0, chunk, 0, 0, 4)
}

func dccp(src, dst string, sport, dport uint16, kind byte) []byte {
	return transportOf(33, src, dst, sport, dport, 4, 0, 0, 0, kind<<1|1, 0, 0, 0, 0, 0, 0, 1)
}

// icmp returns an ICMP error, destination unreachable with a code, that quotes a packet.
func icmp(code byte, packet []byte) []byte {
	b := refusal(packet)
	b[21] = code
	return b
}

// icmp6 returns the same error in ICMPv6 (RFC 4443 section 3.1).
func icmp6(code byte, packet []byte) []byte {
	b := append([]byte{0x60, 6: 58, 40: 1, 41: code, 47: 0}, packet...)
	b[5] = byte(len(b) - 40)
	copy(b[8:], packet[24:40])
	copy(b[24:], packet[8:24])
	return b
}

// shown is a port, its state, the proof and its frame, and the number of flows that show the state.
type shown struct {
	port  string
	state string
	word  string
	frame int64
	flows uint64
}

func shownBy(packets ...[]byte) []shown {
	list, _ := statesOf(0, 1<<20, packets...)
	return shownIn(list)
}

func shownIn(list []flow.HostPort) (out []shown) {
	for _, h := range list {
		addr := h.Addr.String()
		end := netip.AddrPortFrom(h.Addr, h.Port).String()
		if addr == server {
			end = h.Proto.String() + ":" + end[len(server)+1:]
		}
		out = append(out, shown{end, h.State().String(), h.Word(h.Proto), h.Frame, h.Flows})
	}
	return out
}

// shownInParts returns the result of shownBy after two tables counted the two pieces of a capture
// and Put joined their flows.
func shownInParts(cut int, packets [][]byte) []shown {
	whole := flow.NewTable(flow.Options{Proofs: true})
	found := flow.NewHostPorts(1 << 20)
	whole.OnEnd = found.Add
	all := captureOf(packets...)
	for _, piece := range [][]packet{all[:cut], all[cut:]} {
		t := flow.NewTable(flow.Options{Proofs: true, Idle: time.Minute, Active: time.Hour})
		t.OnEnd = func(f *flow.Flow, _ flow.EndReason) { whole.Put(f) }
		countBatches(t, rand.New(rand.NewPCG(1, 1)), piece)
		t.Finish()
	}
	whole.Order()
	whole.Finish()
	return shownIn(found.List())
}

// cutDiffers lists the cuts where a later part of a flow lacks information from the part before.
// The first lacks the sequence number of a SYN that an ICMP error quotes without flags. The second
// lacks what the client sent after its INIT.
var cutDiffers = map[string][]int{
	"quoted up to the sequence number": {1},
	"ABORT after more than the INIT":   {2},
}

// TestPortStates checks what the packets of small captures prove. The states are those of nmap.
func TestPortStates(t *testing.T) {
	const syn, ack, rst, psh, fin = decode.FlagSYN, decode.FlagACK, decode.FlagRST, 8,
		decode.FlagFIN
	there := func(flags byte, seq, next uint32) []byte {
		return numbered(tcp(client, server, 50000, 80, flags), seq, next)
	}
	back := func(flags byte, seq, next uint32) []byte {
		return numbered(tcp(server, client, 80, 50000, flags), seq, next)
	}
	ask := there(syn, 1, 0)
	accept, refuse := back(syn|ack, 7, 2), back(rst|ack, 0, 2)
	ask2 := numbered(tcp(client, server, 50001, 80, syn), 5, 0)
	accept2 := numbered(tcp(server, client, 80, 50001, syn|ack), 9, 6)
	refuse2 := numbered(tcp(server, client, 80, 50001, rst|ack), 0, 6)
	asked, reply := udp(client, server, 50000, 53, 1), udp(server, client, 53, 50000)
	init := sctp(client, server, 2905, 2905, 1)
	request := dccp(client, server, 50000, 5001, 0)
	type packets = [][]byte
	for _, c := range []struct {
		what    string
		packets packets
		want    []shown
	}{
		{"SYN-ACK", packets{ask, accept}, []shown{{"tcp:80", "open", "SYN-ACK", 2, 1}}},
		{"SYN-ACK, RST", packets{ask, accept, back(rst, 8, 0)},
			[]shown{{"tcp:80", "open", "SYN-ACK", 2, 1}}},
		{"SYN-ACK that acknowledges no SYN of the capture", packets{ask, back(syn|ack, 7, 5555)},
			[]shown{{"tcp:80", "open", "SYN-ACK", 2, 1}}},
		{"the same, reset by the client", packets{ask, back(syn|ack, 7, 5555), there(rst, 5555, 0)},
			[]shown{{"tcp:80", "open", "SYN-ACK", 2, 1}}},
		{"RST", packets{ask, ask, refuse}, []shown{{"tcp:80", "closed", "RST", 3, 1}}},
		{"a FIN of an earlier connection, then RST", packets{back(fin|ack, 500, 600), ask, refuse},
			[]shown{{"tcp:80", "closed", "RST", 3, 1}}},
		{"RST, then the same SYN is accepted", packets{ask, refuse, ask, accept},
			[]shown{{"tcp:80", "open", "SYN-ACK", 4, 1}}},
		{"a RST from the client is no answer", packets{ask, there(rst, 2, 0)},
			[]shown{{"tcp:80", "filtered", "no answer", 1, 1}}},
		{"nothing", packets{ask, ask}, []shown{{"tcp:80", "filtered", "no answer", 1, 1}}},
		{"the SYN-ACK was not captured", packets{ask, back(ack|psh, 8, 2)},
			[]shown{{"tcp:80", "unfiltered", "other answer", 2, 1}}},
		{"a challenge, RFC 5961", packets{ask, back(ack, 0, 3000), there(rst, 3000, 0)},
			[]shown{{"tcp:80", "unfiltered", "other answer", 2, 1}}},
		{"a RST to later data", packets{ask, there(ack, 2, 8), back(rst|ack, 8, 2)},
			[]shown{{"tcp:80", "unfiltered", "other answer", 3, 1}}},
		{"begun before the capture", packets{there(ack, 1, 1), back(ack, 1, 1)}, nil},
		{"begun before, then again", packets{there(ack, 1, 1), back(fin|ack, 1, 1), ask, accept},
			[]shown{{"tcp:80", "open", "SYN-ACK", 4, 1}}},
		{"only the SYN-ACK", packets{accept}, []shown{{"tcp:80", "open", "SYN-ACK", 1, 1}}},
		{"both ends are servers, one after the other",
			append(append(packets{}, connection(100, true)...),
				back(syn, 900, 0), there(syn|ack, 33, 901)),
			[]shown{{client + ":50000", "open", "SYN-ACK", 8, 1},
				{"tcp:80", "open", "SYN-ACK", 2, 1}}},
		{"two flows, one answered", packets{ask, ask2, accept2},
			[]shown{{"tcp:80", "open", "SYN-ACK", 3, 1}}},
		{"two flows, both refused", packets{ask, refuse, ask2, refuse2},
			[]shown{{"tcp:80", "closed", "RST", 2, 2}}},
		{"refused, then open", packets{ask, refuse, ask2, accept2},
			[]shown{{"tcp:80", "open", "SYN-ACK", 4, 1}}},
		{"open, then refused", packets{ask, accept, ask2, refuse2},
			[]shown{{"tcp:80", "closed", "RST", 4, 1}}},
		{"open, then no answer", packets{ask, accept, ask2},
			[]shown{{"tcp:80", "open", "SYN-ACK", 2, 1}}},

		{"UDP reply", packets{asked, reply}, []shown{{"udp:53", "open", "reply", 2, 1}}},
		{"UDP without one", packets{asked}, []shown{{"udp:53", "filtered", "no answer", 1, 1}}},
		{"UDP without a request", packets{reply}, nil},
		{"UDP with a request before the capture", packets{reply, asked, reply},
			[]shown{{"udp:53", "open", "reply", 3, 1}}},
		{"UDP refused", packets{asked, refusal(asked)},
			[]shown{{"udp:53", "closed", "ICMP port unreachable", 2, 1}}},
		{"UDP reply, later refused", packets{asked, reply, asked, refusal(asked)},
			[]shown{{"udp:53", "closed", "ICMP port unreachable", 4, 1}}},
		{"the client refuses a late reply", packets{asked, reply, refusal(reply)},
			[]shown{{client + ":50000", "closed", "ICMP port unreachable", 3, 1},
				{"udp:53", "open", "reply", 2, 1}}},
		{"UDP between equal ports", packets{udp(client, server, 123, 123),
			udp(server, client, 123, 123), udp(client, server, 123, 123)},
			[]shown{{client + ":123", "open", "reply", 3, 1}, {"udp:123", "open", "reply", 2, 1}}},

		{"TCP refused by ICMP", packets{ask, refusal(ask)},
			[]shown{{"tcp:80", "closed", "ICMP port unreachable", 2, 1}}},
		{"quoted up to the sequence number", packets{ask, icmp(13, ask[:28])},
			[]shown{{"tcp:80", "filtered", "ICMP prohibited", 2, 1}}},
		{"another sequence number is quoted", packets{ask, icmp(3, there(ack, 9, 0)[:28])},
			[]shown{{"tcp:80", "filtered", "no answer", 1, 1}}},
		{"an error in the middle of a connection", packets{ask, accept, icmp(1, there(ack, 2, 8))},
			[]shown{{"tcp:80", "open", "SYN-ACK", 2, 1}}},
		{"only the refusal", packets{refusal(asked)},
			[]shown{{"udp:53", "closed", "ICMP port unreachable", 1, 1}}},
		{"fragmentation needed refuses nothing", packets{asked, icmp(4, asked)},
			[]shown{{"udp:53", "filtered", "no answer", 1, 1}}},

		{"INIT-ACK", packets{init, sctp(server, client, 2905, 2905, 2)},
			[]shown{{"sctp:2905", "open", "INIT-ACK", 2, 1}}},
		{"ABORT", packets{init, sctp(server, client, 2905, 2905, 6)},
			[]shown{{"sctp:2905", "closed", "ABORT", 2, 1}}},
		{"ABORT after more than the INIT", packets{init, sctp(client, server, 2905, 2905, 10),
			sctp(server, client, 2905, 2905, 6)},
			[]shown{{"sctp:2905", "unfiltered", "other answer", 3, 1}}},
		{"both ends of an association", packets{init, sctp(server, client, 2905, 2905, 2),
			sctp(server, client, 2905, 2905, 1), sctp(client, server, 2905, 2905, 2)},
			[]shown{{client + ":2905", "open", "INIT-ACK", 4, 1},
				{"sctp:2905", "open", "INIT-ACK", 2, 1}}},
		{"Response", packets{request, dccp(server, client, 5001, 50000, 1)},
			[]shown{{"dccp:5001", "open", "Response", 2, 1}}},
		{"Reset", packets{request, dccp(server, client, 5001, 50000, 7)},
			[]shown{{"dccp:5001", "closed", "Reset", 2, 1}}},
	} {
		if got := shownBy(c.packets...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
		for cut := range c.packets {
			got := shownInParts(cut, c.packets)
			if want := cut > 0 && slices.Contains(cutDiffers[c.what], cut); want !=
				!slices.Equal(got, c.want) {
				t.Errorf("%s, cut after %d: %v, want %v", c.what, cut, got, c.want)
			}
		}
	}
}

// TestUnreachableCodes tests every code of RFC 792, RFC 1812 section 5.2.7.1 and RFC 4443 section
// 3.1.
func TestUnreachableCodes(t *testing.T) {
	const (
		net, host  = "filtered ICMP net unreachable", "filtered ICMP host unreachable"
		prohibited = "filtered ICMP prohibited"
		proto      = "closed ICMP protocol unreachable"
		port       = "closed ICMP port unreachable"
		none       = "filtered no answer"
	)
	v4 := []string{net, host, proto, port, none, net, net, host, host, prohibited, prohibited, net,
		host, prohibited, prohibited, prohibited, none}
	v6 := []string{net, prohibited, net, host, port, prohibited, prohibited, none}
	check := func(what string, code int, want string, asked, answer []byte) {
		for _, h := range shownBy(asked, answer) {
			frame := int64(2)
			if want == none {
				frame = 1
			}
			if got := h.state + " " + h.word; got != want || h.frame != frame {
				t.Errorf("%s code %d: %q in frame %d, want %q", what, code, got, h.frame, want)
			}
		}
	}
	for _, asked := range [][]byte{udp(client, server, 50000, 53, 1),
		tcp(client, server, 50000, 80, decode.FlagSYN)} {
		for code, want := range v4 {
			check("ICMP", code, want, asked, icmp(byte(code), asked))
		}
		for code, want := range v6 {
			check("ICMPv6", code, want, inIPv6(asked), icmp6(byte(code), inIPv6(asked)))
		}
	}
}

// Evicted flows are reported with their evidence. Flows to ports beyond the memory are counted.
func TestPortStatesWithinMemory(t *testing.T) {
	var packets [][]byte
	for i := range 3000 {
		packets = append(packets, tcp(client, server, 50000, uint16(i+1), decode.FlagSYN),
			numbered(tcp(server, client, uint16(i+1), 50000, decode.FlagRST|decode.FlagACK), 0, 1))
	}
	got, left := statesOf(1, 4<<20, packets...)
	if len(got) != 3000 || left != 0 {
		t.Fatalf("%d ports, %d left out", len(got), left)
	}
	for i, h := range got {
		if h.Port != uint16(i+1) || h.State() != flow.PortClosed || h.Frame != int64(2*i+2) {
			t.Errorf("%+v", h)
		}
	}
	const portSize = 640 // approximate, in bytes
	if got, left := statesOf(0, 10*portSize, packets[:50]...); len(got) != 10 || left != 15 {
		t.Errorf("%d ports, %d left out", len(got), left)
	}
}
