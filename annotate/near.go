package annotate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// maxWord is the longest word that similar names are sought for; service names have at most 15 letters (RFC 6335 section 5.1).
const maxWord = 32

// A candidate is a service with the distance of its name from the word asked for.
type candidate struct {
	Service
	distance int
	prefix   bool // the name begins with the whole word
}

// near are the services whose names are most like a word, one a name: those with the fewest slips of the keyboard between
// them first, then those that begin with the word, then the shorter and the lower port.
func near(word string, proto decode.Proto) []Service {
	word = strings.ToLower(word)
	if len(word) < 2 || len(word) > maxWord {
		return nil
	}
	best := map[string]candidate{}
	for s := range Services() {
		for _, name := range [...]string{s.Name, s.Everyday} {
			c, ok := compare(word, strings.ToLower(name))
			old, have := best[s.Name]
			if ok && wanted(proto, s.Proto) && (!have || c.distance < old.distance) {
				c.Service = s
				best[s.Name] = c
			}
		}
	}
	return ranked(best)
}

// compare judges one name: within one slip for every three letters, or one that begins with the word.
func compare(word, name string) (candidate, bool) {
	slips := 1 + (len(word)-1)/4
	c := candidate{distance: slips, prefix: strings.HasPrefix(name, word)}
	if name == "" || len(name) > maxWord {
		return c, false
	}
	if d := distance(word, name); d < slips || d == slips && !c.prefix {
		c.distance = d
	}
	return c, c.prefix || distance(word, name) <= slips
}

func ranked(best map[string]candidate) []Service {
	var all []candidate
	for _, c := range best {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b candidate) int {
		prefix := 0
		if a.prefix != b.prefix {
			prefix = 1
			if a.prefix {
				prefix = -1
			}
		}
		return cmp.Or(cmp.Compare(a.distance, b.distance), prefix, cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Name, b.Name))
	})
	var out []Service
	for _, c := range all[:min(len(all), MaxNear)] {
		out = append(out, c.Service)
	}
	return out
}

// distance counts the slips between two words of at most maxWord bytes: a letter too many, too few or another, or two that changed places
// (the optimal string alignment distance).
func distance(a, b string) int {
	var before, above, row [maxWord + 1]int
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above = above, row
		row[0] = i
		for j := 1; j <= len(b); j++ {
			other := 1
			if a[i-1] == b[j-1] {
				other = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+other)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
