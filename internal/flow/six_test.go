package flow

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// tcp6 is a bare TCP header between two hosts of IPv6.
func tcp6(src, dst netip.Addr, sport, dport uint16) []byte {
	b := append([]byte{0x60, 5: 20, 6: 6, 7: 64, 39: 0}, tcp(client, server, sport, dport, decode.FlagACK)[20:]...)
	s, d := src.As16(), dst.As16()
	copy(b[8:], s[:])
	copy(b[24:], d[:])
	return b
}

// Batches are looked up before the ones before them are counted, and these evict flows: entries move, go, and have others' numbers of addresses. All flows have the same ports, so that
// only the addresses, or their numbers, tell one from another. Each flow's packets have a length of their own.
func TestEvictionOfIPv6(t *testing.T) {
	for name, fours := range map[string]int{"IPv6": 0, "a fourth of it IPv4": 4} {
		t.Run(name, func(t *testing.T) {
			const rounds, fresh = 1500, 10
			random := rand.New(rand.NewPCG(3, 4))
			table := NewTable(Options{Service: lower, Memory: minMemory})
			packet := func(flow int) []byte {
				if fours > 0 && flow%fours == 0 {
					return framed(tcp("10.0.0.1", host(flow), 40000, 80, decode.FlagACK))
				}
				return framed(tcp6(netip.MustParseAddr("2001:db8::1"), netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 7: byte(flow), 14: byte(flow >> 16), 15: byte(flow >> 8)}), 40000, 80))
			}
			length := func(flow int) uint32 { return uint32(100 + flow) }
			want := uint64(0)
			var batches [3]Batch
			for i := range batches {
				batches[i] = table.Batch(nil)
			}
			for round := range rounds {
				for i := range batches {
					b := &batches[i]
					b.Clear()
					for range 2 {
						r := newRun(linktype.Ethernet)
						for n := range fresh {
							newest := (round*len(batches)+i)*fresh + n
							for _, flow := range []int{newest, max(newest-1-random.IntN(5), 0), random.IntN(newest + 1)} {
								want++
								r.put(packet(flow), length(flow), random.Int64N(1<<40))
							}
						}
						if b.Run(r) != 0 {
							t.Fatal("the quick walk does not take the test's packets")
						}
					}
				}
				for i := range batches {
					table.Count(&batches[i])
					if now, _ := table.store.size(); now+3*slotSize*len(table.index.slots) > minMemory {
						t.Fatalf("%d bytes of flows and %d slots are more than %d", now, len(table.index.slots), minMemory)
					}
				}
			}
			got := table.Evicted.Packets
			for f := range table.Flows() {
				got += f.Total().Packets
				last := f.A.Addr
				if f.B.Port == 80 {
					last = f.B.Addr
				}
				flow := 0
				if a := last.As16(); last.Is6() {
					flow = int(a[7]) | int(a[15])<<8 | int(a[14])<<16
				} else {
					flow = int(a[15]) | int(a[14])<<8
				}
				if c := f.Total(); last.Is6() && c.Bytes != c.Packets*uint64(length(flow)) {
					t.Fatalf("flow %d: %+v, of %d bytes each", flow, f, length(flow))
				}
			}
			if got != want || table.Evicted.Flows < fresh*rounds/2 {
				t.Errorf("%d packets of %d, %d flows were evicted", got, want, table.Evicted.Flows)
			}
		})
	}
}

