package flow_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/testkit"
)

// sent is a segment of a connection that a test builds.
type sent struct {
	ms       int64 // time in milliseconds
	back     bool  // sent by the server
	flags    byte
	seq, ack uint32
	length   int
	window   uint16
}

func (s sent) packet(frame int64) packet {
	b := tcp(client, server, 50000, 80, s.flags, make([]byte, s.length)...)
	if s.back {
		b = tcp(server, client, 80, 50000, s.flags, make([]byte, s.length)...)
	}
	binary.BigEndian.PutUint16(b[34:], s.window)
	return packet{numbered(b, s.seq, s.ack), s.ms * int64(time.Millisecond), frame}
}

// TestTCPStats tests each kind of segment, after a handshake of 40 ms with windows of 1000. The
// names are those of tshark.
func TestTCPStats(t *testing.T) {
	const syn, ack, rst, fin = decode.FlagSYN, decode.FlagACK, decode.FlagRST, decode.FlagFIN
	const c, s = uint32(0xffffff00), uint32(5000) // ISNs; the client's numbers wrap around
	handshake := []sent{{0, false, syn, c, 0, 0, 1000}, {20, true, syn | ack, s, c + 1, 0, 1000},
		{40, false, ack, c + 1, s + 1, 0, 1000}}
	data := func(ms int64, at uint32, n int) sent {
		return sent{ms, false, ack, c + 1 + at, s + 1, n, 1000}
	}
	acked := func(ms int64, at uint32) sent {
		return sent{ms, true, ack, s + 1, c + 1 + at, 0, 1000}
	}
	type counts = flow.TCPCounts
	for _, x := range []struct {
		what     string
		segments []sent
		want     counts
	}{
		{"in order", []sent{data(50, 0, 200), data(51, 200, 200), acked(70, 400)}, counts{}},
		{"retransmission", []sent{data(50, 0, 200), data(300, 0, 200)}, counts{Retransmissions: 1}},
		{"the same at once, as in a capture of two interfaces",
			[]sent{data(50, 0, 200), data(50, 0, 200)}, counts{Retransmissions: 1}},
		{"out of order", []sent{data(50, 200, 200), data(51, 0, 200)}, counts{OutOfOrder: 1}},
		{"out of order, in the middle of a hole", []sent{data(50, 600, 200), data(51, 200, 200),
			data(52, 0, 200), data(53, 400, 200)}, counts{OutOfOrder: 3}},
		{"a hole is filled twice", []sent{data(50, 200, 200), data(51, 0, 200), data(52, 0, 200)},
			counts{Retransmissions: 1, OutOfOrder: 1}},
		{"a hole is filled late", []sent{data(50, 200, 200), data(100, 0, 200)},
			counts{Retransmissions: 1}},
		{"fast retransmission", []sent{data(50, 0, 200), data(51, 400, 200), acked(60, 200),
			acked(61, 200), acked(62, 200), data(63, 200, 200)}, counts{Retransmissions: 1}},
		{"spurious retransmission", []sent{data(50, 0, 200), acked(60, 200), data(61, 0, 200)},
			counts{Retransmissions: 1}},
		{"SYN again", []sent{{50, false, syn, c, 0, 0, 1000}}, counts{Retransmissions: 1}},
		{"FIN again", []sent{{50, false, fin | ack, c + 1, s + 1, 0, 1000},
			{300, false, fin | ack, c + 1, s + 1, 0, 1000}}, counts{Retransmissions: 1}},
		{"keep-alive", []sent{data(50, 0, 200), acked(60, 200), data(9000, 199, 1),
			data(18000, 199, 0)}, counts{}},
		{"data after a keep-alive repeats one byte", []sent{data(50, 0, 200), data(9000, 199, 100)},
			counts{}},
		{"zero window and its probe", []sent{data(50, 0, 200),
			{60, true, ack, s + 1, c + 201, 0, 0}, data(300, 200, 1),
			{310, true, ack, s + 1, c + 201, 0, 0}, data(600, 200, 1), data(900, 200, 200)},
			counts{ZeroWindows: 2}},
		{"a window whose low byte is 0", []sent{data(50, 0, 200),
			{60, true, ack, s + 1, c + 201, 0, 256},
			data(300, 200, 1), {310, true, ack, s + 1, c + 202, 0, 256}}, counts{}},
		{"reset has a window of 0", []sent{{50, true, rst, s + 1, 0, 0, 0},
			{51, true, rst | ack, s + 1, c + 1, 0, 0}}, counts{Resets: 2}},
	} {
		opt := flow.Options{TCP: true}
		table, batches := flow.NewTable(opt), flow.NewTable(opt)
		var packets []packet
		for i, s := range append(handshake, x.segments...) {
			packets = append(packets, s.packet(int64(i+1)))
		}
		addAll(table, packets...)
		countBatches(batches, rand.New(rand.NewPCG(1, 1)), packets)
		f := flowsOf(table)[0]
		if f.TCP.Total() != x.want || !f.TCP.HasRTT || f.TCP.RTT != 40*time.Millisecond {
			t.Errorf("%s: %+v, want %+v", x.what, f.TCP, x.want)
		}
		if g := flowsOf(batches)[0]; g.TCP != f.TCP {
			t.Errorf("%s: %+v in batches", x.what, g.TCP)
		}
	}
}

