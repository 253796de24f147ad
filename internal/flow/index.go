package flow

// An index finds entries by hash: open addressing with linear probing. The upper bits of a hash
// choose the slot. A slot holds the lower bits of the hash above the entry's number + 1, so that
// another flow's entry is rarely looked at. 0 is an empty slot.
type index struct {
	slots []uint32
	bits  uint // of a slot's number, and of an entry's
}

const (
	firstIndex = 10 // bits: the size at first
	lastIndex  = 31 // and at most: a slot has at least one bit of the hash
	slotSize   = 4  // bytes
)

func newIndex(bits uint) index { return index{hugeSlice[uint32](1 << bits), bits} }

// full reports whether n entries are as many as the index should hold. Probes get long above 3/4.
func (x *index) full(n int) bool { return n >= len(x.slots)/4*3 }

// begin returns the number of the slot where the search for a hash begins.
func (x *index) begin(hash uint32) uint32 { return hash >> ((32 - x.bits) % 32) }

// lower returns the bits of a hash that a slot holds. They differ from the slot of an entry with
// that hash by the entry's number + 1, which is below limit.
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

// set makes a slot hold an entry's number.
func (x *index) set(slot, hash, number uint32) { x.slots[slot] = x.lower(hash) | (number + 1) }

// insert adds an entry's number in the first empty slot.
func (x *index) insert(hash, number uint32) {
	mask, i := uint32(len(x.slots)-1), x.begin(hash)
	for x.slots[i&mask] != 0 {
		i++
	}
	x.set(i&mask, hash, number)
}
