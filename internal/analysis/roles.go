package analysis

import (
	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
)

// Roles describes a flow's two ends by role.
type Roles struct {
	ClientEnd, ServerEnd         flow.Endpoint
	ClientService, ServerService string // the name of a service at that end, or ""
	Evidence                     annotate.Evidence
	Sent, Received               flow.Count // by the client
	ClientPayload, ServerPayload annotate.Payload
}

// RolesOf decides which end of a flow is the client. Without any evidence the end that sent first
// counts as the client, and Evidence is empty.
func RolesOf(f *flow.Flow) Roles {
	d := annotate.Decide(f.Roles(f.Proto, f.A.Port, f.B.Port))
	s := d.Client()
	if s == flow.None {
		s = max(f.First, flow.A)
	}
	return Roles{
		ClientEnd: f.Endpoint(s), ServerEnd: f.Endpoint(s.Other()),
		ClientService: d.Service(s), ServerService: d.Service(s.Other()),
		Evidence: d.Evidence(),
		Sent:     f.From[s], Received: f.From[s.Other()],
		ClientPayload: f.Payloads[s],
		ServerPayload: f.Payloads[s.Other()],
	}
}
