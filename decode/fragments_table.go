package decode

import (
	"hash/maphash"
	"time"
)

// A fragmentLink is the position of an entry of Fragments in its chain.
type fragmentLink struct {
	hash uint64 // of the key; its lower bits select the chain
	next int32  // the next entry of the chain, -1 for none
	used bool
}

// NewFragments returns a table for max datagrams, or DefaultFragments if max is not positive. Each
// datagram needs about 150 bytes.
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

// find returns the index of the entry with this key, or -1 if there is none or it is not within
// FragmentLife of at. Clocks can be set back and captures can be joined, so an entry too far in the
// future expires too. Packets without times never expire.
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

// take returns the oldest entry and puts it at the head of the hash's chain. The entry still
// contains its old datagram.
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

// drop removes an entry from its chain.
func (t *Fragments) drop(i int32) {
	link := t.head(t.links[i].hash)
	for *link != i {
		link = &t.links[*link].next
	}
	*link = t.links[i].next
	t.links[i].used = false
	t.live--
}

// hash returns the hash of a key. A random seed prevents an attacker from filling one chain.
func (t *Fragments) hash(key *fragmentKey) uint64 {
	return maphash.Bytes(t.seed, key[:])
}

// head returns the index of the first entry of a chain.
func (t *Fragments) head(hash uint64) *int32 { return &t.heads[hash&uint64(len(t.heads)-1)] }
