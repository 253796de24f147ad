// Package textutil compares words, and measures, escapes, wraps and formats text.
package textutil

// MaxWord is the longest word that Distance compares, in bytes.
const MaxWord = 64

// Distance returns the number of edits that turn a into b: a byte inserted, deleted or replaced, or
// two neighbors swapped (the optimal string alignment distance). If a word is longer than MaxWord,
// it returns the length of the longer word.
func Distance(a, b string) int {
	if longer := max(len(a), len(b)); longer > MaxWord {
		return longer
	}
	var before, above, row [MaxWord + 1]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above = above, row
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
