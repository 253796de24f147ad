package flow

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// Flows whose hashes are all the same are told apart by their keys, in a batch and in the next one, TCP from UDP and IPv4 from IPv6 too: without a seed, an
// end A of zeros makes each hash zero, and so do addresses with halves of zeros.
func TestSameHash(t *testing.T) {
	table := NewTable(Options{Service: lower})
	table.seed = seed{}
	for range 2 {
		b := table.Batch(nil)
		for i := range byte(15) {
			p := tcp("0.0.0.0", "10.0.0.9", 0, uint16(80+i%5), decode.FlagACK)
			switch i / 5 {
			case 1:
				p = udp("0.0.0.0", "10.0.0.9", 0, uint16(80+i%5))
			case 2:
				p = append([]byte{0x60, 5: 20, 6: 6, 7: 64, 39: 9}, p[20:]...) // from :: to ::9
			}
			if !b.Quick(linktype.Raw, p, uint32(len(p)), 0, 1) {
				t.Fatal("the quick walk does not take the test's packets")
			}
		}
		table.Count(&b)
	}
	if table.Len() != 15 {
		t.Errorf("%d flows of 15", table.Len())
	}
	for f := range table.Flows() {
		if f.Total().Packets != 2 {
			t.Errorf("%+v", f)
		}
	}
}

// Where a flow is looked up ahead of time, and an eviction earlier in the same batch moves its entry or takes it away, its packet still counts for what the table
// has of it then: what is left of the old entry in memory, behind the last one, is nobody's.
func TestEvictionWithinABatch(t *testing.T) {
	const flows = 5000
	for _, later := range []int64{second, -second} { // the latest flow was idle the shortest, or the longest: it moves, or goes
		table := NewTable(Options{Service: lower, Memory: minMemory})
		for i := range int64(flows) { // a new flow, then the last packet of the one before it, which stands last in the table
			b := table.Batch(nil)
			for n := i; n >= max(i-1, 0); n-- {
				p := tcp("10.0.0.1", netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)}).String(), 40000, 80, decode.FlagACK)
				if !b.Quick(linktype.Raw, p, uint32(len(p)), i*later, 2*i+1) {
					t.Fatal("the quick walk does not take the test's packets")
				}
			}
			table.Count(&b)
		}
		if table.Evicted.Flows < flows/2 {
			t.Errorf("only %d flows of %d were evicted", table.Evicted.Flows, flows)
		}
		addsUp(t, table, 2*flows-1, 2*flows-1, 0)
		if later < 0 {
			continue // the one that went is a new flow
		}
		for f := range table.Flows() {
			if f.B.Addr != netip.AddrFrom4([4]byte{10, 1, (flows - 1) >> 8, (flows - 1) & 0xff}) && f.Total().Packets != 2 {
				t.Errorf("%+v", f)
			}
		}
	}
}

// A side's packets are exact beyond what an entry has room for: when counted, by port, in order, moved by an eviction, evicted, and merged.
func TestPacketsBeyond32Bits(t *testing.T) {
	const many = 1<<32 - 1
	made := func(memory int) *Table {
		table := NewTable(Options{Service: lower, Memory: memory})
		addOne(t, table, tcp("10.0.0.3", "10.0.0.9", 40000, 80, decode.FlagACK), 1)
		addOne(t, table, tcp(client, server, 40000, 80, decode.FlagACK), 2)
		e := table.store.entry(1)
		e.packets = [2]uint32{many, many}
		addOne(t, table, tcp(client, server, 40000, 80, decode.FlagACK), 3)
		addOne(t, table, tcp(server, client, 80, 40000, decode.FlagACK), 4)
		addOne(t, table, tcp(server, client, 80, 40000, decode.FlagACK), 5)
		return table
	}
	check := func(what string, got, want uint64) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d packets, want %d", what, got, want)
		}
	}
	table := made(0)
	check("flow", slices.Collect(table.Flows())[1].Total().Packets, 2*many+3)
	check("port", table.Ports()[0].Total().Packets, 2*many+4)
	for f := range table.Sorted(ByPackets, 1) {
		check("first in order", f.Total().Packets, 2*many+3)
	}
	merged, three := made(0), uint64(3)
	for range three - 1 {
		merged.Merge(table)
	}
	check("merged", merged.Ports()[0].Total().Packets, three*(2*many+4))

	small := made(minMemory)
	keep := func(frame int64) { // the flow is never the one that was idle the longest
		addOne(t, small, tcp(client, server, 40000, 80, decode.FlagACK), frame)
	}
	n := uint64(0)
	for ; small.Evicted.Flows == 0; n++ {
		addOne(t, small, tcp("10.0.0.7", "10.0.0.8", uint16(1000+n), 443, decode.FlagACK), int64(10+2*n))
		keep(int64(11 + 2*n))
	}
	var moved Flow
	for f := range small.Flows() {
		if f.B.Port == 80 || f.A.Port == 80 {
			moved = f
		}
	}
	check("moved", moved.Total().Packets, 2*many+3+n)
	for f := range small.Flows() {
		if f.Key != moved.Key && f.Total().Packets > many {
			t.Errorf("%d packets of a flow that took a number over", f.Total().Packets)
		}
	}
	check("moved, upper halves", moved.From[A].Packets>>32+moved.From[B].Packets>>32<<8, 1+1<<8)
	for frame := int64(1 << 20); small.FactsOf(moved.Key) != (Facts{}); frame++ {
		addOne(t, small, tcp("10.0.0.7", "10.1.0.8", uint16(frame)|1<<15, uint16(444+frame>>15), decode.FlagACK), frame)
	}
	for _, p := range small.Ports() {
		if p.Port == 80 {
			check("evicted", p.Total().Packets, 2*many+4+n)
		}
	}
}

// addOne adds a packet whose number is its time, too.
func addOne(t *testing.T, table *Table, packet []byte, frame int64) {
	t.Helper()
	var p decode.Packet
	p.Decode(linktype.Raw, packet, len(packet))
	table.Add(&p, uint32(len(packet)), frame, frame)
}
