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
	// where the header with the ports starts, or which frame the ports come from; "" without ports
	Start string
	// the ports of the given transport header, then those that an ICMP error quotes
	Pairs []Pair
	Notes []string // what else there is to say, a sentence each
	Stop  string   // a sentence where decoding ended early, else ""
}

// A Pair is a transport header with the facts of both of its ports.
type Pair struct {
	*analysis.Transport
	Source, Destination PortFacts
}

// PortFacts is what is known of one port, each fact on its own: a range, a name and a role say
// nothing of each other.
type PortFacts struct {
	Range   string // IANA's, with its bounds
	Name    string // registered for the number, "" for none
	Service string // what people call the service at this end, "" where the port means none
	Role    string // client, server or unknown
	Why     string // the evidence for the role
	Systems string // which systems give such a port to clients, "" at a server's end
}

// A Header is one header of an Account.
type Header struct {
	decode.Layer
	Level  int // of the tunnel, from 1
	Check  decode.Check
	Fields []decode.Field
}

// A Teller describes packets. Its zero value is ready for use.
type Teller struct {
	speller
	headers []Header
	pairs   []Pair
}

// Tell returns an account of a packet, and of the ports of the header with the given index in its
// Transport; of none where that is negative. The words are those of Text. Headers and pairs of the
// account are good until the next one.
func (t *Teller) Tell(s *Subject, transport int) Account {
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
			where = where[1:] // Start says it
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

// Reason returns a sentence: why packets of a kind have no ports.
func Reason(r decode.Reason) string { return reasons[r] }

// origin returns where a transport header starts, or which frame its ports come from.
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

// known has the facts of the port.
func (e *end) known() PortFacts {
	low, high := e.Range.Bounds()
	f := PortFacts{Range: fmt.Sprintf("%s, %d-%d", e.Range.Name(), low, high), Name: e.name,
		Service: e.shown, Role: e.role, Why: e.why, Systems: e.hands()}
	if e.shown != "" && e.alias != "" {
		f.Service = e.alias
	}
	return f
}
