package page

import "github.com/portsniff/portsniff/flow"

// A kept packet is one that the page shows.
type kept struct {
	number  int64
	key     flow.Key // of the innermost header's flow
	ports   bool     // there is such a header
	notable bool
	index   int64 // among the notable ones or the others, from 0
	json    []byte
}

// A sample keeps packets, all of them while they are within its bounds. Then it thins them out evenly: of those that are not notable it keeps every
// second, then every fourth and so on, until there are no more of them than of the notable ones; then the same happens to those.
type sample struct {
	limit, memory int // packets, and bytes of their JSON

	list []kept
	size int
	seen [2]int64 // of the others, of the notable ones
	step [2]int64 // every which of them is kept
	have [2]int
}

func newSample(limit, memory int) *sample {
	return &sample{limit: limit, memory: memory, step: [2]int64{1, 1}}
}

func class(notable bool) int {
	if notable {
		return 1
	}
	return 0
}

// next counts a packet, and says whether it is to be added and as the how manieth of its class.
func (s *sample) next(notable bool) (index int64, wanted bool) {
	c := class(notable)
	index = s.seen[c]
	s.seen[c]++
	return index, index%s.step[c] == 0
}

// add adds a packet that next wanted.
func (s *sample) add(k kept) {
	s.list = append(s.list, k)
	s.size += len(k.json)
	s.have[class(k.notable)]++
	for len(s.list) > max(s.limit, 1) || s.size > s.memory && len(s.list) > 1 {
		s.thin()
	}
}

// thin doubles the step of the class that has more, and keeps what is on it.
func (s *sample) thin() {
	c := class(s.have[1] > s.have[0])
	s.step[c] *= 2
	rest := s.list[:0]
	s.size, s.have = 0, [2]int{}
	for _, k := range s.list {
		if class(k.notable) != c || k.index%s.step[c] == 0 {
			rest = append(rest, k)
			s.size += len(k.json)
			s.have[class(k.notable)]++
		}
	}
	clear(s.list[len(rest):])
	s.list = rest
}
