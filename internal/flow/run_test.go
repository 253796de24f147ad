package flow

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// framed is a frame of Ethernet with an IP packet.
func framed(packet []byte) []byte {
	if packet[0]>>4 == 6 {
		return append([]byte{12: 0x86, 13: 0xdd}, packet...)
	}
	return append([]byte{12: 0x08, 13: 0x00}, packet...)
}

// host is one of many addresses.
func host(n int) string { return addr4(10<<24 | 1<<16 | uint32(n)).String() }

// A run's headers are looked up before the first of them is counted. Where one of them begins a flow for which others are evicted, what was looked up for those behind it may
// be another flow's by then, or nobody's: each packet counts all the same.
func TestEvictionWithinARun(t *testing.T) {
	const rounds, fresh = 4000, 30
	table := NewTable(Options{Service: lower, Memory: minMemory})
	b := table.Batch(nil)
	want := uint64(0)
	for i := range rounds {
		b.Clear()
		r := newRun(linktype.Ethernet)
		for n := range fresh {
			for _, flow := range []int{i*fresh + n, (i-1)*fresh + n} { // a new one, and one of the round before
				if flow < 0 {
					continue
				}
				want++
				r.put(framed(tcp("10.0.0.1", host(flow), 40000, 80, decode.FlagACK)), 60, -int64(want)) // by their times, the new ones go first
			}
		}
		if b.Run(r) != 0 {
			t.Fatal("the quick walk does not take the test's packets")
		}
		table.Count(&b)
	}
	got := table.Evicted.Packets
	for f := range table.Flows() {
		got += f.Total().Packets
	}
	if got != want || table.Evicted.Flows == 0 {
		t.Errorf("%d packets of %d, %d flows were evicted", got, want, table.Evicted.Flows)
	}
}

// What a batch had before does not show through: a packet that counts for no flow, or does not pass, counts for none.
func TestReusedBatch(t *testing.T) {
	arp := append([]byte{12: 0x08, 13: 0x06, 14: 0, 15: 1, 16: 8, 17: 0, 18: 6, 19: 4, 20: 0, 21: 1}, make([]byte, 30)...)
	packet := framed(tcp(client, server, 40000, 80, decode.FlagACK))
	for name, c := range map[string]struct {
		only *Filter
		link linktype.Type
		then []byte
	}{
		"no ports":            {nil, linktype.Ethernet, arp},
		"no ports, no plain":  {nil, linktype.Raw, []byte{0x45, 3: 28, 9: 1, 20: 8, 27: 0}},
		"does not pass":       {&Filter{Proto: decode.ProtoTCP, Start: NoTime, End: NoTime}, linktype.Ethernet, framed(udp(client, server, 40000, 53))},
		"no ports, not asked": {&Filter{Proto: decode.ProtoTCP, Start: NoTime, End: NoTime}, linktype.Ethernet, arp},
	} {
		table := NewTable(Options{Service: lower})
		b := table.Batch(c.only)
		for _, r := range []*Run{runOf(linktype.Ethernet, packet, 60, 1), runOf(c.link, c.then, 60, 2)} {
			b.Clear()
			if b.Run(r) != 0 {
				t.Fatalf("%s: the quick walk does not take the test's packets", name)
			}
			table.Count(&b)
		}
		if flows := slices.Collect(table.Flows()); len(flows) != 1 || flows[0].Total() != (Count{1, 60}) {
			t.Errorf("%s: %+v", name, flows)
		}
	}
}

