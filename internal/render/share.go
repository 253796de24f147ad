package render

import (
	"encoding/json"
	"strconv"
	"strings"
)

// An amount is the quantity that shares and bars of rows show.
type amount[R any] struct {
	of    string // packets, bytes or flows
	total uint64 // sum of all rows, and of what is in no row
	get   func(*R) uint64
}

// shares makes a column of each row's share.
func shares[R any](a amount[R]) Column[R] {
	return Column[R]{Key: "share", Head: "of " + a.of, Right: true, Value: func(c *Cell, r *R) {
		n := a.get(r)
		part := 0.0
		if a.total > 0 {
			part = float64(n) / float64(a.total)
		}
		switch c.format {
		case FormatText:
			c.raw(percent(n, a.total))
		case FormatJSON:
			text, _ := json.Marshal(part) // cannot fail: the number is finite
			c.raw(string(text))
		default:
			c.out = strconv.AppendFloat(c.out, part, 'f', 6, 64)
		}
	}}
}

// shareWidth is the width of the widest bar, in columns.
const shareWidth = 10

// bars draws each row's amount, on a scale up to the largest row's.
func bars[R any](style Style, a amount[R], list []R) func(int) (string, func(*R) string) {
	largest := uint64(0)
	for i := range list {
		largest = max(largest, a.get(&list[i]))
	}
	return func(width int) (string, func(*R) string) {
		return "", func(r *R) string { return bar(a.get(r), largest, width, style.Blocks) }
	}
}

// bar draws a part of a whole. A part above zero has at least one mark. Block elements show eighths
// of a column.
func bar(n, of uint64, width int, blocks bool) string {
	if n == 0 || of == 0 {
		return ""
	}
	part := min(float64(n)/float64(of), 1)
	if !blocks {
		return strings.Repeat("#", max(1, int(part*float64(width)+0.5)))
	}
	eighths := max(1, int(part*float64(8*width)+0.5))
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return text
}
