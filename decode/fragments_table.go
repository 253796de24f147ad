package decode

import (
	"hash/maphash"
	"time"
)

// A fragmentLink says where an entry of Fragments is in its chain.
type fragmentLink struct {
	hash uint64 // of the key; its lower bits say which chain
	next int32  // the next entry of the chain, -1 for none
	used bool
}

// NewFragments makes a table for so many datagrams; DefaultFragments if max is not positive. One
// takes about 150 bytes.
func NewFragments(max int) *Fragments {
	if max <= 0 {
		max = DefaultFragments
	}
	size := 1
	for size < max {
		size *= 2
	}
	t := &Fragments{seed: maphash.MakeSeed(), heads: make([]int32, size),
		links: make([]fragmentLink, max), entries: make([]fragmentEntry, max)}
	for i := range t.heads {
		t.heads[i] = -1
	}
	return t
}

// find returns the index of the entry with this key, -1 if there is none that has at within the
// lifetime. Clocks are set back and captures are joined: an entry from the future is worth as
// little as an old one. Without times only the table's size bounds.
func (t *Fragments) find(key *fragmentKey, hash uint64, at time.Time) int32 {
	i := *t.head(hash)
	for i >= 0 && !(t.links[i].hash == hash && t.entries[i].key.same(key)) {
		i = t.links[i].next
	}
	if i < 0 {
		return -1
	}
	if e := &t.entries[i]; !at.IsZero() && !e.at.IsZero() {
		if age := at.Sub(e.at); age > FragmentLife || age < -FragmentLife {
			t.counts.Expired++
			t.drop(i)
			return -1
		}
	}
	return i
}

// take returns the oldest entry, at the head of the hash's chain; it still contains another
// datagram.
func (t *Fragments) take(hash uint64) *fragmentEntry {
	i := int32(t.next)
	if t.next++; t.next == len(t.entries) {
		t.next = 0
	}
	if t.links[i].used {
		t.counts.Evicted++
		t.drop(i)
	}
	head := t.head(hash)
	t.links[i] = fragmentLink{hash: hash, next: *head, used: true}
	*head = i
	t.live++
	return &t.entries[i]
}

// drop takes an entry out of its chain.
func (t *Fragments) drop(i int32) {
	link := t.head(t.links[i].hash)
	for *link != i {
		link = &t.links[*link].next
	}
	*link = t.links[i].next
	t.links[i].used = false
	t.live--
}

// hash is a key's hash. Its random seed prevents fragments that an attacker puts into one chain.
func (t *Fragments) hash(key *fragmentKey) uint64 {
	return maphash.Bytes(t.seed, key[:])
}

// head returns the first entry of a chain.
func (t *Fragments) head(hash uint64) *int32 { return &t.heads[hash&uint64(len(t.heads)-1)] }
