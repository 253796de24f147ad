package flow

import (
	"net/netip"
	"testing"

	"github.com/portsniff/portsniff/decode"
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
			if !b.Quick(decode.LinkRaw, p, uint32(len(p)), 0, 1) {
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
				if !b.Quick(decode.LinkRaw, p, uint32(len(p)), i*later, 2*i+1) {
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
