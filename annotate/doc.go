// Package annotate returns the facts about a port number separately. They are its range
// ([RangeOf]), the service that IANA registered for it ([Registered]), and the operating systems
// that use it for clients ([EphemeralIn]). [Decide] returns the client's end of a flow, with the
// evidence.
//
// A registered name proves nothing about the bytes. A program can listen on a port that is
// registered for another service. A client's ephemeral port may be registered for a service that
// the client does not use. So show a name next to its number, never in place of it, and never at
// the client's end of a flow. [Decision.Service] returns the service of the end that has one.
package annotate
