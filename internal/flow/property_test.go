package flow

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// A sent is one packet of a made-up capture.
type sent struct {
	data  []byte
	nanos int64
	frame int64
}

// raw6 wraps the transport header of an IPv4 packet without options in IPv6.
func raw6(v4 []byte) []byte {
	b := make([]byte, 40, 80)
	b[0], b[5], b[6] = 0x60, byte(len(v4)-20), v4[9]
	copy(b[8:], "\x20\x01\x0d\xb8")
	copy(b[24:], "\x20\x01\x0d\xb8")
	copy(b[20:], v4[12:16])
	copy(b[36:], v4[16:20])
	return append(b, v4[20:]...)
}

// traffic makes packets of a few hosts and ports, so that flows meet again, in both families and directions, with TCP's flags at random.
func traffic(r *rand.Rand, n int) (packets []sent) {
	for i := range n {
		addr := func() string { return netip.AddrFrom4([4]byte{10, 0, byte(r.IntN(3)), byte(r.IntN(9))}).String() }
		b := tcp(addr(), addr(), uint16(r.IntN(40)), uint16(r.IntN(40)), byte(r.Uint32()))
		if r.IntN(3) == 0 {
			b[9] = 17
			b[24], b[25] = 0, byte(len(b)-20)
		}
		b = append(b, "GET / HTTP/1.1"[:r.IntN(15)]...)
		b[3] = byte(len(b))
		if b[9] == 17 {
			b[25] = byte(len(b) - 20)
		}
		if r.IntN(4) == 0 {
			b = raw6(b)
		}
		packets = append(packets, sent{b, int64(r.IntN(1000)) * second, int64(i + 1)})
	}
	return packets
}

// length recognises a payload by its length, which tells first payloads apart.
func length(_ decode.Proto, payload []byte) Saying { return Saying(len(payload)) }

// count counts packets in a new table, in batches of random lengths: added one by one, or many at a time with room for what the quick walk leaves.
func count(r *rand.Rand, opt Options, packets []sent) *Table {
	t := NewTable(opt)
	b := t.Batch(nil)
	for len(packets) > 0 {
		n := min(1+r.IntN(64), len(packets))
		if r.IntN(2) == 0 {
			addEach(&b, packets[:n])
		} else {
			addRun(&b, packets[:n], r.IntN(2) == 0)
		}
		packets = packets[n:]
		if r.IntN(5) == 0 {
			t.Count(&b)
			b.Clear()
		}
	}
	t.Count(&b)
	return t
}

func addEach(b *Batch, packets []sent) {
	var p decode.Packet
	for _, x := range packets {
		if !b.Quick(linktype.Raw, x.data, uint32(len(x.data)), x.nanos, x.frame) {
			p.Decode(linktype.Raw, x.data, len(x.data))
			b.Packet(&p, uint32(len(x.data)), x.nanos, x.frame)
		}
	}
}

// addRun adds the packets as they are or in frames of Ethernet, of which most are plain.
func addRun(b *Batch, packets []sent, ethernet bool) {
	run := newRun(linktype.Raw)
	run.First = packets[0].frame
	if ethernet {
		run.Link = linktype.Ethernet
	}
	for _, x := range packets {
		frame := x.data
		if ethernet && len(frame) > 0 && frame[0]>>4 == 6 {
			frame = append([]byte{12: 0x86, 13: 0xdd}, frame...)
		} else if ethernet {
			frame = append([]byte{12: 0x08, 13: 0x00}, frame...)
		}
		run.put(frame, uint32(len(x.data)), x.nanos)
	}
	left := b.Run(run)
	var p decode.Packet
	for i, x := range packets {
		if left>>i&1 != 0 {
			p.Decode(linktype.Raw, x.data, len(x.data))
			b.Fill(&p, uint32(len(x.data)), x.nanos, x.frame)
		}
	}
}

// text lists all that a table knows.
func text(t *Table) (lines []string) {
	for f := range t.Flows() {
		lines = append(lines, fmt.Sprintf("%+v", f))
	}
	for _, p := range t.Ports() {
		lines = append(lines, fmt.Sprintf("%+v", p))
	}
	return append(lines, fmt.Sprintf("%+v", t.Totals))
}

