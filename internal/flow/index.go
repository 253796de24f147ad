package flow

// An index finds entries by hash: open addressing with linear probing. The upper bits of a hash
// choose the slot. A slot holds the lower bits of the hash above the entry's number + 1, so a
// lookup rarely loads the entry of another flow. 0 is an empty slot.
type index struct {
	slots []uint32
	bits  uint // of a slot's number, and of an entry's
}

const (
	firstIndex = 10 // initial size, in bits
	lastIndex  = 31 // maximum size, in bits: a slot holds at least one bit of the hash
	slotSize   = 4  // bytes
)

func newIndex(bits uint) index { return index{hugeSlice[uint32](1 << bits), bits} }

// full reports whether n entries fill the index to 3/4 or more. Probe sequences get long above 3/4.
func (x *index) full(n int) bool { return n >= len(x.slots)/4*3 }

// begin returns the number of the slot where the search for a hash begins.
func (x *index) begin(hash uint32) uint32 { return hash >> ((32 - x.bits) % 32) }

// lower returns the bits of a hash that a slot holds. Their XOR with the slot of an entry with that
// hash is the entry's number + 1, which is below limit.
func (x *index) lower(hash uint32) uint32 { return hash << (x.bits % 32) }
func (x *index) limit() uint32            { return 1 << (x.bits % 32) }

// next returns the first slot from number i on that is empty or probably belongs to an entry with
// that hash, and the entry's number + 1, 0 for an empty slot.
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

// set stores an entry's number in a slot.
func (x *index) set(slot, hash, number uint32) { x.slots[slot] = x.lower(hash) | (number + 1) }

// insert adds an entry's number in the first empty slot.
func (x *index) insert(hash, number uint32) {
	mask, i := uint32(len(x.slots)-1), x.begin(hash)
	for x.slots[i&mask] != 0 {
		i++
	}
	x.set(i&mask, hash, number)
}
