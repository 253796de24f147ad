package render

import (
	"io"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/internal/flow"
)

// payloadHead names the column that says what first payloads look like.
const payloadHead = "payload"

// Cut leaves out all rows but the first ones, 0 for none. What they say against their port's
// assignment is reported all the same.
func (v *PortView) Cut(rows int) {
	if rows > 0 && rows < len(v.Ports) {
		v.Hidden, v.rest, v.Ports = len(v.Ports)-rows, v.Ports[rows:], v.Ports[:rows]
	}
}

// saysAny reports whether a payload of a row's flows was recognized.
func (v *PortView) saysAny() bool {
	return slices.ContainsFunc(v.Ports, func(p flow.Port) bool { return len(p.Payloads) > 0 })
}

// says is how many of a port's flows began with which payload, those that only look like it with a
// question mark.
func (v *PortView) says(p *flow.Port) string {
	kinds := make([]string, len(p.Payloads))
	for i, s := range p.Payloads {
		kind := s.Payload
		kinds[i] = v.atMost(s.Flows) + " " + kind.String()
		if !kind.Sure() {
			kinds[i] += "?"
		}
	}
	return strings.Join(kinds, " + ")
}

// aside is what the column of payloads has, for where there is no room for one.
func (v *PortView) aside() string {
	var items []string
	for i := range v.Ports {
		if p := &v.Ports[i]; len(p.Payloads) > 0 {
			items = append(items, portProto(p.PortKey)+" "+v.says(p))
		}
	}
	return listed("flows by their first payload: ", items)
}

// contradictions says where bytes say something else than the port's number means, in the rows that
// are left out, too.
func (v *PortView) contradictions(w io.Writer) error {
	var list []surprises
	for _, ports := range [...][]flow.Port{v.Ports, v.rest} {
		for _, p := range ports {
			for _, s := range p.Payloads {
				if x := (surprise{p.PortKey, s.Payload}); x.says.Contradicts(p.Proto, p.Port) {
					list = append(list, surprises{x, s.Flows, s.Frame})
				}
			}
		}
	}
	return tellSurprises(w, list, v.Evicted.Flows == 0)
}

// A jsonSaid is a kind of first payload of a port's flows.
type jsonSaid struct {
	Payload       string `json:"payload"`
	Flows         uint64 `json:"flows"`
	FirstFrame    int64  `json:"first_frame"`
	Sure          bool   `json:"sure"`
	Contradiction string `json:"contradiction,omitempty"`
}

// saidRows are the kinds of a port's payloads as data.
func saidRows(p *flow.Port) []jsonSaid {
	rows := make([]jsonSaid, len(p.Payloads))
	for i, s := range p.Payloads {
		kind := s.Payload
		rows[i] = jsonSaid{kind.String(), s.Flows, s.Frame, kind.Sure(), ""}
		if kind.Contradicts(p.Proto, p.Port) {
			rows[i].Contradiction = kind.Says()
		}
	}
	return rows
}

// saidCells are the columns of CSV: what payloads look like with the number of flows, and what of
// it contradicts the port's assignment.
func saidCells(rows []jsonSaid) []string {
	var kinds, against []string
	for _, r := range rows {
		kinds = append(kinds, number(r.Flows)+" "+r.Payload)
		if r.Contradiction != "" {
			against = append(against, r.Contradiction)
		}
	}
	return []string{strings.Join(kinds, "; "), strings.Join(against, "; ")}
}
