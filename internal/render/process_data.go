package render

import (
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

// processObject writes a process as a JSON object.
func processObject(c *Cell, p *analysis.EndProcess) {
	c.raw(`{"pid":`)
	c.ID(int64(p.PID))
	c.raw(`,"name":`)
	c.Words(p.Name)
	c.raw(`,"user":`)
	c.Words(p.User)
	c.raw(`,"more":`)
	c.ID(int64(p.More))
	c.raw(`,"earlier":`)
	c.ID(int64(p.Earlier))
	c.raw(`,"confidence":`)
	c.Words(string(p.Confidence))
	c.raw("}")
}

// processSet writes the processes at one end of a port's flows.
func processSet(c *Cell, s *analysis.ProcessSet) {
	if !c.JSON() {
		c.Words(processSetText(s, maxNamedInData))
		return
	}
	named := min(len(s.List), maxNamedInData)
	c.raw(`{"list":[`)
	for i := range s.List[:named] {
		if i > 0 {
			c.raw(",")
		}
		processObject(c, &s.List[i])
	}
	c.raw(`],"more":`)
	c.ID(int64(len(s.List) - named))
	c.raw(`,"gone":`)
	c.ID(int64(s.Gone))
	c.raw("}")
}

// processColumns show the processes at a port, if they are looked up.
func (v *PortView) processColumns() []Column[flow.Port] {
	if v.Processes == nil {
		return nil
	}
	list, none := v.Processes.ByPort(v.Side), &analysis.PortProcesses{}
	of := func(p *flow.Port) *analysis.PortProcesses {
		if found := list[p.PortKey]; found != nil {
			return found
		}
		return none
	}
	text := textOnly(processHead, func(c *Cell, p *flow.Port) {
		c.Escaped(portProcessesText(of(p)))
	})
	text.Clip = 1
	return []Column[flow.Port]{text,
		dataOnly("processes", func(c *Cell, p *flow.Port) { processSet(c, &of(p).Local) }),
		dataOnly("peer_processes", func(c *Cell, p *flow.Port) { processSet(c, &of(p).Peer) })}
}

// owners writes the owners of both ends. If both run on this host, the receiver's has another key.
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
