package flow

import (
	"cmp"
	"slices"
)

// A Said is a kind of first payload, and how many of a port's flows have it.
type Said struct {
	Saying
	Flows uint64 // those of which either end, or both, sent it first
	Frame int64  // number of the first packet of the first of them
}

// said are the kinds by port. A port has at most as many of them as Options.Recognise gives out numbers, however many flows there are.
type said map[PortKey][]Said

// add adds what a flow that counts for a port has, once where both ends say the same.
func (s *said) add(k PortKey, n *note) {
	a, b := n.says(A), n.says(B)
	if a != 0 {
		s.plus(k, Said{a, 1, n.frame()})
	}
	if b != 0 && b != a {
		s.plus(k, Said{b, 1, n.frame()})
	}
}

// plus adds more flows to a kind.
func (s *said) plus(k PortKey, more Said) {
	if *s == nil {
		*s = said{}
	}
	list := (*s)[k]
	for i := range list {
		if x := &list[i]; x.Saying == more.Saying {
			x.Flows += more.Flows
			x.Frame = min(x.Frame, more.Frame)
			return
		}
	}
	(*s)[k] = append(list, more)
}

// merge adds what another one has.
func (s *said) merge(o said) {
	for k, list := range o {
		for _, x := range list {
			s.plus(k, x)
		}
	}
}

// of are the kinds of one port, the one with most flows first.
func (s said) of(k PortKey) []Said {
	list := s[k]
	slices.SortFunc(list, func(x, y Said) int { return cmp.Or(cmp.Compare(y.Flows, x.Flows), cmp.Compare(x.Saying, y.Saying)) })
	return list
}
