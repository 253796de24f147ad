package analysis

import (
	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
)

// Roles are a flow's two ends by their role.
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
	facts := f.Roles(f.Proto, f.A.Port, f.B.Port)
	s, why := annotate.Decide(facts)
	a, b := annotate.Labels(facts)
	if s == flow.None {
		s = max(f.First, flow.A)
	}
	r := Roles{
		ClientEnd: f.Endpoint(s), ServerEnd: f.Endpoint(s.Other()),
		ClientService: a, ServerService: b, Evidence: why,
		Sent: f.From[s], Received: f.From[s.Other()],
		ClientPayload: f.Payloads[s],
		ServerPayload: f.Payloads[s.Other()],
	}
	if s == flow.B {
		r.ClientService, r.ServerService = b, a
	}
	return r
}
