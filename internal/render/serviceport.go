package render

import (
	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
)

// ServicePort is the port that the header counts for, as far as this packet and those before it tell who is the client.
func (t *Transport) ServicePort() flow.PortKey {
	facts := annotate.RoleFacts{Proto: t.Proto, PortA: t.Src, PortB: t.Dst}
	switch t.Client {
	case "src":
		facts.SYNFrom = annotate.SideA
	case "dst":
		facts.SYNFrom = annotate.SideB
	}
	if _, side := annotate.ServicePort(facts); side == annotate.SideB {
		return flow.PortKey{Proto: t.Proto, Port: t.Dst}
	}
	return flow.PortKey{Proto: t.Proto, Port: t.Src}
}
