package flow

import (
	"testing"
	"time"
	"unsafe"
)

// An array gets small pages while it is short, and then huge ones, until one takes long: then small ones for good, and for every array.
func TestPages(t *testing.T) {
	var now, each time.Duration
	p := &pages{clock: func() time.Duration { now += each; return now }}
	bytes := bytesOf(aligned[uint64](4 * hugePage / 8))
	for _, c := range []struct {
		what  string
		bytes []byte
		early bool
		each  time.Duration
		want  int
	}{
		{"early", bytes, true, 0, smallStep},
		{"less than a step is left", bytes[:4096], true, 0, 4096},
		{"as long as a huge page", bytes[:hugePage], false, 0, hugePage},
		{"less than a huge page is left", bytes[hugePage+4096 : 2*hugePage], false, 0, smallStep},
		{"it takes its time", bytes, false, slowPage - 1, hugePage},
		{"a slow one", bytes, false, slowPage, hugePage},
		{"behind a slow one", bytes[hugePage:], false, 0, smallStep},
		{"and from then on", bytes[2*hugePage:], false, 0, smallStep},
	} {
		each = c.each
		if got := p.back(c.bytes, c.early); got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.what, got, c.want)
		}
	}
}

// An array begins where a huge page does if it is as long as one, and all of it can be written to.
func TestAligned(t *testing.T) {
	for _, n := range []int{1, 100, hugePage/16 - 1, hugePage / 16, hugePage / 4} {
		s := aligned[[2]uint64](n)
		newPages().all(bytesOf(s))
		if len(s) != n || cap(s) != n || len(bytesOf(s)) != 16*n {
			t.Errorf("%d elements: %d, room for %d, %d bytes", n, len(s), cap(s), len(bytesOf(s)))
		}
		if at := uintptr(unsafe.Pointer(&s[0])); 16*n >= hugePage && at%hugePage != 0 {
			t.Errorf("%d elements begin at %#x", n, at)
		}
		for i := range s {
			if s[i] != [2]uint64{} {
				t.Fatalf("element %d of %d is %v", i, n, s[i])
			}
			s[i] = [2]uint64{1, 2}
		}
	}
}

// Elements keep their places and what is in them, however memory for them comes: in small steps, by huge pages, after a slow one, or ahead of time.
func TestPieces(t *testing.T) {
	const all = 2*pieceLen + 100
	for _, slow := range []bool{false, true} {
		var now time.Duration
		pages := &pages{clock: func() time.Duration {
			if slow {
				now += slowPage
			}
			return now
		}}
		var p pieces[[4]uint64]
		var told int
		var places []*[4]uint64
		for n := range all {
			if n%1000 == 1 {
				list := ahead(nil, &p, n, &told)
				f := Fresh{list, pages}
				f.Touch()
			}
			if p.room(n, pages); p.ready <= n || p.ready > len(p.list)*pieceLen {
				t.Fatalf("%d of %d elements are ready, and %d is wanted", p.ready, len(p.list)*pieceLen, n)
			}
			switch { // by the size of an element
			case n == 0 && p.ready != smallStep/32, n == hugePage/32 && !slow && p.ready != 2*hugePage/32, n == 2*hugePage/32 && slow && p.ready != n+smallStep/32:
				t.Errorf("%d elements are ready at number %d, slow %v", p.ready, n, slow)
			}
			e := p.at(uint32(n))
			if *e != [4]uint64{} {
				t.Fatalf("element %d is new and %v", n, *e)
			}
			e[0], e[3] = uint64(n), ^uint64(n)
			places = append(places, e)
		}
		for n, e := range places {
			if p.at(uint32(n)) != e || *e != [4]uint64{uint64(n), 0, 0, ^uint64(n)} {
				t.Fatalf("element %d is %v", n, *e)
			}
		}
		if pages.small.Load() != slow {
			t.Errorf("slow %v: small pages %v", slow, pages.small.Load())
		}
	}
}
