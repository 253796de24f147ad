package flow

import (
	"slices"
	"testing"
)

// An index becomes twice as large, then four times while that is little beside the memory, then twice, then flows are evicted; every flow that is left is found in it.
func TestIndexGrowth(t *testing.T) {
	for _, c := range []struct {
		memory, flows int
		want          []uint
	}{
		{256 << 20, 100_000, []uint{10, 11, 13, 15, 17, 19}},
		{256 << 20, 1_200_000, []uint{10, 11, 13, 15, 17, 19, 21}},
		{1 << 20, 100_000, []uint{10, 11, 13, 14}},
		{minMemory, 10_000, []uint{10}},
	} {
		table := NewTable(Options{Memory: c.memory})
		var grew []uint
		for i := range c.flows {
			e := entry{a: uint64(kindV4|1)<<kindShift | uint64(i)<<16 | 1024, b: 80}
			hash := table.hash(&e)
			_, known, slot := table.find(e.a, e.b, nil, hash)
			if known {
				t.Fatalf("flow %d of %d is there before it began", i, c.flows)
			}
			n := table.add(e.a, e.b, nil, hash, slot, int64(i))
			table.store.entry(n).end = uint64(i) // the oldest are evicted
			if bits := table.index.bits; len(grew) == 0 || grew[len(grew)-1] != bits {
				grew = append(grew, bits)
			}
		}
		if !slices.Equal(grew, c.want) {
			t.Errorf("%d flows in %d bytes: an index of %v bits one after the other, want %v", c.flows, c.memory, grew, c.want)
		}
		if table.Len()+int(table.Evicted.Flows) != c.flows {
			t.Errorf("%d flows and %d evicted, of %d", table.Len(), table.Evicted.Flows, c.flows)
		}
		for n := range uint32(table.Len()) {
			e := table.store.entry(n)
			if got, known, _ := table.find(e.a, e.b, nil, table.hash(e)); !known || got != n {
				t.Fatalf("%d bytes: flow %d of %d is found as %d, %v", c.memory, n, table.Len(), got, known)
			}
		}
	}
}
