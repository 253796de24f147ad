package decode

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A boundedModel implements Fragments with a list of slots that it searches completely. Its
// datagrams differ only in their identification.
type boundedModel struct {
	places []*boundPiece // nil for none
	next   int           // the slot that is used next
	counts FragmentCounts
}

type boundPiece struct {
	firstPiece
	id uint16
	at time.Time
}

func (m *boundedModel) find(id uint16, at time.Time) *boundPiece {
	for i, e := range m.places {
		if e == nil || e.id != id {
			continue
		}
		if at.Sub(e.at).Abs() > FragmentLife {
			m.counts.Expired++
			m.places[i] = nil
			return nil
		}
		return e
	}
	return nil
}

// observe returns the frame whose ports a piece inherits, 0 for none.
func (m *boundedModel) observe(c piece, n int64, at time.Time) (frame int64) {
	if c.length < 0 {
		return 0 // not part of a datagram
	}
	e := m.find(c.id, at)
	if e != nil && e.complete() && c.offset == 0 {
		m.places[slices.Index(m.places, e)], e = nil, nil // another datagram
	}
	switch {
	case e != nil && e.complete() && !e.again(c):
	case e == nil && c.offset > 0:
	case e == nil:
		if m.places[m.next] != nil {
			m.counts.Evicted++
		}
		m.places[m.next] = &boundPiece{firstPiece{src: c.src, length: c.length, frame: n}, c.id, at}
		m.next = (m.next + 1) % len(m.places)
	case e.poison, c.offset > 0 && c.offset < e.length, c.offset == 0 &&
		(e.src != c.src || e.length != c.length):
		e.poison = true
		m.counts.Refused++
	case c.offset == 0:
		e.frame, e.at = n, at
	default:
		e.add(c)
		m.counts.Inherited++
		return e.frame
	}
	return 0
}

// TestFragmentsAgainstModel compares tables of several sizes with the model. Datagrams repeat,
// expire and are evicted.
func TestFragmentsAgainstModel(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for round := range 60 {
		size, at := 1+round%12, noon
		table, model := NewFragments(size), boundedModel{places: make([]*boundPiece, size)}
		for n := int64(1); n < 2000; n++ {
			if at = at.Add(time.Duration(random.IntN(9)-2) * time.Second); random.IntN(100) == 0 {
				at = at.Add(time.Duration(random.IntN(3)-1) * 2 * FragmentLife)
			}
			c := piece{id: uint16(random.IntN(2*size + 1)), offset: 8 * random.IntN(5), length: 16,
				src: 1000}
			c.last = c.offset > 0 && random.IntN(3) == 0
			switch random.IntN(50) {
			case 0:
				c.src++
			case 1:
				c.length = -1
			}
			frame, got := model.observe(c, n, at), c.observe(table, n, at)
			if (frame != 0) != (len(got) == 1) || frame != 0 && got[0].InheritedFrom != frame {
				t.Fatalf("size %d, piece %d %+v inherits %+v, the model has frame %d", size, n, c,
					got, frame)
			}
			live := 0
			for _, e := range model.places {
				if e != nil {
					live++
				}
			}
			if table.Counts() != model.counts || table.Len() != live {
				t.Fatalf("size %d, piece %d: %+v and %d datagrams, the model has %+v and %d", size,
					n, table.Counts(), table.Len(), model.counts, live)
			}
		}
		if c := model.counts; c.Inherited == 0 || c.Refused == 0 || c.Expired == 0 ||
			c.Evicted == 0 {
			t.Errorf("size %d: %+v", size, c)
		}
	}
}

// TestFragmentKeys checks that keys are the same only if all their bytes are.
func TestFragmentKeys(t *testing.T) {
	var a fragmentKey
	for i := range a {
		b := a
		if b[i]++; a.same(&b) || !b.same(&b) {
			t.Errorf("byte %d", i)
		}
	}
}
