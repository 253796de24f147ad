package flow

// An index finds entries by hash: open addressing with linear probing. A slot's number is the upper bits of the hash; what a slot holds has the lower bits above the entry's
// number plus one, so that another entry is seldom looked at. 0 is an empty slot.
type index struct {
	slots []uint32
	bits  uint // of a slot's number, and of an entry's
	shift uint // of a hash of 32 bits to a slot's number
}

const (
	firstIndex = 10 // bits: how many slots there are at first
	lastIndex  = 31 // and at most: a slot has a bit of the hash, at least
	slotSize   = 4  // bytes
)

func newIndex(bits uint) index {
	return index{aligned[uint32](1 << bits), bits, 32 - bits}
}

// full tells whether n entries are as many as the index should hold: above three quarters probes get long.
func (x *index) full(n int) bool { return n >= len(x.slots)/4*3 }

// begins is the number of the slot where to begin looking for a hash.
func (x *index) begins(hash uint32) uint32 { return hash >> (x.shift % 32) }

// lower are the bits of a hash that a slot holds. What it holds differs from them by the entry's number plus one, if it is of that hash, and then by less than limit.
func (x *index) lower(hash uint32) uint32 { return hash << (x.bits % 32) }
func (x *index) limit() uint32            { return 1 << (x.bits % 32) }

// next gives the first slot from number i on that is of an entry with that hash, probably the one that is wanted, or empty; and the entry's number plus one, 0 for none.
func (x *index) next(i, hash uint32) (slot, number uint32) {
	slots, mask, lower, limit := x.slots, uint32(len(x.slots)-1), x.lower(hash), x.limit()
	for ; ; i++ {
		switch s := slots[i&mask]; {
		case s == 0:
			return i & mask, 0
		case s^lower < limit:
			return i & mask, s ^ lower
		}
	}
}

// hole is the empty slot where a new entry's number goes.
func (x *index) hole(hash uint32) uint32 {
	mask, i := uint32(len(x.slots)-1), x.begins(hash)
	for x.slots[i&mask] != 0 {
		i++
	}
	return i & mask
}

// set has an empty slot hold an entry's number.
func (x *index) set(slot, hash, number uint32) { x.slots[slot] = x.lower(hash) | (number + 1) }
