package render

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

// flowEnds are the processes that have a flow's ends.
func (h *Holders) flowEnds(f *flow.Flow, r *Roles) (client, server *Holder) {
	a, b := h.ends(f.Key)
	if r.ClientEnd == f.A {
		return a, b
	}
	return b, a
}

// text is a holder in words, as ownerText, with how many there were before.
func (h *Holder) text() string {
	text := ownerText(&h.Owner)
	if text != "" && h.Earlier > 0 {
		text += ", " + grouped(uint64(h.Earlier)) + " earlier"
	}
	return text
}

// flowText tells in words who has a flow's ends, as far as they are this host's.
func (h *Holders) flowText(f *flow.Flow, r *Roles) string {
	client, server := h.flowEnds(f, r)
	var parts []string
	for _, end := range []struct {
		name   string
		holder *Holder
	}{{"client ", client}, {"server ", server}} {
		if text := end.holder.text(); text != "" {
			parts = append(parts, end.name+text)
		}
	}
	return strings.Join(parts, "; ")
}

// A PortSide says which ends of a flow have the port of a row in the table per port that the flow counts for.
type PortSide func(k flow.Key) (a, b bool)

// A holderSet are the different holders of the ends of flows.
type holderSet struct {
	list []Holder
	gone int // flows whose socket was gone before it could be read
}

// portHolders are who has the ends with a row's port, and the ends opposite.
type portHolders struct{ here, there holderSet }

// ports ties the flows that are remembered to the rows that they count for.
func (h *Holders) ports(side PortSide) map[flow.PortKey]*portHolders {
	rows := map[flow.PortKey]*portHolders{}
	add := func(k flow.Key, port uint16, here, there *Holder) {
		key := flow.PortKey{Proto: k.Proto, Port: port}
		if rows[key] == nil {
			rows[key] = &portHolders{}
		}
		rows[key].here.add(here)
		rows[key].there.add(there)
	}
	for k, e := range h.flows {
		a, b := side(k)
		if a {
			add(k, k.A.Port, &e.a, &e.b)
		}
		if b {
			add(k, k.B.Port, &e.b, &e.a)
		}
	}
	for _, r := range rows {
		r.here.merge()
		r.there.merge()
	}
	return rows
}

func (s *holderSet) add(h *Holder) {
	switch {
	case h.Confidence == sockets.Gone:
		s.gone++
	case h.Owner != sockets.Owner{}:
		s.list = append(s.list, *h)
	}
}

// merge leaves one of each process, with the best that is known of it, in the order of the PIDs.
func (s *holderSet) merge() {
	type who struct {
		pid  int
		user string
	}
	best := map[who]Holder{}
	for _, h := range s.list {
		k := who{h.PID, h.User}
		if old, ok := best[k]; !ok || says(h.Owner) > says(old.Owner) || says(h.Owner) == says(old.Owner) && h.More > old.More {
			best[k] = h
		}
	}
	s.list = slices.SortedFunc(maps.Values(best), func(x, y Holder) int { return cmp.Or(cmp.Compare(x.PID, y.PID), strings.Compare(x.User, y.User)) })
}

// How many processes of a port are named.
const (
	namedInTable = 2
	namedInData  = 32
)

// text names so many processes, and says how many more there are.
func (s *holderSet) text(most int) string {
	var parts []string
	named := min(len(s.list), most)
	for i := range s.list[:named] {
		parts = append(parts, ownerText(&s.list[i].Owner))
	}
	if more := len(s.list) - named; more > 0 {
		parts = append(parts, grouped(uint64(more))+" more")
	}
	if s.gone > 0 {
		parts = append(parts, grouped(uint64(s.gone))+" gone")
	}
	return strings.Join(parts, ", ")
}

// text tells who has the row's port, then who is opposite.
func (p *portHolders) text() string {
	if p == nil {
		return ""
	}
	here, there := p.here.text(namedInTable), p.there.text(namedInTable)
	switch {
	case there == "":
		return here
	case here == "":
		return "peer " + there
	}
	return here + "; peer " + there
}

// leftText tells of flows whose processes were not looked for.
func (h *Holders) leftText() string {
	if h == nil || h.Left == 0 {
		return ""
	}
	return "processes were not looked for, for want of room: " + count(h.Left, "flow") + "\n"
}
