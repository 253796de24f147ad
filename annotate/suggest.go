package annotate

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/textutil"
)

// maxWord is the length in bytes of the longest word for which similar names are searched. Service
// names have at most 15 letters (RFC 6335 section 5.1).
const maxWord = 32

// A candidate is a service with the similarity of its name to the requested word.
type candidate struct {
	Match
	edits  int // textutil.Distance of the two
	common int // length of the common prefix in bytes
}

// suggest returns the services with the most similar names, one service per name. Names with the
// fewest edits come first; a name that begins with the whole word counts as close. Then come names
// with a longer common prefix, shorter names, and lower ports.
func suggest(word string, proto decode.Transport) []Match {
	word = strings.ToLower(word)
	if len(word) < 2 {
		return nil
	}
	best := map[string]candidate{}
	for m := range candidates(proto) {
		for _, name := range [...]string{m.Name, m.Alias} {
			c, ok := compare(word, strings.ToLower(name))
			key := cmp.Or(m.Name, m.Alias)
			old, have := best[key]
			if ok && (!have || c.edits < old.edits) {
				c.Match, c.Kind = m, Near
				best[key] = c
			}
		}
	}
	var out []Match
	for _, c := range ranked(best) {
		out = append(out, c.Match)
	}
	return out
}

// compare compares one name, which must begin with the word or differ by at most one edit per four
// letters.
func compare(word, name string) (c candidate, ok bool) {
	if name == "" || max(len(word), len(name)) > maxWord {
		return c, false
	}
	for c.common < min(len(word), len(name)) && word[c.common] == name[c.common] {
		c.common++
	}
	limit := 1 + (len(word)-1)/4
	switch whole := c.common == len(word); {
	case whole:
		c.edits = min(textutil.Distance(word, name), limit)
	case max(len(word)-len(name), len(name)-len(word)) > limit:
		// one edit changes the length by at most one
		return c, false
	default:
		c.edits = textutil.Distance(word, name)
	}
	return c, c.edits <= limit
}

func ranked(best map[string]candidate) []candidate {
	all := slices.Collect(maps.Values(best))
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.edits, b.edits), cmp.Compare(b.common, a.common),
			cmp.Compare(len(a.Name), len(b.Name)),
			cmp.Compare(a.Port, b.Port), cmp.Compare(a.Name, b.Name))
	})
	return all[:min(len(all), MaxNear)]
}
