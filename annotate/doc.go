// Package annotate says what a port number means, each fact on its own: the range it lies in
// ([RangeOf]), the service IANA registered for it ([Registered]), the operating systems that hand
// it out to clients ([EphemeralIn]), and which end of a flow is the client, with the evidence for
// it ([Decide]).
//
// A registered name proves nothing about the bytes. Nothing stops a program from listening on a
// port that is registered for another service, and the port that a client was dealt may be
// registered for something the client has never heard of. So a name is always shown beside its
// number, never in place of it, and never at the client's end of a flow: [Decision.Service] names
// the end that has the service.
package annotate