// Packets in batches that are looked up early count like packets that are added one by one, and not eight at a time: with evictions in between, both IP versions, packets after the whole walk, somebody who is told of
// flows that begin, and answers.
func TestBatchesAgainstOneByOne(t *testing.T) {
	evicted := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		packets := traffic(r, 4000)
		tables, told := [2]*Table{}, [2]map[Key]int{{}, {}}
		for i := range tables {
			opt := Options{Service: lower, Recognise: length, Memory: minMemory}
			if seed%3 == 1 {
				opt.Answers = NewHostPorts(1 << 20)
			}
			tables[i] = NewTable(opt)
			if seed%3 == 2 {
				tables[i].Began(func(k Key, _ bool) { told[i][k]++ })
			}
		}
		one, many := tables[0], tables[1]
		var p decode.Packet
		add := func(table *Table, x sent) {
			p.Decode(linktype.Raw, x.data, len(x.data))
			table.Add(&p, uint32(len(x.data)), x.nanos, x.frame)
		}
		for _, x := range packets {
			add(one, x)
		}
		batches := make([]Batch, 1+r.IntN(5))
		for i := range batches {
			batches[i] = many.Batch(nil)
		}
		for len(packets) > 0 {
			for i := range batches {
				b := &batches[i]
				b.Clear()
				for range 1 + r.IntN(4) {
					n := min(1+r.IntN(runLen), len(packets))
					switch {
					case n == 0:
					case r.IntN(5) == 0:
						addEach(b, packets[:n])
					default:
						addRun(b, packets[:n], r.IntN(3) != 0)
					}
					packets = packets[n:]
				}
			}
			for i := range batches {
				many.Count(&batches[i])
			}
			for n := min(r.IntN(20), len(packets)); n > 0; n-- {
				add(many, packets[0])
				packets = packets[1:]
			}
		}
		if got, want := text(many), text(one); !slices.Equal(got, want) || one.Evicted != many.Evicted {
			t.Fatalf("seed %d: %d lines, %+v evicted; want %d, %+v", seed, len(got), many.Evicted, len(want), one.Evicted)
		}
		if !maps.Equal(told[0], told[1]) || seed%3 == 2 && len(told[0]) == 0 {
			t.Fatalf("seed %d: told of %d flows, want %d", seed, len(told[1]), len(told[0]))
		}
		if seed%3 == 1 && !slices.Equal(many.HostPorts().List(), one.HostPorts().List()) {
			t.Fatalf("seed %d: other answers", seed)
		}
		if one.Evicted.Flows > 0 {
			evicted++
		}
	}
	if evicted == 0 {
		t.Error("nothing was evicted")
	}
}

// Flows of one hash are found through every growth of the index, however far from where they should stand.
func TestSameHashGrows(t *testing.T) {
	const flows = 2000
	table := NewTable(Options{Service: lower})
	table.seed, table.one.seed = seed{}, seed{}
	for frame := range int64(2 * flows) {
		addOne(t, table, tcp("0.0.0.0", host(int(frame%flows)), 0, 80, decode.FlagACK), frame+1)
	}
	if table.Len() != flows || len(table.index.slots) < 2*flows {
		t.Errorf("%d flows of %d, %d slots", table.Len(), flows, len(table.index.slots))
	}
	for f := range table.Flows() {
		if f.Total().Packets != 2 {
			t.Fatalf("%+v", f)
		}
	}
}

// Flows whose hashes are the same are told apart by their keys: in runs, of either IP version, and known ones first.
func TestSameHashInRuns(t *testing.T) {
	const flows = 20
	table := NewTable(Options{Service: lower})
	table.seed = seed{}
	for round := range 3 {
		b, r := table.Batch(nil), newRun(linktype.Ethernet)
		for i := range flows {
			flow := (i*7 + round) % flows
			none, one := netip.IPv6Unspecified(), netip.AddrFrom16([16]byte{15: byte(1 + flow/2)})
			packet := tcp6(none, one, 0, 80)
			if flow%2 == 1 {
				packet = tcp("0.0.0.0", netip.AddrFrom4([4]byte{10, 0, 0, byte(flow)}).String(), 0, 80, decode.FlagACK)
			}
			r.put(framed(packet), uint32(100+flow), int64(round))
		}
		if b.Run(r) != 0 {
			t.Fatal("the quick walk does not take the test's packets")
		}
		for _, h := range b.slots.hash[:b.slots.n] {
			if h != b.slots.hash[0] {
				t.Fatalf("hashes are %x and %x", h, b.slots.hash[0])
			}
		}
		table.Count(&b)
	}
	for f := range table.Flows() {
		if c := f.Total(); c.Packets != 3 || c.Bytes%3 != 0 {
			t.Errorf("%+v", f)
		}
	}
	if table.Len() != flows {
		t.Errorf("%d flows of %d", table.Len(), flows)
	}
}

