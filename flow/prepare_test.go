package flow

import (
	"testing"

	"github.com/portsniff/portsniff/decode"
)

// Flows whose hashes are all the same are told apart by their keys, in a batch and in the next one: without a seed, an end A of zeros makes each hash zero.
func TestSameHash(t *testing.T) {
	table := NewTable(Options{Service: lower})
	table.seed = seed{}
	for range 2 {
		var b Batch
		for i := range byte(5) {
			p := tcp("0.0.0.0", "10.0.0.9", 0, uint16(80+i), decode.FlagACK)
			if !b.Quick(decode.LinkRaw, p, uint32(len(p)), 0, 1) {
				t.Fatal("the quick walk does not take the test's packets")
			}
		}
		table.Count(&b)
	}
	if table.Len() != 5 {
		t.Errorf("%d flows of 5", table.Len())
	}
	for f := range table.Flows() {
		if f.Total().Packets != 2 {
			t.Errorf("%+v", f)
		}
	}
}
