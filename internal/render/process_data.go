package render

import (
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

// safeText is text from an untrusted source. Unprintable characters are escaped as JSONWriter does.
type safeText string

// MarshalJSON writes the text as a JSON string.
func (s safeText) MarshalJSON() ([]byte, error) {
	var j JSONWriter
	j.text("", string(s))
	return j.out, nil
}

type jsonEndProcess struct {
	PID        int                `json:"pid"`
	Name       safeText           `json:"name"`
	User       safeText           `json:"user"`
	More       int                `json:"more"`
	Earlier    int                `json:"earlier"`
	Confidence sockets.Confidence `json:"confidence"`
}

// endProcessRow returns nil if nothing is known.
func endProcessRow(p *analysis.EndProcess) *jsonEndProcess {
	if p.Owner == (sockets.Owner{}) {
		return nil
	}
	return &jsonEndProcess{p.PID, safeText(p.Name), safeText(p.User), p.More, p.Earlier,
		p.Confidence}
}

// jsonProcessSet are the processes at one end of a port's flows.
type jsonProcessSet struct {
	List []*jsonEndProcess `json:"list"`
	More int               `json:"more"`
	Gone int               `json:"gone"`
}

func processSetRow(s *analysis.ProcessSet) *jsonProcessSet {
	named := min(len(s.List), maxNamedInData)
	o := &jsonProcessSet{List: []*jsonEndProcess{}, More: len(s.List) - named, Gone: s.Gone}
	for i := range s.List[:named] {
		o.List = append(o.List, endProcessRow(&s.List[i]))
	}
	return o
}

// processes are those of the view's ports, nil if none were looked up.
func (v *PortView) processes() map[flow.PortKey]*analysis.PortProcesses {
	if v.Processes == nil {
		return nil
	}
	return v.Processes.ByPort(v.Side)
}

// setProcesses adds the processes at a port.
func (o *jsonPort) setProcesses(p *analysis.PortProcesses) {
	if p == nil {
		p = &analysis.PortProcesses{}
	}
	o.Processes, o.Peers = processSetRow(&p.Local), processSetRow(&p.Peer)
}

// portProcessesCells are the cells of CSV.
func portProcessesCells(p *analysis.PortProcesses) []string {
	if p == nil {
		return []string{"", ""}
	}
	return []string{processSetText(&p.Local, maxNamedInData),
		processSetText(&p.Peer, maxNamedInData)}
}

// owners writes the owners of both ends. If both run on this host, the receiver's has its own key.
func (j *JSONWriter) owners(e *analysis.EndOwners) {
	key := `,"process":{"end":`
	for _, end := range []struct {
		name  string
		owner *sockets.Owner
	}{{"src", &e.Src}, {"dst", &e.Dst}} {
		o := end.owner
		if *o == (sockets.Owner{}) {
			continue
		}
		j.text(key, end.name)
		j.number(`,"pid":`, int64(o.PID))
		j.text(`,"name":`, o.Name)
		j.text(`,"user":`, o.User)
		j.number(`,"more":`, int64(o.More))
		j.text(`,"confidence":`, string(o.Confidence))
		j.raw("}")
		key = `,"peer_process":{"end":`
	}
}
