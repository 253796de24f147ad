package render

import (
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

// printed is text of a stranger's choice: what does not print of it is escaped as in a packet's object.
type printed string

// MarshalJSON writes the text as a JSON string.
func (p printed) MarshalJSON() ([]byte, error) {
	var j JSONWriter
	j.text("", string(p))
	return j.out, nil
}

type jsonHolder struct {
	PID        int                `json:"pid"`
	Name       printed            `json:"name"`
	User       printed            `json:"user"`
	More       int                `json:"more"`
	Earlier    int                `json:"earlier"`
	Confidence sockets.Confidence `json:"confidence"`
}

// holderRow is a holder as data, nil where nothing is known.
func holderRow(h *Holder) *jsonHolder {
	if h.Owner == (sockets.Owner{}) {
		return nil
	}
	return &jsonHolder{h.PID, printed(h.Name), printed(h.User), h.More, h.Earlier, h.Confidence}
}

// jsonHolders are the processes at one end of a port's flows.
type jsonHolders struct {
	List []*jsonHolder `json:"list"`
	More int           `json:"more"`
	Gone int           `json:"gone"`
}

func (s *holderSet) data() *jsonHolders {
	named := min(len(s.list), namedInData)
	o := &jsonHolders{List: []*jsonHolder{}, More: len(s.list) - named, Gone: s.gone}
	for i := range s.list[:named] {
		o.List = append(o.List, holderRow(&s.list[i]))
	}
	return o
}

// holders are those of the view's rows, nil where no processes were looked for.
func (v *PortView) holders() map[flow.PortKey]*portHolders {
	if v.Holders == nil {
		return nil
	}
	return v.Holders.ports(v.Side)
}

// own adds who has a port.
func (o *jsonPort) own(p *portHolders) {
	if p == nil {
		p = &portHolders{}
	}
	o.Processes, o.Peers = p.here.data(), p.there.data()
}

// cells are the columns of CSV.
func (p *portHolders) cells() []string {
	if p == nil {
		return []string{"", ""}
	}
	return []string{p.here.text(namedInData), p.there.text(namedInData)}
}
