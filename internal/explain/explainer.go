package explain

import (
	"fmt"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// An Account is the explanation of a packet, in parts, for views with their own layout.
type Account struct {
	Headers []Header
	Why     string // a sentence: why the packet has no ports of its own; "" if it has
	// where the header with the ports starts, or which frame has the ports; "" without ports
	Start string
	// ports of the requested transport header, then those that an ICMP error quotes
	Pairs []Pair
	Notes []string // further sentences
	Stop  string   // a sentence: where decoding ended early; "" if it did not
}

// A Pair is a transport header with the facts of both of its ports.
type Pair struct {
	*analysis.Transport
	Source, Destination PortFacts
}

// PortFacts holds what is known about one port. Range, name and role are independent of each other.
type PortFacts struct {
	Range   string // IANA's range with its bounds
	Name    string // registered name of the number, "" if there is none
	Service string // common name of the service at this end, "" if there is none
	Role    string // client, server or unknown
	Why     string // the evidence for the role
	Systems string // systems that use the port for clients, "" at a server's end
}

// A Header is one header of an Account.
type Header struct {
	decode.Layer
	Level  int // of the tunnel, from 1
	Check  decode.Check
	Fields []decode.Field
}

// An Explainer describes packets. Its zero value is ready for use.
type Explainer struct {
	speller
	headers []Header
	pairs   []Pair
}

// Explain explains a packet, and the ports of the header at index transport in s.Transport, or no
// ports if the index is negative. The wording is that of Text. Headers and pairs of the account are
// valid until the next call.
func (t *Explainer) Explain(s *Subject, transport int) Account {
	v := t.view(s, Options{Plain: true})
	a := Account{Headers: t.headers[:0], Pairs: t.pairs[:0]}
	for i := range v.headers {
		h := &v.headers[i]
		a.Headers = append(a.Headers, Header{h.Layer, h.level, h.check, h.fields})
	}
	t.headers = a.Headers
	if s.Packet.NoPorts != decode.HasPorts {
		a.Why = v.because()
	}
	if s.Packet.Stop.Err != nil {
		a.Stop = s.Packet.Stop.Error()
	}
	if transport >= 0 {
		a.Start = v.origin(&v.Transport[transport])
		a.Pairs = append(a.Pairs, v.pair(&v.Transport[transport]))
	}
	if p := s.Packet; p.NoPorts == decode.LaterFragment && p.Frag.Is && p.Frag.Offset > 0 {
		where := v.elsewhere()
		if transport >= 0 {
			where = where[1:] // Start contains it
		}
		a.Notes = append(a.Notes, where...)
	}
	if u := v.unreachable(); u != "" {
		a.Notes = append(a.Notes, u)
		for i := range v.Transport {
			if v.Transport[i].Quoted {
				a.Pairs = append(a.Pairs, v.pair(&v.Transport[i]))
			}
		}
	}
	t.pairs = a.Pairs
	return a
}

// Reason returns a sentence about why packets have no ports, by reason.
func Reason(r decode.Reason) string { return reasons[r] }

// origin returns where a transport header starts, or which frame has its ports.
func (v *view) origin(t *analysis.Transport) string {
	if t.InheritedFrom != 0 {
		return fmt.Sprintf("The ports are those of the datagram's first fragment, frame %d",
			t.InheritedFrom)
	}
	return fmt.Sprintf("The %s header starts at %s = @%d", protoName(t.Proto), v.start(t.Layer),
		v.headers[t.Layer].At)
}

func (v *view) pair(t *analysis.Transport) Pair {
	ends := v.ends(t)
	return Pair{t, ends[0].known(), ends[1].known()}
}

// known returns the facts about the port.
func (e *end) known() PortFacts {
	low, high := e.Range.Bounds()
	f := PortFacts{Range: fmt.Sprintf("%s, %d-%d", e.Range.Name(), low, high), Name: e.name,
		Service: e.shown, Role: e.role, Why: e.why, Systems: e.hands()}
	if e.shown != "" && e.alias != "" {
		f.Service = e.alias
	}
	return f
}
