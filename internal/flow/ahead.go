package flow

// Fresh is memory that a table comes to use soon and that nobody has used: the kernel has to clear it first, which takes longer than counting what goes there.
type Fresh struct {
	list  [][]byte
	pages *pages
}

// Touch has the kernel clear the memory, which another goroutine may do while the table is counting. No byte of it changes for the table.
func (f *Fresh) Touch() {
	for _, bytes := range f.list {
		for len(bytes) > 0 {
			bytes = bytes[f.pages.back(bytes, false):]
		}
	}
}

// Ahead sets what the table comes to use soon, as far as it was not told before: as much of each array as a huge page holds at most, and nothing of a short one.
func (t *Table) Ahead(f *Fresh) {
	s := &t.store
	f.pages = s.pages
	f.list = ahead(f.list[:0], &s.entries, s.n, &s.asked.entries)
	if s.answer {
		f.list = ahead(f.list, &s.answers, s.n, &s.asked.answers)
	}
	f.list = ahead(f.list, &s.v6, s.n6, &s.asked.v6)
}

// asked is how much of a store's arrays Ahead told of, by numbers of elements.
type asked struct{ entries, answers, v6 int }

// ahead adds what the next huge page of an array holds that has n elements, when the last quarter is in use of what was told of before: no more memory than that is taken early.
func ahead[T any](list [][]byte, p *pieces[T], n int, told *int) [][]byte {
	step := p.perPage()
	if *told = max(*told, step); *told >= n+step/4 {
		return list
	}
	from := max(*told, n/step*step)
	*told = from + step
	p.grow(from)
	return append(list, bytesOf(p.list[from>>pieceBits][from%pieceLen:][:step]))
}
