package flow

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// talk makes packets of a few flows, each of which has many: in both families and directions, with TCP's flags and payloads at random, and times that go back now and then or are none.
func talk(r *rand.Rand, flows, n int) (packets []sent) {
	ends := traffic(r, flows)
	for i := range n {
		b := slices.Clone(ends[r.IntN(flows)].data)
		head, addrs, size := 20, 12, 4
		if b[0]>>4 == 6 {
			head, addrs, size = 40, 8, 16
		}
		if r.IntN(2) == 0 { // the other way
			swap(b[addrs:], size)
			swap(b[head:], 2)
		}
		if r.IntN(3) == 0 && b[9] != 17 && b[6] != 17 {
			b[head+13] = []byte{decode.FlagSYN, decode.FlagSYN | decode.FlagACK, decode.FlagACK, byte(r.Uint32())}[r.IntN(4)]
		}
		nanos := int64(i-r.IntN(20)) * second
		if r.IntN(50) == 0 {
			nanos = NoTime
		}
		packets = append(packets, sent{b, nanos, int64(i + 1)})
	}
	return packets
}

// swap has the first n bytes and the n behind them change places.
func swap(b []byte, n int) {
	for i := range n {
		b[i], b[n+i] = b[n+i], b[i]
	}
}

// Flows of many packets in batches are what they are when each packet is counted by itself, and not eight at a time: who asked, answered and came first, flags, times, first payloads.
func TestTalkInBatches(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 30))
		packets := talk(r, 1+r.IntN(60), 1500)
		opt := Options{Service: lower, Recognise: length}
		if seed%4 == 1 {
			opt.Answers = NewHostPorts(1 << 20)
		}
		var one *Table
		narrowly(func() {
			one = NewTable(opt)
			var p decode.Packet
			for _, x := range packets {
				p.Decode(linktype.Raw, x.data, len(x.data))
				one.Add(&p, uint32(len(x.data)), x.nanos, x.frame)
			}
		})
		many := NewTable(opt)
		if seed%4 == 2 {
			many.Began(func(Key, bool) {})
		}
		b := many.Batch(nil)
		for len(packets) > 0 {
			b.Clear()
			for range 1 + r.IntN(4) {
				if n := min(1+r.IntN(decode.RunLen), len(packets)); n > 0 {
					addRun(&b, packets[:n], r.IntN(4) != 0)
					packets = packets[n:]
				}
				if r.IntN(2) == 0 {
					many.Expect(&b)
				}
			}
			many.Count(&b)
		}
		got, want := text(many), text(one)
		if !slices.Equal(got, want) {
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Fatalf("seed %d, line %d:\n%s\nwant\n%s", seed, i, got[i], want[i])
				}
			}
			t.Fatalf("seed %d: %d lines, want %d", seed, len(got), len(want))
		}
	}
}

// A side's packets are exact beyond what an entry has room for when they come by runs, too.
func TestPacketsBeyond32BitsInRuns(t *testing.T) {
	for _, packet := range [][]byte{tcp(client, server, 40000, 80, decode.FlagACK), raw6(tcp(client, server, 40000, 80, decode.FlagACK))} {
		table := NewTable(Options{Service: lower})
		b := table.Batch(nil)
		run := newRun(linktype.Ethernet)
		for range 10 {
			run.put(framed(packet), 60, 1)
		}
		run.Data = append(run.Data, make([]byte, 80)...)
		for range 2 {
			b.Clear()
			if b.Run(run) != 0 {
				t.Fatal("the quick walk does not take the test's packets")
			}
			table.Count(&b)
			e := table.store.entry(0)
			for side := range e.packets {
				if e.packets[side] == 10 {
					e.packets[side] = math.MaxUint32 - 4
				}
			}
		}
		if flows := flowsOf(table); len(flows) != 1 || flows[0].Total() != (Count{math.MaxUint32 - 4 + 10, 20 * 60}) {
			t.Errorf("%+v", flows)
		}
	}
}

// Flows go on where one piece of the store is full, and are all found again.
func TestFlowsBeyondAPiece(t *testing.T) {
	const flows = pieceLen + 1000
	table := NewTable(Options{Service: lower})
	b, run := table.Batch(nil), newRun(linktype.Ethernet)
	for range 2 {
		for from := 0; from < flows; from += decode.RunLen {
			run.Data, run.N, run.First = run.Data[:0], 0, int64(from)
			for n := from; n < min(from+decode.RunLen, flows); n++ {
				run.put(framed(tcp(client, addr4(10<<24|uint32(n)).String(), 40000, 80, decode.FlagACK)), 60, int64(n))
			}
			b.Clear()
			if b.Run(run) != 0 {
				t.Fatal("the quick walk does not take the test's packets")
			}
			table.Expect(&b)
			table.Count(&b)
		}
	}
	if table.Len() != flows || len(table.store.entries.list) < 2 {
		t.Fatalf("%d flows in %d pieces, want %d", table.Len(), len(table.store.entries.list), flows)
	}
	n := int64(0)
	for f := range table.Flows() {
		if f.FirstFrame != n || f.Total() != (Count{2, 120}) {
			t.Fatalf("flow %d: %+v", n, f)
		}
		n++
	}
}

// A packet is not counted for an entry that has gone since it was looked up, though that still lies in memory with the same key.
func TestGoneSinceLookedUp(t *testing.T) {
	stays, goes := framed(tcp(client, server, 40000, 80, decode.FlagACK)), framed(tcp(client, server, 40001, 80, decode.FlagACK))
	table := NewTable(Options{Service: lower})
	first, second := newRun(linktype.Ethernet), newRun(linktype.Ethernet)
	for i, packet := range [][]byte{stays, goes} {
		first.put(packet, 60, int64(i))
	}
	for i, packet := range [][]byte{stays, goes, goes} {
		second.put(packet, 60, int64(10+i))
	}
	before, after := table.Batch(nil), table.Batch(nil)
	if before.Run(first)|after.Run(second) != 0 {
		t.Fatal("the quick walk does not take the test's packets")
	}
	table.Count(&before)
	table.Expect(&after)
	table.Expect(&after)
	if near := after.slots.near[:3]; !slices.Equal(near, []uint32{1, 2, 2}) {
		t.Fatalf("entries %d", near)
	}
	table.store.n = 1 // as evict leaves it
	clear(table.index.slots)
	table.reindex()
	table.Count(&after)
	if flows := flowsOf(table); len(flows) != 2 || flows[0].Total() != (Count{2, 120}) || flows[1].Total() != (Count{2, 120}) || flows[1].Start != 11 {
		t.Errorf("%+v", flows)
	}
}