// A flow whose hash differs from another one's in any one bit is not looked for at that one's entry.
func TestHashBitByBit(t *testing.T) {
	for bit := range 32 {
		table := NewTable(Options{Service: lower})
		for i, hash := range []uint32{0, 1 << bit, 0} {
			b := table.Batch(nil)
			if b.Run(runOf(linktype.Ethernet, framed(tcp(client, server, 40000, uint16(80+i%2), decode.FlagACK)), 60, 1)) != 0 {
				t.Fatal("the quick walk does not take the test's packets")
			}
			b.slots.hash[0] = hash
			table.lookUp(&b.slots)
			if want := []uint32{0, 0, 1}[i]; b.slots.near[0] != want {
				t.Fatalf("bit %d, packet %d: entry %d of %d, want %d", bit, i, b.slots.near[0], table.Len(), want)
			}
			table.Count(&b)
		}
		if table.Len() != 2 {
			t.Errorf("bit %d: %d flows", bit, table.Len())
		}
	}
}

// Ends in IPv6 are put in the order of addresses, then of ports.
func TestOrder6(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		var s, d, low, high [16]byte
		for i := range s {
			s[i], d[i] = byte(random.IntN(256)), byte(random.IntN(256))
		}
		copy(d[:], s[:random.IntN(17)]) // the same up to some byte, or altogether, or from some byte on
		if n := random.IntN(32); n < 16 {
			copy(d[n:], s[n:])
		}
		src, dst := uint16(random.IntN(4)), uint16(random.IntN(4))
		a, b, from := uint64(src), uint64(dst), A
		if low, high = s, d; bytes.Compare(s[:], d[:]) > 0 || s == d && src > dst {
			low, high, a, b, from = d, s, b, a, B
		}
		var v6 [2][16]byte
		if x, y, f := order6(&s, &d, src, dst, &v6); x != a || y != b || f != from || v6 != [2][16]byte{low, high} {
			t.Fatalf("%x:%d to %x:%d: %x, %d, %d, from %d", s, src, d, dst, v6, x, y, f)
		}
	}
}

// Flows in IPv6 between the same hosts that are looked for in one place are told apart by either port and by protocol.
func TestSamePlaceIPv6(t *testing.T) {
	var packets [][]byte
	for i := range uint16(3) {
		for j := range uint16(3) {
			packets = append(packets, framed(raw6(tcp(client, server, 40000+i, 80+j, decode.FlagACK))), framed(raw6(append(udp(client, server, 40000+i, 80+j), make([]byte, 20)...))))
		}
	}
	table := NewTable(Options{Service: lower})
	for round := range 4 {
		b, run := table.Batch(nil), newRun(linktype.Ethernet)
		for i := range packets {
			n := (i*5 + round) % len(packets) // 5 has no factor in common with 18
			run.put(packets[n], uint32(100+n), int64(round))
		}
		run.Data = append(run.Data, make([]byte, 80)...)
		if b.Run(run) != 0 || len(b.six) != len(packets) {
			t.Fatal("the quick walk does not take the test's packets")
		}
		for i := range b.slots.n {
			b.slots.hash[i] = 7
		}
		table.Count(&b)
	}
	if table.Len() != len(packets) {
		t.Errorf("%d flows of %d", table.Len(), len(packets))
	}
	for f := range table.Flows() {
		if c := f.Total(); c.Packets != 4 || c.Bytes%4 != 0 {
			t.Errorf("%+v", f)
		}
	}
}

// A batch that is counted twice, which none should be, counts twice, and takes nobody's addresses for its own.
func TestCountedTwice(t *testing.T) {
	table := NewTable(Options{Service: lower})
	b := table.Batch(nil)
	for i := range 100 {
		b.Clear()
		if b.Run(runOf(linktype.Ethernet, append(framed(raw6(tcp(client, host(i%60), 40000, 80, decode.FlagACK))), make([]byte, 80)...), 60, int64(i))) != 0 {
			t.Fatal("the quick walk does not take the test's packets")
		}
		table.Count(&b)
		if i >= 60 {
			table.Count(&b)
		}
	}
	for i, f := range flowsOf(table) {
		want := uint64(1)
		if i < 40 {
			want = 3
		}
		if f.Total() != (Count{want, 60 * want}) {
			t.Errorf("flow %d: %+v", i, f)
		}
	}
}
