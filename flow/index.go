package flow

// An index finds entries by hash: open addressing with linear probing. A slot's number is the upper bits of the hash; what a slot holds has the lower bits above the entry's
// number plus one, so that another entry is seldom looked at. 0 is an empty slot.
type index struct {
	slots []uint32
	bits  uint // of a slot's number, and of an entry's
}

const (
	firstIndex = 10 // bits: how many slots there are at first
	slotSize   = 4  // bytes
)

func newIndex(bits uint) index { return index{makeHuge[uint32](1 << bits), bits} }

// full tells whether n entries are as many as the index should hold: above three quarters probes get long.
func (x *index) full(n int) bool { return n >= len(x.slots)/4*3 }

// begins is the number of the slot where to begin looking for a hash.
func (x *index) begins(hash uint32) uint32 { return hash >> ((32 - x.bits) % 32) }

// of tells whether a slot's content may be of an entry with that hash.
func (x *index) of(s, hash uint32) bool { return (s^hash<<(x.bits%32))>>(x.bits%32) == 0 && s != 0 }

// number is the number plus one of the entry that a slot's content is of, 0 for none.
func (x *index) number(s uint32) uint32 { return s & (1<<(x.bits%32) - 1) }

// next gives the first slot from number i on that is of an entry with that hash, probably the one that is wanted, or empty, and what it holds.
func (x *index) next(i, hash uint32) (slot, s uint32) {
	slots, mask, lower, number := x.slots, uint32(len(x.slots)-1), hash<<(x.bits%32), uint32(1)<<(x.bits%32)
	for ; ; i++ {
		if s := slots[i&mask]; s^lower < number || s == 0 { // nothing but the number differs
			return i & mask, s
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
func (x *index) set(slot, hash, number uint32) { x.slots[slot] = hash<<(x.bits%32) | (number + 1) }
