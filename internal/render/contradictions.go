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

// A surprise is a port, and a payload that contradicts the port's assignment.
type surprise struct {
	flow.PortKey
	says annotate.Payload
}

// verdicts caches which payloads contradict each port's assignment: there are many flows and few
// ports.
type verdicts [decode.ProtoDCCP + 1]*[1 << 16]annotate.Payloads

func (v *verdicts) contradict(k flow.PortKey, says annotate.Payload) bool {
	ports := &v[int(k.Proto)%len(v)]
	if *ports == nil {
		*ports = new([1 << 16]annotate.Payloads)
	}
	set := &(*ports)[k.Port]
	if *set == 0 {
		// NoPayload contradicts nothing; its bit marks the entry as cached
		*set = annotate.Contradicting(k.Proto, k.Port).With(annotate.NoPayload)
	}
	return says != annotate.NoPayload && set.Has(says)
}

// of returns the port that a flow counts for, and the payload that contradicts its assignment. The
// payload is NoPayload if there is no contradiction.
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

// contradictions writes the ports whose payloads contradict their assignment.
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

// surprises counts the flows with the same surprise and holds the frame of the first one.
type surprises struct {
	surprise
	flows uint64
	frame int64
}

// writeContradictions writes the list in the order of its frames. exact means that no flow was
// evicted. An evicted flow may continue and count again, so the counts are then upper limits.
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
