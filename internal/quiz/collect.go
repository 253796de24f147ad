package quiz

import (
	"math/rand/v2"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// Limits of what is kept of a capture.
const (
	poolSize = 24       // packets to choose from for each kind of question
	maxFrame = 16 << 10 // greatest size of a packet in questions, in bytes
	maxTalks = 100_000  // greatest number of conversations; later ones are not used in questions
	// in a capture of more than moreThan packets, learners count only in the first 20 to 39
	fewFrames = 20
	moreThan  = 2 * fewFrames
	// streams of random numbers: one chooses packets, the other questions
	poolSeed = 0x706f7274
	quizSeed = 0x7175697a
)

// A Collector reads a capture, packet by packet, and collects packets for questions. It keeps a
// uniform random sample for each kind of question, which depends only on the seed and the packets.
type Collector struct {
	seed   uint64
	source string // flags that select the capture, for hints
	pools  map[Kind]*pool
	talks  map[flow.Key]*talk
	order  []*talk // in the order of their first packets
	full   bool    // there were more conversations than maxTalks
	frames int64
	errors bool // an ICMP error with a quoted port was seen
}

// NewCollector returns a Collector. source selects the capture on a command line: "-r http.pcap".
func NewCollector(seed uint64, source string) *Collector {
	return &Collector{seed: seed, source: source, pools: make(map[Kind]*pool),
		talks: make(map[flow.Key]*talk)}
}

// A subject is a packet that is kept for questions.
type subject struct {
	*analysis.Frame
	header int   // index in Transport of the header that the question is about
	reply  int64 // number of the next packet in the other direction; 0 if there is none
}

// transport returns the header of the question.
func (s *subject) transport() *analysis.Transport { return &s.Transport[s.header] }

// A pool is a uniform random sample of the subjects that were offered (Vitter's algorithm R).
type pool struct {
	rng  *rand.Rand
	seen int
	kept []*subject
}

func (p *pool) offer(s func() *subject) {
	p.seen++
	if len(p.kept) < poolSize {
		p.kept = append(p.kept, s())
	} else if i := p.rng.IntN(p.seen); i < poolSize {
		p.kept[i] = s()
	}
}

// withPorts is the pool of packets with ports of their own. Questions show them next to packets
// without ports.
const withPorts Kind = "with-ports"

func (c *Collector) pool(k Kind) *pool {
	p := c.pools[k]
	if p == nil {
		stream := uint64(poolSeed)
		for _, b := range []byte(k) {
			stream = stream*131 + uint64(b)
		}
		p = &pool{rng: rand.New(rand.NewPCG(c.seed, stream))}
		c.pools[k] = p
	}
	return p
}

// A talk is a conversation: the packets of one transport protocol between two endpoints, in both
// directions.
type talk struct {
	flow.Key
	first       int64 // number of its first packet
	asked       int64 // number of the packet that opened it, 0 if that was not captured
	askedBy     flow.Side
	answeredBy  flow.Side
	firstBy     flow.Side
	contradicts bool // both ends opened it
	flow        uint64
	again       int64 // first packet of another flow between the same endpoints, 0 if there is none
}

// Add processes the next packet of the capture.
func (c *Collector) Add(f *analysis.Frame) {
	c.frames++
	if p := c.pools[Reply]; p != nil {
		for _, s := range p.kept {
			s.answeredBy(f)
		}
	}
	var kept *analysis.Frame
	keep := func(i int) func() *subject {
		return func() *subject {
			if kept == nil {
				kept = f.Clone()
			}
			return &subject{Frame: kept, header: i}
		}
	}
	small := len(f.Packet.Data) <= maxFrame
	for i := range f.Transport {
		t := &f.Transport[i]
		if t.Quoted {
			c.errors = true
			continue
		}
		c.talk(f, t)
		if t.InheritedFrom == 0 && small {
			c.header(f, i, keep(i))
		}
	}
	if small {
		c.packet(f, keep(0))
	}
}

// header offers a transport header to the questions about ports.
func (c *Collector) header(f *analysis.Frame, i int, s func() *subject) {
	for _, k := range []Kind{PortBytes, PortValue, RangeRole, Moved} {
		c.pool(k).offer(s)
	}
	if f.Packet.Handshake(f.Transport[i].TransportHeader) == decode.OpensAsk {
		c.pool(Client).offer(s) // the packet that the question needs
	}
	// A multicast group sends no packets, and port 0 receives no reply.
	if t := &f.Transport[i]; t.Src != 0 && t.Dst != 0 && t.DstAddr.IsValid() &&
		!t.DstAddr.IsMulticast() && t.DstAddr != broadcast {
		c.pool(Reply).offer(s)
	}
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// packet offers a whole packet to the questions about packets.
func (c *Collector) packet(f *analysis.Frame, s func() *subject) {
	p := f.Packet
	switch p.NoPorts {
	case decode.HasPorts:
		c.pool(withPorts).offer(s)
	case decode.Malformed, decode.UnsupportedLink:
		// these are not certain from the bytes alone
	default:
		c.pool(NoPorts).offer(s)
	}
	if p.NetLayer() >= 0 && !p.Layers[p.NetLayer()].Quoted {
		c.pool(NextHeader).offer(s)
	}
	if i := slices.IndexFunc(f.Transport, func(
		t analysis.Transport) bool {
		return t.Quoted
	}); i >= 0 && f.Transport[i].SrcAddr.IsValid() {
		c.pool(Quoted).offer(func() *subject { return &subject{Frame: s().Frame, header: i} })
	}
}

// talk records what a transport header shows about its conversation.
func (c *Collector) talk(f *analysis.Frame, t *analysis.Transport) {
	key, from := flow.KeyOf(t.Proto, flow.Endpoint{Addr: t.SrcAddr, Port: t.Src},
		flow.Endpoint{Addr: t.DstAddr, Port: t.Dst})
	k := c.talks[key]
	if k == nil {
		if c.full = c.full || len(c.talks) == maxTalks; c.full {
			return
		}
		k = &talk{Key: key, first: f.Number, firstBy: from, flow: t.Flow}
		c.talks[key] = k
		c.order = append(c.order, k)
	}
	if k.flow != t.Flow && k.again == 0 {
		k.again = f.Number // the ports are used again
	}
	switch f.Packet.Handshake(t.TransportHeader) {
	case decode.OpensAsk:
		if k.askedBy == flow.None {
			k.asked, k.askedBy = f.Number, from
		}
		k.contradicts = k.contradicts || k.askedBy != from || k.answeredBy == from
	case decode.OpensAnswer:
		if k.answeredBy == flow.None {
			k.answeredBy = from
		}
		k.contradicts = k.contradicts || k.askedBy == from || k.answeredBy != from
	}
}

// talkOf returns the conversation of a header, or nil if it is unknown, and the side that sent the
// header.
func (c *Collector) talkOf(t *analysis.Transport) (*talk, flow.Side) {
	key, from := flow.KeyOf(t.Proto, flow.Endpoint{Addr: t.SrcAddr, Port: t.Src},
		flow.Endpoint{Addr: t.DstAddr, Port: t.Dst})
	return c.talks[key], from
}

// client returns the side that opened a conversation. The packets must prove it, or it must be
// beyond doubt because only the other end has a system port.
func (k *talk) client() (flow.Side, annotate.Evidence) {
	facts := annotate.RoleFacts{Proto: k.Proto, PortA: k.A.Port, PortB: k.B.Port,
		SYNFrom: k.askedBy, SYNACKFrom: k.answeredBy, FirstFrom: k.firstBy}
	d := annotate.Decide(facts)
	side, why := d.Client(), d.Evidence()
	_, service := d.ServicePort()
	switch {
	case k.contradicts:
	case why == annotate.BySYN, why == annotate.BySYNACK:
		return side, why
	case why == annotate.ByRegisteredPort && service == side.Other() &&
		annotate.RangeOf(k.Endpoint(side.Other()).Port) == annotate.System &&
		annotate.RangeOf(k.Endpoint(side).Port) != annotate.System:
		return side, why
	}
	return flow.None, annotate.NoEvidence
}

// answeredBy records a later packet of the subject's conversation that goes in the other direction.
func (s *subject) answeredBy(f *analysis.Frame) {
	if s.reply != 0 || f.Number <= s.Number {
		return
	}
	a := s.transport()
	for i := range f.Transport {
		b := &f.Transport[i]
		if !b.Quoted && a.Proto == b.Proto && a.Src == b.Dst && a.Dst == b.Src &&
			a.SrcAddr == b.DstAddr && a.DstAddr == b.SrcAddr && a.Flow == b.Flow {
			s.reply = f.Number
			return
		}
	}
}
