package hexdump

import (
	"slices"
	"strings"
)

// words describes the words of a packet whose byte order its text does not prove: od --endian=big
// writes like plain od, and xxd -e -g2 like plain xxd if no character tells them apart.
type words struct {
	size  int    // bytes of a word, 0 if the order is certain
	name  string // the beginning of Block.Form
	other string // the same for the other order
}

// longestWord is the greatest size of a word in bytes.
const longestWord = 8

// words returns the uncertain words of a block.
func (d *dump) words(b *block) words {
	if b.cellSize < 2 || b.cellSize > longestWord || b.proven || len(b.data)%b.cellSize != 0 {
		return words{}
	}
	g := *d.grammar
	switch {
	case g.cells.little:
		g.name = g.bigName()
	case b.cellSize == 2 && b.column && d.mark.open == "": // as xxd does
		g.name = "a dump of little-endian words with %s offsets"
	default:
		return words{}
	}
	return words{b.cellSize, d.form(d.base), g.form(d.base)}
}

// swapped returns bytes with those of each word reversed. The last word may be incomplete.
func swapped(data []byte, size int) []byte {
	out := slices.Clone(data)
	for word := range slices.Chunk(out, size) {
		slices.Reverse(word)
	}
	return out
}

// ByContent decides the byte order of words where the text does not prove it. begins reports
// whether bytes begin like a packet. The usual order is little-endian for od and hexdump, and
// big-endian for others. It stays unless a packet begins so only in the other one. A block that
// begins like a packet in neither follows the other blocks. Form states the decision.
func ByContent(blocks []Block, begins func(data []byte) bool) {
	const usual, other, neither = 1, 2, 4
	seen := 0
	orders := make([]int, len(blocks))
	for i, b := range blocks {
		switch n := b.words.size; {
		case n == 0:
			continue
		case begins(b.Data):
			orders[i] = usual
		case begins(swapped(b.Data, n)):
			orders[i] = other
		default:
			orders[i] = neither
		}
		seen |= orders[i]
	}
	for i := range blocks {
		b, order := &blocks[i], orders[i]
		if order == other || order == neither && seen&(usual|other) == other {
			b.Data = swapped(b.Data, b.words.size)
			b.Form = b.words.other + strings.TrimPrefix(b.Form, b.words.name)
		}
		switch order {
		case other:
			b.Form += ", because a packet begins in this order only"
		case neither:
			b.Form += "; to be sure of the byte order, dump single bytes"
		}
	}
}
