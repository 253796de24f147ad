package analysis

import (
	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
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
	facts := roleFacts(f.Proto, f.A.Port, f.B.Port, f.Facts)
	client, why := annotate.Decide(facts)
	a, b := annotate.Labels(facts)
	s := client
	if s == flow.None {
		s = max(f.First, flow.A)
	}
	r := Roles{
		ClientEnd: f.Endpoint(s), ServerEnd: f.Endpoint(s.Other()),
		ClientService: a, ServerService: b, Evidence: why,
		Sent: f.From[s], Received: f.From[s.Other()],
		ClientPayload: annotate.Payload(f.Says[s]),
		ServerPayload: annotate.Payload(f.Says[s.Other()]),
	}
	if s == flow.B {
		r.ClientService, r.ServerService = b, a
	}
	return r
}

// ServiceSide decides for a flow table which end's port the flow counts for.
func ServiceSide(k flow.Key, f flow.Facts) flow.Side {
	_, s := annotate.ServicePort(roleFacts(k.Proto, k.A.Port, k.B.Port, f))
	return max(s, flow.A)
}

// Recognise tells a flow table what a payload looks like.
func Recognise(proto decode.Proto, payload []byte) flow.Saying {
	return flow.Saying(annotate.Recognise(proto, payload))
}

// roleFacts converts what a flow showed.
func roleFacts(proto decode.Proto, a, b uint16, f flow.Facts) annotate.RoleFacts {
	return annotate.RoleFacts{Proto: proto, PortA: a, PortB: b,
		SYNFrom: f.Asked, SYNACKFrom: f.Answered, FirstFrom: f.First}
}
