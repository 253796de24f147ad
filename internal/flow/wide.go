package flow

import (
	"math/bits"
	"slices"
	"unsafe"

	"github.com/portsniff/portsniff/decode"
)

// What is here is done for eight packets at once, or with instructions that Go has no words for, where the processor can. Each function does what the one does that is named
// without Wide; that one is for all other processors, and tests hold both equal.

// plainWide is Batch.plain, for IPv6 too.
func (b *Batch) plainWide(r *Run, base int) (others uint64) {
	if r.N == 0 {
		return 0
	}
	f, ends, hash := &b.found, b.slots.ends[base:], b.slots.hash[base:]
	clear(f.What[r.N:]) // of which some are looked at
	four, sum := keysOf(&f.What[0], &f.Ports[0], &f.Addrs[0], &r.Length[0], eights(r.N), &b.seed, &ends[0], &hash[0])
	four &= r.all()
	which, first := uint64(0), len(b.v6)
	for others = r.all() &^ four; others != 0; others &= others - 1 {
		if i := bits.TrailingZeros64(others) % decode.RunLen; f.What[i] != 0 {
			which |= 1 << i
			b.six = append(b.six, six{slot: base + i})
			sum += uint64(r.Length[i])
		}
	}
	if n := bits.OnesCount64(which); n > 0 {
		b.v6 = slices.Grow(b.v6, n)[:first+n]
		keysOf6(&r.Data[0], which, &f.What[0], &f.Ports[0], &f.Addrs[0], &b.seed, &ends[0], &hash[0], &b.v6[first], uint64(first))
	}
	b.Total.Plus(Count{uint64(bits.OnesCount64(four | which)), sum})
	return r.all() &^ (four | which)
}

// eights is how many eights of packets are to be worked on for n.
func eights(n int) int { return (n + 7) / 8 }

// expectWide is a turn of Expect: Table.guess for headers of a batch from number old on, and Table.touch from fresh on. It gives how far each came.
func (t *Table) expectWide(b *Batch, old, fresh int) (int, int) {
	n, m := min(b.touched-old, decode.RunLen), min(b.slots.n-fresh, decode.RunLen)
	hash, near, later := b.slots.hash[old:], b.slots.near[old:], b.slots.hash[fresh:]
	odd := expectSlots(&t.index.slots[0], t.index.bits, &hash[0], &near[0], n, &later[0], m) & (1<<n - 1)
	for ; odd != 0; odd &= odd - 1 {
		i := bits.TrailingZeros64(odd) % decode.RunLen
		_, near[i] = t.index.next(t.index.begins(hash[i]), hash[i])
	}
	if t.known() == 0 && t.store.n > 0 { // then countRun does nothing
		fetch(&t.store.entries.list[0], uint32(t.store.n), &near[0], n)
	}
	return old + n, fresh + m
}

// fetchFirst has the entries of a batch's first packets fetched. Those of the others are while these are counted, each some packets ahead.
func (t *Table) fetchFirst(b *Batch) {
	if known := t.known(); known != 0 && b.slots.n > 0 {
		fetch(&t.store.entries.list[0], known, &b.slots.near[0], fetchAhead)
	}
}

// countKnown counts headers of a span from number i on and below n, up to the first one that is not of a flow that is known and where guess saw it, or that needs a closer look. It
// gives that one's number.
func (t *Table) countKnown(s *span, i, n int) int {
	known := t.known()
	if known == 0 {
		return i
	}
	i, spoke := countRun(&t.store.entries.list[0], known, &s.ends[0], &s.near[0], &s.nanos[0], &s.bytes[0], i, n)
	for ; spoke != 0; spoke &= spoke - 1 {
		j := bits.TrailingZeros64(spoke) % decode.RunLen
		at := s.near[j] - 1
		t.listen(t.store.entry(at), at, s, j)
	}
	return i
}

// prepare6Wide is Table.prepare6 where so many entries are known.
func (t *Table) prepare6Wide(b *Batch, known uint32) {
	if len(b.six) > 0 {
		same6(&b.six[0], len(b.six), &b.slots.ends[0], &b.slots.near[0], &t.store.entries.list[0], known, unsafe.SliceData(t.store.v6.list), &b.v6[0])
	}
}

// hashWide makes the hashes of n entries from number from on, a multiple of decode.RunLen, and has the slots fetched where they begin.
func (t *Table) hashWide(hash *[decode.RunLen]uint32, from, n int) {
	six := hashEntries(t.store.entry(uint32(from)), n, &t.seed, &hash[0])
	for ; six != 0; six &= six - 1 {
		i := bits.TrailingZeros64(six) % decode.RunLen
		hash[i] = t.hash(t.store.entry(uint32(from + i)))
	}
	expectSlots(&t.index.slots[0], t.index.bits, &hash[0], &hash[0], 0, &hash[0], n)
}

// plainWide is PortTable.plain.
func (t *PortTable) plainWide(r *Run, tables *plainTables) (others uint64) {
	n := min(r.N, decode.RunLen)
	if n == 0 {
		return 0
	}
	f := &t.found
	counted, sum := countPorts(&f.What[0], &f.Ports[0], eights(n), n, uint32(t.choose.Low), &r.Length[0], &r.Nanos[0], tables[decode.ProtoTCP%2], tables[decode.ProtoUDP%2])
	t.Total.Plus(Count{uint64(bits.OnesCount64(counted)), sum})
	return r.all() &^ counted
}