// TestRTT checks that only a handshake has an RTT, and that each connection on the same ports has
// its own RTT.
func TestRTT(t *testing.T) {
	const syn, ack, rst = decode.FlagSYN, decode.FlagACK, decode.FlagRST
	for _, c := range []struct {
		what     string
		segments []sent
		want     []time.Duration // -1 for none
	}{
		{"SYN again", []sent{{0, false, syn, 1, 0, 0, 9}, {1000, false, syn, 1, 0, 0, 9},
			{1020, true, syn | ack, 5, 2, 0, 9}, {1030, false, ack, 2, 6, 0, 9},
			{1500, false, ack, 2, 6, 9, 9}}, []time.Duration{30 * time.Millisecond}},
		{"refused", []sent{{0, false, syn, 1, 0, 0, 9}, {9, true, rst | ack, 0, 2, 0, 0}},
			[]time.Duration{-1}},
		{"no SYN", []sent{{0, true, syn | ack, 5, 2, 0, 9}, {9, false, ack, 2, 6, 0, 9}},
			[]time.Duration{-1}},
		{"two connections", []sent{{0, false, syn, 1, 0, 0, 9}, {5, true, syn | ack, 5, 2, 0, 9},
			{7, false, ack, 2, 6, 0, 9}, {9, false, rst | ack, 2, 6, 0, 9},
			{20, false, syn, 77, 0, 0, 9}, {25, true, syn | ack, 5, 78, 0, 9},
			{31, false, ack, 78, 6, 0, 9}},
			[]time.Duration{7 * time.Millisecond, 11 * time.Millisecond}},
	} {
		table := flow.NewTable(flow.Options{TCP: true})
		for i, s := range c.segments {
			addAll(table, s.packet(int64(i+1)))
		}
		list := flowsOf(table)
		if len(list) != len(c.want) {
			t.Fatalf("%s: %d flows", c.what, len(list))
		}
		for i, f := range list {
			if f.TCP.HasRTT != (c.want[i] >= 0) || f.TCP.HasRTT && f.TCP.RTT != c.want[i] {
				t.Errorf("%s: %+v, want %v", c.what, f.TCP, c.want[i])
			}
		}
	}
}

// TestTCPWithinMemory checks that segments cost no allocation. TCP statistics stay within the
// memory limit and with their flow when other flows are evicted.
func TestTCPWithinMemory(t *testing.T) {
	table := flow.NewTable(flow.Options{TCP: true, Memory: 1})
	for i := range 20_000 {
		for _, ms := range []int64{0, 1} { // a retransmission
			p := packet{numbered(tcp(client, host(i%5000), 50000, 80, decode.FlagACK, 1, 2), 7, 1),
				int64(i)*second + ms, int64(2*i) + ms + 1}
			addAll(table, p)
		}
		if used, limit := table.Used(); used > limit {
			t.Fatalf("%d bytes after %d flows, the limit is %d", used, i, limit)
		}
	}
	for f := range table.Flows() {
		if n := f.Total().Packets; uint64(f.TCP.Total().Retransmissions) != n-1 {
			t.Fatalf("%d packets, %+v", n, f.TCP)
		}
	}
	all := flow.NewTable(flow.Options{TCP: true})
	b, packets := all.NewBatch(), traffic(rand.New(rand.NewPCG(9, 9)), 500)
	count := func() {
		b.Clear()
		for i := range packets {
			r := packets[i].record()
			b.Add(&r, testkit.Quick(&r))
		}
		all.Count(b)
	}
	count()
	count()
	if n := testing.AllocsPerRun(10, count); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
