package flow

import "testing"

// Every word of a seed is its own: who sends packets cannot guess one of them.
func TestSeedsAreRandom(t *testing.T) {
	seen := map[uint64]bool{}
	for range 100 {
		for i, word := range newSeed() {
			if seen[word] {
				t.Fatalf("word %d is %#x for a second time", i, word)
			}
			seen[word] = true
		}
	}
}