// TestMergeOfPieces: a capture cut in random pieces, each counted by itself, gives the tables of the whole, in whatever order the pieces are
// merged into the first one; only the order of the flows then is another.
func TestMergeOfPieces(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		packets := traffic(r, 400)
		opt := Options{Service: lower, Recognise: length, Hosts: true}
		whole := text(count(r, opt, packets))
		merged, mixed := NewTable(opt), NewTable(opt)
		var pieces []*Table
		for len(packets) > 0 {
			n := 1 + r.IntN(len(packets))
			pieces = append(pieces, count(r, opt, packets[:n]))
			packets = packets[n:]
		}
		for _, p := range pieces {
			merged.Merge(p)
		}
		if got := text(merged); !slices.Equal(got, whole) {
			t.Fatalf("seed %d, %d pieces:\n%s\nwant\n%s", seed, len(pieces), got, whole)
		}
		for _, i := range r.Perm(len(pieces)) {
			mixed.Merge(pieces[i])
		}
		got := text(mixed)
		slices.Sort(got)
		slices.Sort(whole)
		if !slices.Equal(got, whole) {
			t.Fatalf("seed %d, %d pieces in another order:\n%s\nwant\n%s", seed, len(pieces), got, whole)
		}
	}
}

// The simplest way to count: a map.
type simple struct {
	packets, bytes uint64
	says           [3]Saying
	spoke          [3]bool
}

// TestTableAgainstMap holds a table against a map that knows nothing of seeds, slots and cache lines.
func TestTableAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	packets := traffic(r, 20_000)
	want := map[Key]*simple{}
	var p decode.Packet
	for _, x := range packets {
		p.Decode(linktype.Raw, x.data, len(x.data))
		if len(p.Ports) == 0 {
			continue
		}
		q := &p.Ports[0]
		src, dst := p.Addrs(q.Net)
		k, from := KeyOf(q.Proto, Endpoint{src, q.Src}, Endpoint{dst, q.Dst})
		s := want[k]
		if s == nil {
			s = &simple{}
			want[k] = s
		}
		s.packets++
		s.bytes += uint64(len(x.data))
		header := map[decode.Proto]int{decode.ProtoUDP: 8, decode.ProtoTCP: 20}[q.Proto]
		if n := len(x.data) - q.At - header; n > 0 && !s.spoke[from] {
			s.spoke[from], s.says[from] = true, Saying(n)
		}
	}
	table := count(r, Options{Service: lower, Recognise: length}, packets)
	for f := range table.Flows() {
		s := want[f.Key]
		if s == nil || f.Total() != (Count{s.packets, s.bytes}) || f.Says != s.says {
			t.Fatalf("%+v, want %+v", f, s)
		}
		delete(want, f.Key)
	}
	if len(want) != 0 {
		t.Errorf("%d flows are missing", len(want))
	}
}

// TestEvictionKeepsPortsExact: whatever the memory allows, ports have the same packets and bytes, and evicted flows are told.
func TestEvictionKeepsPortsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	packets := traffic(r, 30_000)
	for i := range packets {
		packets[i].nanos = int64(i)
	}
	opt := Options{Service: lower}
	whole := count(r, opt, packets)
	opt.Memory = minMemory
	small := count(r, opt, packets)
	if small.Evicted.Flows == 0 || small.Len() >= whole.Len() || uint64(small.Len())+small.Evicted.Flows < uint64(whole.Len()) {
		t.Fatalf("%d flows and %+v evicted, of %d", small.Len(), small.Evicted, whole.Len())
	}
	var live Count
	for f := range small.Flows() {
		live.Plus(f.Total())
	}
	live.Plus(small.Evicted.Count)
	got, want := small.Ports(), whole.Ports()
	var all Count
	for i := range want {
		all.Plus(want[i].Total())
		got[i].Flows, want[i].Flows = 0, 0
	}
	byName := func(a, b Port) int { return cmp.Compare(a.Port, b.Port) }
	slices.SortStableFunc(got, byName)
	slices.SortStableFunc(want, byName)
	if !reflect.DeepEqual(got, want) || small.Totals != whole.Totals || live != all {
		t.Errorf("ports %+v\nwant  %+v\nlive and evicted %v of %v", got, want, live, all)
	}
	if now, _ := small.store.size(); now+3*len(small.index.slots)*slotSize > minMemory {
		t.Errorf("%d bytes of flows and three times %d of slots are more than %d", now, len(small.index.slots)*slotSize, minMemory)
	}
}

