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

// TestFetchStaysWithin: whatever near says, no place of a piece is read behind the list of pieces, which ends where memory does, nor before it.
func TestFetchStaysWithin(t *testing.T) {
	needWide(t)
	page := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, 1<<20, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	if err := unix.Mprotect(memory[:page], unix.PROT_READ|unix.PROT_WRITE); err != nil {
		t.Fatal(err)
	}
	pieces := (**[pieceLen]entry)(unsafe.Pointer(&memory[page-8]))
	piece := new([pieceLen]entry)
	*pieces = piece
	r := rand.New(rand.NewPCG(6, 20))
	var x [decode.RunLen]ends
	var near [2 * decode.RunLen]uint32
	var nanos [decode.RunLen]int64
	var bytes [decode.RunLen]uint32
	for range 1000 {
		for i := range near {
			near[i] = []uint32{0, 1, 2, 3, 1<<32 - 1, pieceLen, pieceLen + 1, r.Uint32() >> r.IntN(32)}[r.IntN(8)]
		}
		fetch(pieces, 1, &near[0], decode.RunLen)
		for i := 0; i < decode.RunLen; i++ {
			i, _ = countRun(pieces, 1, &x[0], &near[0], &nanos[0], &bytes[0], i, decode.RunLen)
		}
	}
	if *piece != [pieceLen]entry{} {
		t.Error("a packet is counted for an entry that has no time")
	}
}
