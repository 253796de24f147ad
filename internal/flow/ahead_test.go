package flow

import (
	"testing"
	"unsafe"

	"github.com/portsniff/portsniff/decode"
)

// What a table asks for ahead of time is each page of its arrays, once, before anything is there but not long before, and what is counted stays the same.
func TestAhead(t *testing.T) {
	const flows = 3*pieceLen/2 + 7
	table := NewTable(Options{Service: lower})
	told := map[unsafe.Pointer]bool{}
	page := func(n int) unsafe.Pointer { return unsafe.Pointer(table.store.entry(uint32(n))) }
	var fresh Fresh
	const step = hugePage / int(unsafe.Sizeof(entry{}))
	for n := range flows {
		table.store.add(uint64(n)<<16|uint64(uint8(decode.ProtoTCP)|kindV4)<<kindShift, 80, nil, 1)
		if n%100 != 0 {
			continue
		}
		table.Ahead(&fresh)
		for _, bytes := range fresh.list {
			at := unsafe.Pointer(unsafe.SliceData(bytes))
			if len(bytes) != hugePage || told[at] {
				t.Fatalf("at %d flows: %d bytes, told of before: %v", n, len(bytes), told[at])
			}
			told[at] = true
		}
		fresh.Touch()
		if at := n / step * step; told[page(at)] != (at > 0) || n > 100 && table.store.asked.entries > n+step+step/4 {
			t.Fatalf("at %d flows: their page is told of: %v; told up to %d", n, told[page(at)], table.store.asked.entries)
		}
	}
	for n := range uint32(flows) {
		if e := table.store.entry(n); e.addrA() != n || uint16(e.b) == 0 && uint16(e.a) == 0 {
			t.Fatalf("flow %d: %+v", n, *e)
		}
	}
}
