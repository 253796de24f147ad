//go:build !purego

package capture

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRecordsStayWithin: records are framed as a reading by hand says, up to the first one that is not whole or is longer than the limit, without touching what lies behind the
// data, which can't be read.
func TestRecordsStayWithin(t *testing.T) {
	page := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, 3*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	if err := unix.Mprotect(memory[2*page:], unix.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 40))
	stops := map[string]int{}
	for range 4000 {
		const limit = 100
		data := memory[2*page-1-r.IntN(2*page-1) : 2*page]
		for at := 0; at+pcapRecordLen <= len(data); {
			n := r.IntN(limit)
			if r.IntN(60) == 0 {
				n = limit + r.IntN(3)
			}
			for i := range 4 {
				binary.LittleEndian.PutUint32(data[at+4*i:], r.Uint32())
			}
			binary.LittleEndian.PutUint32(data[at+8:], uint32(n))
			at += pcapRecordLen + n
		}
		var f Frames
		var touched uint64
		most := 1 + r.IntN(FramesLen)
		got, next := f.little(data, 0, most, limit, 1000, &touched)
		at, n, stop := 0, 0, "as many as were wanted"
		for n < most {
			if len(data)-at < pcapRecordLen {
				stop = "a header that is not whole"
				break
			}
			h := data[at:]
			seconds, fraction, caplen, length := binary.LittleEndian.Uint32(h), binary.LittleEndian.Uint32(h[4:]), binary.LittleEndian.Uint32(h[8:]), binary.LittleEndian.Uint32(h[12:])
			if caplen > limit {
				stop = "too long"
				break
			}
			if len(h) < pcapRecordLen+int(caplen) {
				stop = "a packet that is not whole"
				break
			}
			if n < got && (f.At[n] != uint32(at+pcapRecordLen) || f.Len[n] != caplen || f.Wire[n] != length || f.Nanos[n] != int64(seconds)*1e9+int64(fraction)*1000) {
				t.Fatalf("record %d at %d of %d: begins at %d, %d bytes of %d, %d ns", n, at, len(data), f.At[n], f.Len[n], f.Wire[n], f.Nanos[n])
			}
			at += pcapRecordLen + int(caplen)
			n++
		}
		if got != n || next != at {
			t.Fatalf("%d records of %d, the next one at %d, want %d (%s)", got, n, next, at, stop)
		}
		stops[stop]++
	}
	if len(stops) != 4 {
		t.Errorf("ended by %v", stops)
	}
}