// The busy flow of a capture outlives a scan that fills the table many times, and of the scan it is the earliest flows that go, half of them at a time:
// by their times, or by the order of the packets where a capture has no times.
func TestBusyFlowIsNotEvicted(t *testing.T) {
	for name, nanos := range map[string]func(i int64) int64{"times": func(i int64) int64 { return i }, "no times": func(int64) int64 { return NoTime }} {
		table := NewTable(Options{Service: lower, Memory: minMemory})
		busy := tcp(client, server, 50000, 443, decode.FlagACK)
		var p decode.Packet
		for i := range int64(20_000) {
			scan := tcp(client, netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}).String(), 40000, 80, decode.FlagSYN)
			for k, b := range [][]byte{busy, scan} {
				p.Decode(linktype.Raw, b, len(b))
				table.Add(&p, 40, nanos(i), 2*i+1+int64(k))
			}
		}
		flows := flowsOf(table)
		if f := flows[0]; f.A.Port+f.B.Port != 50443 || f.Total().Packets != 20_000 || f.Start != nanos(0) || f.End != nanos(19_999) {
			t.Errorf("%s: %+v", name, f)
		}
		for i, f := range flows[1:] { // the scan's last packets, without a gap
			if want := int64(40_000 - 2*(len(flows)-2-i)); f.FirstFrame != want {
				t.Errorf("%s: flow %d of %d begins with frame %d, not %d", name, i+1, len(flows), f.FirstFrame, want)
				break
			}
		}
		if len(flows) < minMemory/100/4 {
			t.Errorf("%s: only %d flows are left", name, len(flows))
		}
		ports := table.Ports()
		if len(ports) != 2 || ports[0].Flows != 20_000 || ports[1].Total().Packets != 20_000 || ports[1].Last != nanos(19_999) {
			t.Errorf("%s: %+v", name, ports)
		}
	}
}

// A port table counts as a table does where no packet says more of the roles than the ports do.
func TestPortTable(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	packets := traffic(r, 5000)
	choose := Chooser{Low: 32, Choose: func(_ decode.Proto, src, dst uint16) bool { return dst < src }}
	for which := ServicePort; which <= AnyPort; which++ {
		got, want := NewPortTable(which, choose, nil), map[PortKey]*[2]uint64{}
		var p decode.Packet
		for _, x := range packets {
			if !got.Quick(linktype.Raw, x.data, uint32(len(x.data)), x.nanos) {
				t.Fatal("the quick walk does not take the test's packets")
			}
			p.Decode(linktype.Raw, x.data, len(x.data))
			q := p.Ports[0]
			low, high := [3]uint16{q.Src, 0}, [3]uint16{q.Dst, 1}
			if q.Dst < q.Src {
				low, high = high, low
			}
			counted := map[Which][][3]uint16{ServicePort: {low}, ClientPort: {high}, SourcePort: {{q.Src, 0}}, DestinationPort: {{q.Dst, 1}},
				AnyPort: {{q.Src, 0}, {q.Dst, 1}}}[which]
			if which == AnyPort && q.Src == q.Dst {
				counted = counted[1:]
			}
			if which == ClientPort && q.Src == q.Dst {
				counted = [][3]uint16{{q.Dst, 1}}
			}
			for _, c := range counted {
				k := PortKey{q.Proto, c[0]}
				if want[k] == nil {
					want[k] = &[2]uint64{}
				}
				want[k][c[1]]++
			}
		}
		for _, p := range got.Ports() {
			if w := want[p.PortKey]; w == nil || w[0] != p.From.Packets || w[1] != p.To.Packets {
				t.Errorf("%d: %+v, want %v", which, p, w)
			}
			delete(want, p.PortKey)
		}
		if len(want) != 0 {
			t.Errorf("%d: missing %v", which, want)
		}
	}
}

