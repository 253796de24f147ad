package hexdump

import (
	"cmp"
	"slices"
	"strings"
)

// A part is a range of characters of a line and their meaning. The parts of a reading cover the
// text.
type part struct {
	line       int // from 0
	start, end int // bytes of the line
	kind       kind
}

type kind uint8

const (
	partOffset kind = iota
	partDigits      // bytes
	partText        // characters after the bytes
	partMark        // punctuation, names and sizes in code
	partPrefix      // text of a mail, a log or a comment before a row
	partProse       // a line that is not a row
)

// unexplained finds the first character, other than space, that no part covers.
func unexplained(lines []string, parts []part) (line int, text string, found bool) {
	slices.SortStableFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.start, b.start))
	})
	next := 0
	for n, l := range lines {
		at := 0
		for ; next < len(parts) && parts[next].line == n; next++ {
			p := parts[next]
			if p.start > at && strings.TrimSpace(l[at:p.start]) != "" {
				return n + 1, strings.TrimSpace(l[at:p.start]), true
			}
			at = max(at, p.end)
		}
		if strings.TrimSpace(l[at:]) != "" {
			return n + 1, strings.TrimSpace(l[at:]), true
		}
	}
	return 0, "", false
}
