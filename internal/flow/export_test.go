package flow

// SameHash gives all keys of the table the same hash.
func (t *Table) SameHash() { t.seed, t.one.seed = seed{}, seed{} }

// Used returns how much of its memory a table uses for flows, in bytes, and the limit.
func (t *Table) Used() (used, limit int) {
	return t.n*t.entrySize() + len(t.index.slots)*slotSize*3, t.opt.flowMemory()
}