// Flows that stay keep their addresses, first frames and payloads when others are evicted, in IPv4 and IPv6.
func TestEvictionKeepsNames(t *testing.T) {
	table := NewTable(Options{Service: lower, Recognise: length, Memory: minMemory})
	b := table.Batch(nil)
	names := map[int64]Key{}
	const first = 1 << 40 // more than 32 bits hold
	for n := range 3000 {
		packet, addr := append(tcp(client, host(n), 40000, 80, decode.FlagACK), make([]byte, 1+n%100)...), netip.MustParseAddr(host(n))
		packet[3] = byte(len(packet))
		from := netip.MustParseAddr(client)
		if n%3 == 0 {
			packet = raw6(packet)
			from, addr = netip.AddrFrom16([16]byte(packet[8:])), netip.AddrFrom16([16]byte(packet[24:]))
		}
		names[first+int64(n)], _ = KeyOf(decode.ProtoTCP, Endpoint{from, 40000}, Endpoint{addr, 80})
		r := runOf(linktype.Ethernet, framed(packet), 60, int64(n))
		r.First = first + int64(n)
		b.Clear()
		if b.Run(r) != 0 {
			t.Fatal("the quick walk does not take the test's packets")
		}
		table.Count(&b)
	}
	six := 0
	for f := range table.Flows() {
		if f.Key != names[f.FirstFrame] {
			t.Errorf("frame %d: %+v, want %+v", f.FirstFrame, f.Key, names[f.FirstFrame])
		}
		if says := Saying(1 + (f.FirstFrame-first)%100); f.Says != [3]Saying{A: says} && f.Says != [3]Saying{B: says} {
			t.Errorf("frame %d: a payload of %d bytes, want %d", f.FirstFrame, f.Says, says)
		}
		if f.A.Addr.Is6() {
			six++
		}
	}
	if table.Evicted.Flows == 0 || six == 0 || six == table.Len() {
		t.Errorf("%d flows were evicted, %d of %d are of IPv6", table.Evicted.Flows, six, table.Len())
	}
}

// A packet without Ethernet whose bytes would pass for a plain frame has its own payload.
func TestPayloadWithoutEthernet(t *testing.T) {
	payload := make([]byte, 30)
	payload[6] = 5 << 4 // where a TCP header would have its length if the packet were a frame
	packet := append(tcp("8.0.69.1", "10.0.0.2", 40000, 1<<8|6, decode.FlagACK), payload...)
	packet[3] = byte(len(packet))
	table := NewTable(Options{Service: lower, Recognise: length})
	b := table.Batch(nil)
	if b.Run(runOf(linktype.Raw, packet, 70, 1)) != 0 {
		t.Fatal("the quick walk does not take the test's packets")
	}
	table.Count(&b)
	for f := range table.Flows() {
		if f.Says[A]+f.Says[B] != Saying(len(payload)) {
			t.Errorf("payloads of %d bytes, want %d", f.Says, len(payload))
		}
	}
}

// frames begins the run anew, with frames of so many flows, of which one in ten is IPv6.
func (r *Run) frames(from, flows int) {
	r.Data, r.N, r.First = r.Data[:0], 0, int64(from)
	for n := range runLen {
		packet := tcp(client, host(int(uint64(from+n)*2654435761>>3%uint64(flows))), 50000, 443, decode.FlagACK)
		if n%10 == 0 {
			packet = raw6(packet)
		}
		r.put(framed(packet), 60, int64(from+n))
	}
}

// A run of known flows costs no allocation, and neither does one by port.
func TestRunAllocatesNothing(t *testing.T) {
	table, ports := NewTable(Options{Service: lower}), NewPortTable(ServicePort, Chooser{Low: 1 << 15, Choose: func(decode.Proto, uint16, uint16) bool { return true }}, nil)
	r, b := newRun(linktype.Ethernet), table.Batch(nil)
	r.frames(0, 100)
	count := func() {
		b.Clear()
		if b.Run(r)|ports.Run(r) != 0 {
			t.Fatal("the quick walk does not take the test's packets")
		}
		table.Count(&b)
	}
	count()
	if n := testing.AllocsPerRun(100, count); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if table.Total.Packets != ports.Total.Packets || table.Total.Packets == 0 {
		t.Errorf("%d packets by flow, %d by port", table.Total.Packets, ports.Total.Packets)
	}
}

// BenchmarkRun is what a packet costs that comes by runs, without reading and framing.
func BenchmarkRun(b *testing.B) {
	for _, flows := range []int{1000, 1 << 20} {
		runs := make([]*Run, 1024)
		for i := range runs {
			runs[i] = newRun(linktype.Ethernet)
			runs[i].frames(i*runLen, flows)
		}
		b.Run(fmt.Sprintf("flows/%d", flows), func(b *testing.B) {
			table := NewTable(Options{Service: lower})
			batch := table.Batch(nil)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				batch.Clear()
				batch.Run(runs[i%len(runs)])
				table.Count(&batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*runLen), "ns/packet")
		})
	}
	b.Run("ports", func(b *testing.B) {
		table, r := NewPortTable(ServicePort, Chooser{Low: 1 << 15, Choose: func(decode.Proto, uint16, uint16) bool { return true }}, nil), newRun(linktype.Ethernet)
		r.frames(0, 1000)
		b.ReportAllocs()
		for b.Loop() {
			table.Run(r)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*runLen), "ns/packet")
	})
}
