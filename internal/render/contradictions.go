package render

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// A surprise is a port and what flows say that count for it.
type surprise struct {
	flow.PortKey
	says annotate.Payload
}

// verdicts remembers what contradicts the assignment of each port that was asked of: there are many
// flows, and few ports.
type verdicts [decode.ProtoDCCP + 1]*[1 << 16]annotate.Payloads

func (v *verdicts) contradict(k flow.PortKey, says annotate.Payload) bool {
	ports := &v[int(k.Proto)%len(v)]
	if *ports == nil {
		*ports = new([1 << 16]annotate.Payloads)
	}
	set := &(*ports)[k.Port]
	if *set == 0 {
		// which contradicts nothing, and here means being known
		*set = annotate.Contradicting(k.Proto, k.Port).With(annotate.NoPayload)
	}
	return says != annotate.NoPayload && set.Has(says)
}

// of is what a flow's bytes say against the assignment of the port that it counts for, NoPayload if
// they do not.
func (v *verdicts) of(f *flow.Flow) surprise {
	if f.Payloads == [3]annotate.Payload{} {
		return surprise{}
	}
	s := surprise{PortKey: f.ServicePort()}
	for _, side := range [...]flow.Side{flow.A, flow.B} {
		if v.contradict(s.PortKey, f.Payloads[side]) {
			s.says = f.Payloads[side]
			break
		}
	}
	return s
}

// contradictions returns the ports whose bytes contradict their assignment.
func (v *FlowView) contradictions(w io.Writer, style Style) error {
	found := map[surprise]surprises{}
	for f := range v.Recognized(v.known.contradict) {
		s := v.known.of(&f)
		if s.says == annotate.NoPayload {
			continue
		}
		x, ok := found[s]
		if !ok {
			x = surprises{s, 0, f.FirstFrame}
		}
		found[s] = surprises{s, x.flows + 1, min(x.frame, f.FirstFrame)}
	}
	return writeContradictions(w, style, slices.Collect(maps.Values(found)), true)
}

// surprises are the flows with the same one, and the first packet of the first of them.
type surprises struct {
	surprise
	flows uint64
	frame int64
}

// writeContradictions writes them in the order of their frames. exact means that no flow
// was evicted, which might have gone on: else the numbers of flows are upper limits.
func writeContradictions(w io.Writer, style Style, list []surprises, exact bool) error {
	slices.SortFunc(list, func(x, y surprises) int {
		return cmp.Or(cmp.Compare(x.frame, y.frame), cmp.Compare(x.Proto, y.Proto),
			cmp.Compare(x.Port, y.Port), cmp.Compare(x.says, y.says))
	})
	atMost := "at most "
	if exact {
		atMost = ""
	}
	for _, s := range list {
		text := fmt.Sprintf(
			"%s is assigned to %s; the bytes say %s (%s%s, the first one from frame %d)",
			portProto(s.PortKey), annotate.Registered(s.Proto, s.Port).Name, s.says.Says(), atMost,
			style.count(s.flows, "flow"), s.frame)
		if _, err := io.WriteString(w, style.wrap(text)); err != nil {
			return err
		}
	}
	return nil
}
