package page

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

// foundRows is the greatest number of flows that a search returns.
const foundRows = 500

// FoundFlows are the flows that a search finds.
type FoundFlows struct {
	Found int               `json:"found"` // number of flows with all words
	Of    int               `json:"of"`    // number of flows that were searched
	Rows  []json.RawMessage `json:"rows"`  // those with the most packets
}

// searchFlows finds the flows that contain every word of a text, until the context ends. The words
// may be parts of addresses, ports, names of services, protocols, states, evidence and processes,
// in any case. It keeps few flows, whatever the size of the table.
func searchFlows(ctx context.Context, t *flow.Table, owners *analysis.ProcessTable,
	text string) (*FoundFlows, error) {
	var words [][]byte
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		words = append(words, []byte(word))
	}
	out := &FoundFlows{Rows: []json.RawMessage{}}
	list := []flow.Flow{}
	most := func(x, y flow.Flow) int {
		return cmp.Or(cmp.Compare(y.Total().Packets, x.Total().Packets),
			cmp.Compare(x.Number, y.Number))
	}
	var line []byte
	for f := range t.Flows() {
		if out.Of++; out.Of%lookEvery == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		line = appendWords(line[:0], &f, owners)
		if slices.ContainsFunc(words, func(w []byte) bool { return !bytes.Contains(line, w) }) {
			continue
		}
		out.Found++
		if list = append(list, f); len(list) == 2*foundRows {
			slices.SortFunc(list, most)
			list = list[:foundRows]
		}
	}
	slices.SortFunc(list, most)
	var err error
	out.Rows, err = rowsOf(&render.FlowView{Table: t, TCP: true, Processes: owners,
		List: list[:min(len(list), foundRows)]})
	return out, err
}

// appendWords appends the text of a flow that words are searched in, in lower case.
func appendWords(out []byte, f *flow.Flow, owners *analysis.ProcessTable) []byte {
	r := analysis.RolesOf(f)
	out = append(append(out, f.Proto.String()...), ' ')
	out = appendEnd(out, &r.ClientEnd, r.ClientService)
	out = appendEnd(out, &r.ServerEnd, r.ServerService)
	out = append(append(append(append(out, f.State()...), ' '), r.Evidence...), ' ')
	if owners == nil {
		return out
	}
	start := len(out)
	client, server := owners.RoleEnds(f, &r)
	for _, p := range []*analysis.EndProcess{&client, &server} {
		if p.Known() {
			out = append(append(out, textutil.Escape(p.Name)...), " ("...)
			out = append(strconv.AppendInt(out, int64(p.PID), 10), ") "...)
		}
	}
	return append(out[:start], bytes.ToLower(out[start:])...)
}

func appendEnd(out []byte, e *flow.Endpoint, service string) []byte {
	if e.Addr != (netip.Addr{}) {
		out = e.Addr.AppendTo(out)
	}
	out = strconv.AppendUint(append(out, ' '), uint64(e.Port), 10)
	if service != "" {
		out = append(out, '/')
		for _, c := range []byte(service) { // IANA's names are in ASCII, some with capital letters
			out = append(out, byte(unicode.ToLower(rune(c))))
		}
	}
	return append(out, ' ')
}

// Flows searches all flows of the capture. Add must not be called after it.
func (b *Builder) Flows(ctx context.Context, text string) (*FoundFlows, error) {
	return searchFlows(ctx, b.flows, b.opt.Processes, text)
}

// Flows is like Builder.Flows for a running capture. The flow table must not change meanwhile.
func (l *Live) Flows(ctx context.Context, text string) (*FoundFlows, error) {
	return searchFlows(ctx, l.b.flows, l.b.opt.Processes, text)
}
