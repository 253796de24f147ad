package page

import (
	"encoding/json"
	"sort"
)

// logBlock is the size of a log's blocks in bytes, unless a single element is larger.
const logBlock = 256 << 10

// A jsonLog is a list of JSON values that grows at its end and drops its oldest elements. Returned
// bytes never change, so that several browsers can share them. A browser that stops reading retains
// only the bytes of its last update.
type jsonLog struct {
	blocks []*jsonBlock
	base   int64 // number of the first kept element, counted from the first ever
	next   int64 // number of the element after the last one
	size   int   // bytes of all blocks
}

// A jsonBlock is a part of a log. Its text is never moved.
type jsonBlock struct {
	first int64  // number of its first element
	text  []byte // elements, each after a comma
	ends  []int  // end of each element in text
}

// add appends an element, which may consist of two parts.
func (l *jsonLog) add(text []byte, rest string) {
	need := 1 + len(text) + len(rest)
	n := len(l.blocks) - 1
	if n < 0 || cap(l.blocks[n].text)-len(l.blocks[n].text) < need {
		text := make([]byte, 0, max(logBlock, need))
		l.blocks = append(l.blocks, &jsonBlock{first: l.next, text: text})
		n++
		l.size += cap(l.blocks[n].text)
	}
	b := l.blocks[n]
	b.text = append(append(append(b.text, ','), text...), rest...)
	b.ends = append(b.ends, len(b.text))
	l.next++
}

// trim drops the oldest elements until both limits hold. It keeps the last block.
func (l *jsonLog) trim(elements int64, bytes int) {
	l.base = max(l.base, l.next-elements)
	for len(l.blocks) > 1 && (l.size > bytes || l.blocks[1].first <= l.base) {
		l.size -= cap(l.blocks[0].text)
		l.blocks[0] = nil
		l.blocks = l.blocks[1:]
		l.base = max(l.base, l.blocks[0].first)
	}
}

// since returns the elements with numbers in [from, to) as consecutive pieces, and the number of
// the next element. It skips elements that were dropped. It stops after the given number of bytes,
// but returns at least one block.
func (l *jsonLog) since(from, to int64, bytes int) (pieces [][]byte, next int64) {
	from = max(from, l.base)
	i := sort.Search(len(l.blocks), func(i int) bool { return l.blocks[i].first > from }) - 1
	for ; from < to && bytes > 0; i++ {
		b := l.blocks[i]
		begin, end := 0, b.ends[min(to-b.first, int64(len(b.ends)))-1]
		if n := from - b.first; n > 0 {
			begin = b.ends[n-1]
		}
		piece := b.text[begin:end:end]
		if len(pieces) == 0 {
			piece = piece[1:] // without the first comma
		}
		pieces, bytes = append(pieces, piece), bytes-len(piece)
		from = min(to, b.first+int64(len(b.ends)))
	}
	return pieces, from
}

// logOf returns a function that adds a list's new elements to a log. The list only grows.
func logOf[T any](list []T) func(*jsonLog) error {
	return func(l *jsonLog) error {
		for _, v := range list[l.next:] {
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			l.add(text, "")
		}
		return nil
	}
}
