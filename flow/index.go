package flow

// An index finds entries by hash: open addressing with linear probing. A slot holds the hash in the upper half and the entry's number plus one
// in the lower one, so that another entry is hardly ever looked at, and growing needs no entry at all.
type index struct {
	slots []uint64
	shift uint // of a 32-bit hash to a slot's number
}

const (
	firstIndex = 10 // bits: how many slots there are at first
	slotSize   = 8  // bytes
)

func newIndex(bits uint) index {
	return index{makeHuge[uint64](1 << bits), 32 - bits}
}

// full tells whether n entries are as many as the index should hold: above three quarters probes get long.
func (x *index) full(n int) bool { return n >= len(x.slots)/4*3 }

// grow doubles the index. Slots are taken in order and go, in order, to twice their place or so: no probe gets long on the way.
func (x *index) grow() {
	larger := newIndex(32 - x.shift + 1)
	for _, s := range x.slots {
		if s != 0 {
			larger.put(s)
		}
	}
	*x = larger
}

// look gives the number plus one of an entry with that hash, probably the one that is wanted, or 0 where there is none.
func (x *index) look(hash uint32) uint32 {
	mask := uint32(len(x.slots) - 1)
	for i := hash >> x.shift; ; i++ {
		if s := x.slots[i&mask]; uint32(s>>32) == hash || s == 0 {
			return uint32(s)
		}
	}
}

// put adds a slot's content.
func (x *index) put(s uint64) {
	mask := uint32(len(x.slots) - 1)
	i := uint32(s>>32) >> x.shift
	for x.slots[i&mask] != 0 {
		i++
	}
	x.slots[i&mask] = s
}

func slot(hash, number uint32) uint64 { return uint64(hash)<<32 | uint64(number+1) }
