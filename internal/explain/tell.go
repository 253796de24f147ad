package explain

import (
	"fmt"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// An Account is what is given a packet, in parts, for views that lay them out themselves.
type Account struct {
	Headers []Header
	Why     string // a sentence why the packet has no ports of its own, "" where it has
	// what is known of the ports of the transport header that was asked for, and of quoted ones, a
	// sentence each
	Roles []string
	Stop  string // a sentence where decoding ended early, else ""
}

// A Header is one header of an Account.
type Header struct {
	decode.Layer
	Level  int // of the tunnel, from 1
	Check  decode.Check
	Fields []decode.Field
}

// A Teller gives accounts of packets. Its zero value is ready for use.
type Teller struct {
	speller
	told []Header
}

// Tell gives an account of a packet, and of the ports of the header with the given index in its
// Transport; of none where that is negative. The words are those of Text. The headers of the
// account are good until the next one.
func (t *Teller) Tell(s *Subject, transport int) Account {
	v := t.view(s, Options{Plain: true})
	a := Account{Headers: t.told[:0]}
	for i := range v.headers {
		h := &v.headers[i]
		a.Headers = append(a.Headers, Header{h.Layer, h.level, h.check, h.fields})
	}
	t.told = a.Headers
	if s.Packet.NoPorts != decode.HasPorts {
		a.Why = v.because()
	}
	if s.Packet.Stop.Err != nil {
		a.Stop = s.Packet.Stop.Error()
	}
	if transport >= 0 {
		a.Roles = v.roles(&v.Transport[transport])
	}
	if p := s.Packet; p.NoPorts == decode.LaterFragment && p.Frag.Is && p.Frag.Offset > 0 {
		where := v.elsewhere()
		if transport >= 0 {
			where = where[1:] // the roles begin with it
		}
		a.Roles = append(a.Roles, where...)
	}
	if u := v.unreachable(); u != "" {
		a.Roles = append(a.Roles, u)
		a.Roles = append(a.Roles, v.quoted()...)
	}
	if len(v.Transport) > 0 {
		a.Roles = append(a.Roles,
			"The process that owns a port is not in the capture: no field of any header names "+
				"the program")
	}
	return a
}

// Reason says in a sentence why packets of a kind have no ports.
func Reason(r decode.Reason) string { return reasons[r] }

// roles are the facts of both ports, each after the port that it is about.
func (v *view) roles(t *analysis.Transport) (out []string) {
	if t.InheritedFrom == 0 {
		out = append(out, fmt.Sprintf("The %s header starts at %s = @%d", protoName(t.Proto),
			v.start(t.Layer), v.headers[t.Layer].At))
	} else {
		out = append(out, fmt.Sprintf(
			"The ports are those of the datagram's first fragment, frame %d", t.InheritedFrom))
	}
	return append(out, v.told(t, "")...)
}

// quoted are the facts of the ports that an ICMP error quotes.
func (v *view) quoted() (out []string) {
	for i := range v.Transport {
		if t := &v.Transport[i]; t.Quoted {
			out = append(out, v.told(t, "Quoted, ")...)
		}
	}
	return out
}

// reported are the facts of both ports, in sentences that begin as is said.
func (v *view) told(t *analysis.Transport, before string) (out []string) {
	for _, e := range v.ends(t) {
		for _, f := range e.facts(t) {
			if f[0] == "process" {
				continue // the same for every port: said once below
			}
			out = append(out, fmt.Sprintf("%s%s port %d, %s: %s", before, e.word, e.port, f[0],
				f[1]))
		}
	}
	return out
}
