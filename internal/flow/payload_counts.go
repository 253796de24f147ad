package flow

import (
	"cmp"
	"slices"

	"github.com/portsniff/portsniff/annotate"
)

// A PayloadCount is the number of flows of a port that begin with a kind of payload.
type PayloadCount struct {
	annotate.Payload
	Flows uint64 // flows where either end, or both, sent it first
	Frame int64  // number of the first packet of the first of them
}

// payloadCounts maps a port to its kinds of payloads. A list has at most one element for each kind.
type payloadCounts map[PortKey][]PayloadCount

// add counts a flow for its port, only once if both ends sent the same kind.
func (s *payloadCounts) add(k PortKey, f *Flow) {
	a, b := f.Payloads[A], f.Payloads[B]
	if a != annotate.NoPayload {
		s.plus(k, PayloadCount{a, 1, f.FirstFrame})
	}
	if b != annotate.NoPayload && b != a {
		s.plus(k, PayloadCount{b, 1, f.FirstFrame})
	}
}

// plus adds flows of one kind.
func (s *payloadCounts) plus(k PortKey, more PayloadCount) {
	if *s == nil {
		*s = payloadCounts{}
	}
	list := (*s)[k]
	for i := range list {
		if x := &list[i]; x.Payload == more.Payload {
			x.Flows += more.Flows
			x.Frame = min(x.Frame, more.Frame)
			return
		}
	}
	(*s)[k] = append(list, more)
}

// merge adds other counts.
func (s *payloadCounts) merge(o payloadCounts) {
	for k, list := range o {
		for _, x := range list {
			s.plus(k, x)
		}
	}
}

// of returns the kinds of one port, most flows first.
func (s payloadCounts) of(k PortKey) []PayloadCount {
	list := s[k]
	slices.SortFunc(list, func(x, y PayloadCount) int {
		return cmp.Or(cmp.Compare(y.Flows, x.Flows), cmp.Compare(x.Payload, y.Payload))
	})
	return list
}
