package flow

// Count counts a batch.
func (t *Table) Count(b *Batch) {
	t.plus(&b.Totals)
	items := b.items
	for len(items) > 0 {
		n := min(len(items), 2*BatchSize)
		t.prepare(items[:n])
		keys, hash, near := t.keys[:n], t.hash[:n], t.near[:n]
		for i := range items[:n] {
			if it := &items[i]; !it.refused {
				t.count(it, &keys[i], hash[i], near[i])
			} else {
				t.refuse(it, &keys[i], hash[i])
			}
		}
		items = items[n:]
	}
}

// prepare takes the items' keys, and reads where each one's flow probably is, so that memory is fetched for many of them at the same time: first
// the slots, then the entries that they name, then addresses that lie apart. The loops are short, so that the processor is many rounds ahead of what it waits for.
func (t *Table) prepare(items []Item) {
	if len(t.keys) < len(items) {
		t.keys, t.hash, t.near = make([]key, 2*BatchSize), make([]uint32, 2*BatchSize), make([]uint32, 2*BatchSize)
	}
	keys, hash, near := t.keys[:len(items)], t.hash[:len(items)], t.near[:len(items)]
	for i := range items {
		keys[i].of(&items[i])
		hash[i] = t.seed.hash(&keys[i])
	}
	var sum uint64
	slots, shift := t.index.slots, t.index.shift
	for _, h := range hash {
		sum += slots[h>>shift]
	}
	for i, h := range hash {
		near[i] = t.index.look(h)
	}
	if t.store.n > 0 {
		for _, n := range near {
			sum += uint64(t.store.entry(max(n, 1) - 1).kind)
		}
	}
	t.six = t.six[:0]
	for i, n := range near {
		if n > 0 && keys[i].kind&kindV6 == kindV6 {
			t.six = append(t.six, n)
		}
	}
	for _, n := range t.six {
		sum += t.store.touch6(n - 1)
	}
	t.sink = sum
}
