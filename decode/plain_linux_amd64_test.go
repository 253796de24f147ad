//go:build !purego

package decode_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/decode"
)

// TestEightFramesAtOnceStayWithin: frames that end where memory ends, or begin where it begins, are looked at without touching what lies beyond, which can't be read.
func TestEightFramesAtOnceStayWithin(t *testing.T) {
	needWide(t)
	page := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, 6*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	for _, beyond := range [][]byte{memory[:page], memory[5*page:]} {
		if err := unix.Mprotect(beyond, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	within := memory[page : 5*page]
	rnd := rand.New(rand.NewPCG(7, 8))
	frames := ethernetFrames(t)
	wide := 0
	for range 2000 {
		r := runOf(frames, 1+rnd.IntN(decode.RunLen), rnd)
		if len(r.data) > len(within) {
			continue
		}
		for _, place := range [][]byte{within[:len(r.data)], within[len(within)-len(r.data):]} {
			copy(place, r.data)
			r.data = place
			w, _ := r.both(t)
			wide += w
			for cut := range min(100, len(place)) {
				r.data = place[cut:]
				r.both(t)
			}
			lies := *r
			for i := range lies.at {
				lies.at[i] = rnd.Uint32() >> rnd.IntN(32)
				lies.caplen[i] = rnd.Uint32() >> rnd.IntN(32)
			}
			lies.both(t)
			for i := range lies.at {
				lies.at[i], lies.caplen[i] = uint32(len(place)-rnd.IntN(min(len(place), 100))), 1<<32-1
			}
			lies.both(t)
		}
	}
	tagged := append([]byte{12: 0x81, 13: 0, 14: 0, 15: 1, 16: 8, 17: 0, 18: 0x45}, make([]byte, 60)...)
	for n := range len(tagged) { // one that ends too early, behind enough of others
		r := runOf(frames, 8, rnd)
		r.data = append(r.data, make([]byte, decode.WideLen)...)
		r.at[3], r.caplen[3] = uint32(len(r.data)), uint32(n)
		r.data = append(r.data, tagged[:n]...)
		if len(r.data) <= len(within) {
			place := within[len(within)-len(r.data):]
			copy(place, r.data)
			r.data = place
			r.both(t)
		}
	}
	if wide == 0 {
		t.Error("no frame was looked at")
	}
}
