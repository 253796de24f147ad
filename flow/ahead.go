package flow

import "unsafe"

// Fresh is memory that a table comes to use soon and that nobody has used: the kernel has to clear it first, which takes longer than counting what goes there.
type Fresh [][]byte

// Touch has the kernel clear the memory, which another goroutine may do while the table is counting. No byte of it changes for the table.
func (f Fresh) Touch() {
	for _, bytes := range f {
		populate(bytes)
	}
}

// Ahead adds to a list what the table comes to use soon, as far as it was not told before: a huge page of each array at most.
func (t *Table) Ahead(list Fresh) Fresh {
	s := &t.store
	list = ahead(list, &s.entries, s.n, &s.asked.entries)
	if s.answer {
		list = ahead(list, &s.answers, s.n, &s.asked.answers)
	}
	return ahead(list, &s.v6, s.n6, &s.asked.v6)
}

// asked is how much of a store's arrays Ahead told of, by numbers of elements.
type asked struct{ entries, answers, v6 int }

// ahead adds the next huge page of an array that has n elements, when the last quarter is in use of what was told of before: no more memory than that is taken early.
func ahead[T any](list Fresh, p *pieces[T], n int, told *int) Fresh {
	var one T
	size := int(unsafe.Sizeof(one))
	step := hugePage / size
	if n == 0 || *told >= n+step/4 {
		return list
	}
	from := max(*told, n/step*step)
	*told = from + step
	p.room(from)
	piece := (*p)[from>>pieceBits][from%pieceLen:][:step]
	return append(list, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(piece))), hugePage))
}
