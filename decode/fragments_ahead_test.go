package decode

import (
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/linktype"
)

// TestDatagrams checks which frames wait for a later first fragment, and when that fragment is
// known. tshark sets ip.reassembled_in if all fragments of a datagram have come.
func TestDatagrams(t *testing.T) {
	vlan := func(id byte) []byte {
		return append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, id}, 8, 0)
	}
	first, middle := piece{id: 1}, piece{id: 1, offset: 16}
	last := piece{id: 1, offset: 16, last: true}
	end := piece{id: 1, offset: 32, last: true}
	other, empty := piece{id: 2}, piece{id: 1, length: -1}
	for _, c := range []struct {
		what    string
		pieces  []piece
		waits   []int64
		settled []int64 // in any order
	}{
		{"in order", []piece{first, last}, nil, nil},
		{"reversed", []piece{last, first}, []int64{1}, []int64{1}},
		{"three, reversed", []piece{end, middle, first}, []int64{1, 2}, []int64{1, 2}},
		{"three, the first in the middle", []piece{end, first, middle}, []int64{1}, []int64{1}},
		{"others between", []piece{last, other, other, first}, []int64{1}, []int64{1}},
		{"captured twice", []piece{last, last, first, first}, []int64{1, 2}, []int64{1, 2}},
		{"one without payload before the first", []piece{last, empty, first}, []int64{1},
			[]int64{1}},
		{"the middle is missing", []piece{end, first}, []int64{1}, nil},
		{"no last one", []piece{middle, first}, []int64{1}, nil},
		{"overlap", []piece{{id: 1, offset: 8, length: 24, last: true}, first}, []int64{1}, nil},
		{"two ends", []piece{last, end, first}, []int64{1, 2}, nil},
		{"reused after a complete one", []piece{first, last, {id: 1, offset: 16, length: 24,
			last: true}, {id: 1, src: 7}}, []int64{3}, []int64{3}},
		{"the same shape after a complete one", []piece{first, last, last, {id: 1, src: 7}},
			[]int64{3}, []int64{3}},
		{"the same once more after a complete one", []piece{first, last, last}, []int64{3}, nil},
		{"in another VLAN", []piece{{id: 1, offset: 16, last: true, outer: vlan(1), link: 1},
			{id: 1, outer: vlan(2), link: 1}}, []int64{1}, nil},
	} {
		d := NewDatagrams()
		var waits, settled []int64
		for i, f := range c.pieces {
			var p Packet
			if f.link == 0 {
				f.link = linktype.IPv4
			}
			b := f.bytes()
			p.Decode(f.link, b, len(b))
			w, s, from := d.Observe(&p, int64(i+1), noon)
			if w {
				waits = append(waits, int64(i+1))
			}
			if settled = append(settled, s...); len(s) > 0 && c.pieces[from-1].offset != 0 {
				t.Errorf("%s: frame %d is no first fragment", c.what, from)
			}
		}
		if !slices.Equal(waits, c.waits) || !slices.Equal(settled, c.settled) {
			t.Errorf("%s: %v wait, %v are settled; want %v and %v", c.what, waits, settled, c.waits,
				c.settled)
		}
	}
}

// TestDatagramsWindow checks that a first fragment 1024 packets or more than a minute later belongs
// to another datagram. The number of datagrams in memory is limited.
func TestDatagramsWindow(t *testing.T) {
	for _, c := range []struct {
		frame   int64
		after   time.Duration
		settles bool
	}{{1024, 0, true}, {1025, 0, false}, {2, time.Minute, true}, {2, time.Minute + 1, false}} {
		d := NewDatagrams()
		var p Packet
		for i, f := range []piece{{id: 1, offset: 16, last: true}, {id: 1}} {
			b := f.bytes()
			p.Decode(linktype.IPv4, b, len(b))
			frame, at := int64(1), noon
			if i > 0 {
				frame, at = c.frame, noon.Add(c.after)
			}
			_, settled, _ := d.Observe(&p, frame, at)
			if i > 0 && (len(settled) > 0) != c.settles {
				t.Errorf("frame %d after %v: %v", c.frame, c.after, settled)
			}
		}
	}
	d := NewDatagrams()
	for i := range 3 * DefaultFragments {
		var p Packet
		b := piece{id: uint16(i), offset: 16}.bytes()
		p.Decode(linktype.IPv4, b, len(b))
		if d.Observe(&p, int64(i+1), noon); len(d.list) > DefaultFragments {
			t.Fatalf("%d datagrams after %d", len(d.list), i+1)
		}
	}
	for i := range 3 * maxPieces {
		var p Packet
		b := piece{id: 1, offset: 16 * (i + 1)}.bytes()
		p.Decode(linktype.IPv4, b, len(b))
		d.Observe(&p, int64(i+1), noon)
	}
	for _, g := range d.list {
		if len(g.pieces) > maxPieces || len(g.waiting) > maxPieces {
			t.Errorf("%d pieces, %d frames wait", len(g.pieces), len(g.waiting))
		}
	}
}

// TestFragmentsReused checks that an identification used again after a complete datagram is another
// datagram, whichever of its fragments comes first.
func TestFragmentsReused(t *testing.T) {
	a, aEnd := piece{id: 1, src: 1000}, piece{id: 1, offset: 16, last: true}
	b, bEnd := piece{id: 1, src: 2000}, piece{id: 1, offset: 16, length: 24, last: true}
	for _, c := range []struct {
		what   string
		pieces []piece
		ahead  int // the piece whose first fragment comes later, -1 for none
		want   []uint16
	}{
		{"in order", []piece{a, aEnd, b, bEnd}, -1, []uint16{0, 1000, 0, 2000}},
		{"the second reversed", []piece{a, aEnd, bEnd, b}, 2, []uint16{0, 1000, 2000, 0}},
		{"the first one of the second is missing", []piece{a, aEnd, bEnd}, -1,
			[]uint16{0, 1000, 0}},
		{"one without payload first", []piece{{id: 1, length: -1}, a, aEnd}, -1,
			[]uint16{0, 0, 1000}},
		{"captured twice", []piece{a, a, aEnd, aEnd, b, b, bEnd, bEnd}, -1,
			[]uint16{0, 0, 1000, 1000, 0, 0, 2000, 2000}},
		{"all captured twice", []piece{a, aEnd, a, aEnd}, -1, []uint16{0, 1000, 0, 1000}},
		{"reversed, then once more", []piece{aEnd, a, b, bEnd}, 0, []uint16{1000, 0, 0, 2000}},
	} {
		table := NewFragments(0)
		for i, f := range c.pieces {
			var got uint16
			var ports []TransportHeader
			if i == c.ahead {
				var p, first Packet
				pb, fb := f.bytes(), c.pieces[i+1].bytes()
				p.Decode(linktype.IPv4, pb, len(pb))
				first.Decode(linktype.IPv4, fb, len(fb))
				table.ObserveAhead(&p, &first, int64(i+2), noon)
				ports = p.Ports
			} else {
				ports = f.observe(table, int64(i+1), noon)
			}
			for _, q := range ports {
				got = q.Src
			}
			if got != c.want[i] {
				t.Errorf("%s: piece %d inherits %d, want %d", c.what, i, got, c.want[i])
			}
		}
	}
}