// Distinct addresses are exact up to a bound, and an estimate within a few per cent beyond it.
func TestDistinctHosts(t *testing.T) {
	for _, n := range []int{1, 500, exactHosts, exactHosts + 1, 50_000} {
		table := NewTable(Options{Service: lower, Hosts: true})
		var p decode.Packet
		for i := range n {
			b := tcp(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String(), server, 50000, 80, decode.FlagSYN)
			p.Decode(linktype.Raw, b, len(b))
			table.Add(&p, 40, 0, int64(i+1))
		}
		got := table.Ports()[0]
		if got.Servers != (Distinct{N: 1}) || got.Clients.About != (n > exactHosts) {
			t.Errorf("%d clients: %+v", n, got)
		}
		if off := float64(got.Clients.N)/float64(n) - 1; off < -0.05 || off > 0.05 || n <= exactHosts && off != 0 {
			t.Errorf("%d clients: %d", n, got.Clients.N)
		}
	}
}

func TestFilter(t *testing.T) {
	udp := tcp("10.0.0.1", "10.0.0.2", 50000, 53, 0)
	udp[9], udp[25] = 17, 20
	igmp := tcp("10.0.0.1", "10.0.0.2", 0, 0, 0)
	igmp[9] = 2
	packets := [][]byte{tcp("10.0.0.1", "10.0.0.2", 50000, 80, 0), udp, raw6(udp), igmp}
	all := Filter{Start: NoTime, End: NoTime}
	with := func(f func(*Filter)) *Filter { c := all; f(&c); return &c }
	for _, c := range []struct {
		what string
		only *Filter
		want []int // packets that count, by their number
	}{
		{"all", &all, []int{0, 1, 2, 3}},
		{"tcp", with(func(f *Filter) { f.Proto = decode.ProtoTCP }), []int{0}},
		{"host", with(func(f *Filter) { f.Host = netip.MustParseAddr("10.0.0.2") }), []int{0, 1}},
		{"host6", with(func(f *Filter) { f.Host = netip.MustParseAddr("2001:db8::a00:1") }), []int{2}},
		{"from", with(func(f *Filter) { f.Start = 2 }), []int{2, 3}},
		{"until", with(func(f *Filter) { f.End = 2 }), []int{0, 1}},
		{"between", with(func(f *Filter) { f.Start, f.End = 1, 2 }), []int{1}},
	} {
		table := NewTable(Options{})
		quick, whole := table.Batch(c.only), table.Batch(c.only)
		var p decode.Packet
		for i, b := range packets {
			if !quick.Quick(linktype.Raw, b, 1<<i, int64(i), 1) {
				p.Decode(linktype.Raw, b, len(b))
				quick.Packet(&p, 1<<i, int64(i), 1)
			}
			p.Decode(linktype.Raw, b, len(b))
			whole.Packet(&p, 1<<i, int64(i), 1)
		}
		var want Count
		for _, i := range c.want {
			want.Add(1 << i)
		}
		if quick.Total != want || whole.Total != want || quick.Totals != whole.Totals || quick.Len() != whole.Len() {
			t.Errorf("%s: %+v by the quick walk, %+v by the whole one, want %v", c.what, quick.Totals, whole.Totals, want)
		}
	}
}

func BenchmarkCount(b *testing.B) {
	for _, flows := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(flows), func(b *testing.B) {
			table := NewTable(Options{Service: lower})
			batch := table.Batch(nil)
			var packets [BatchSize][40]byte
			for i := range packets {
				packets[i] = [40]byte(tcp(client, server, 50000, 80, decode.FlagACK))
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				n := int(uint64(i) * 2654435761 % uint64(flows))
				data := packets[batch.Len()][:]
				data[13], data[14], data[15] = byte(n>>16), byte(n>>8), byte(n)
				batch.Quick(linktype.Raw, data, 40, int64(i), int64(i))
				if batch.Len() == BatchSize {
					table.Count(&batch)
					batch.Clear()
				}
			}
		})
	}
}
