package decode

import "testing"

// A firstPiece is the model's state of a datagram.
type firstPiece struct {
	src    uint16
	length int
	frame  int64
	poison bool
	later  [][2]int // offsets and lengths of later pieces, without consecutive duplicates
	total  int      // 0 until the last piece comes
}

// complete reports whether all pieces of the datagram have come.
func (e *firstPiece) complete() bool {
	sum := e.length
	for _, x := range e.later {
		sum += x[1]
	}
	return !e.poison && e.total != 0 && sum == e.total
}

// again reports whether a later piece is a duplicate of the previous one.
func (e *firstPiece) again(c piece) bool {
	return len(e.later) > 0 && e.later[len(e.later)-1] == [2]int{c.offset, c.length}
}

// add records a later piece.
func (e *firstPiece) add(c piece) {
	if e.again(c) {
		return
	}
	e.later = append(e.later, [2]int{c.offset, c.length})
	if c.last {
		e.total = c.offset + c.length
	}
}

// A fragmentModel implements the rules of Observe with a map, for datagrams that differ only in
// their identification. It has no limits and no times.
type fragmentModel struct {
	first  map[uint16]*firstPiece
	counts FragmentCounts
}

// observe returns the source port that a piece inherits and the frame that has it, 0 for none.
func (m *fragmentModel) observe(c piece, n int64) (src uint16, frame int64) {
	if c.offset == 0 && c.last {
		return 0, 0 // the whole datagram
	}
	e := m.first[c.id]
	if e != nil && e.complete() && c.offset == 0 {
		e = nil // another datagram
	}
	switch {
	case e != nil && e.complete() && !e.again(c):
	case e == nil && c.offset > 0:
	case e == nil:
		m.first[c.id] = &firstPiece{src: c.src, length: c.length, frame: n}
	case e.poison, c.offset > 0 && c.offset < e.length, c.offset == 0 &&
		(e.src != c.src || e.length != c.length):
		e.poison = true
		m.counts.Refused++
	case c.offset == 0:
		e.frame = n
	default:
		e.add(c)
		m.counts.Inherited++
		return e.src, e.frame
	}
	return 0, 0
}

// FuzzFragments checks that later pieces inherit what the model returns, in any order of pieces. A
// table that is too small may inherit nothing, but never a wrong port.
func FuzzFragments(f *testing.F) {
	// a first fragment, one after it, one that overlaps, one that comes too late
	f.Add([]byte{0, 0, 1, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0, 1})
	// more datagrams than the small table holds
	f.Add([]byte{1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 2, 0, 0})
	// two first ones with different ports; one without a first one
	f.Add([]byte{1, 0, 0, 0, 1, 0, 0, 2, 1, 2, 0, 0, 5, 3, 0, 0, 5, 0, 0})
	// as many datagrams as there are identifications, then one of them again after it was complete
	f.Add([]byte("1000900000010001X00000700$01A000200000000"))
	f.Fuzz(func(t *testing.T, ops []byte) {
		const datagrams, few = 6, 2
		// a datagram takes a new entry when its identification is used again
		table, small := NewFragments(max(1, len(ops)/4)), NewFragments(few)
		model := fragmentModel{first: map[uint16]*firstPiece{}}
		for n := int64(1); len(ops) >= 4; n, ops = n+1, ops[4:] {
			c := piece{id: uint16(ops[0] % datagrams), offset: 8 * int(ops[1]%8), length: 8 +
				8*int(ops[2]%4), last: ops[3]&1 != 0, src: 1000 + uint16(ops[3]>>1&1)}
			src, frame := model.observe(c, n)
			got := c.observe(table, n, noon)
			switch {
			case frame == 0 && len(got) != 0, frame != 0 && len(got) != 1:
				t.Fatalf("piece %d %+v inherits %+v, the model has %d of frame %d", n, c, got, src,
					frame)
			case frame != 0 && got[0] != TransportHeader{Proto: ProtoUDP, Src: src, Dst: 9, At: -1,
				InheritedFrom: frame}:
				t.Fatalf("piece %d %+v inherits %+v, the model has %d of frame %d", n, c, got, src,
					frame)
			}
			for _, p := range c.observe(small, n, noon) {
				if p.Dst != 9 || p.At != -1 || p.InheritedFrom <= 0 || p.InheritedFrom >= n {
					t.Fatalf("piece %d %+v inherits %+v in a small table", n, c, p)
				}
			}
			if small.Len() > few {
				t.Fatalf("%d datagrams in a table for %d", small.Len(), few)
			}
		}
		if table.Counts() != model.counts || table.Len() != len(model.first) {
			t.Errorf("%+v and %d datagrams, the model has %+v and %d", table.Counts(), table.Len(),
				model.counts, len(model.first))
		}
	})
}
