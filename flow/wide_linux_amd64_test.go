//go:build !purego

package flow

import (
	"math/bits"
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/decode"
)

// TestExpectStaysWithin: no slot is looked at behind an index that ends where memory does.
func TestExpectStaysWithin(t *testing.T) {
	needWide(t)
	page := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, 3*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	for _, beyond := range [][]byte{memory[:page], memory[2*page:]} {
		if err := unix.Mprotect(beyond, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	slots := page / slotSize
	width := uint(bits.TrailingZeros(uint(slots)))
	r := rand.New(rand.NewPCG(5, 20))
	table := NewTable(Options{})
	table.index = index{unsafe.Slice((*uint32)(unsafe.Pointer(&memory[page])), slots), width, 32 - width}
	for n := range uint32(slots * 2 / 3) {
		hash := r.Uint32()
		table.index.set(table.index.hole(hash), hash, n)
	}
	table.store.n = slots * 2 / 3
	for range 200 {
		b := table.Batch(nil)
		b.slots.more(2 * decode.RunLen)
		for i := range b.slots.n {
			if b.slots.hash[i] = r.Uint32(); r.IntN(2) == 0 {
				b.slots.hash[i] |= ^uint32(0) << (32 - width) // the last slot
			}
		}
		table.Expect(&b)
		table.Expect(&b)
		for i := range b.slots.n {
			hash := b.slots.hash[i]
			if _, want := table.index.next(table.index.begins(hash), hash); b.slots.near[i] != want {
				t.Fatalf("hash %x: %d, want %d", hash, b.slots.near[i], want)
			}
		}
	}
}
