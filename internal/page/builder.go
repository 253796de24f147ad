package page

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/quiz"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/linktype"
)

// Bounds of a page.
const (
	DefaultLimit = 50_000    // packets with all their fields, by default
	MaxLimit     = 1_000_000 // greatest limit that is accepted
	DefaultSeed  = 1         // seed of the quiz
	packetMemory = 256 << 20 // bytes of packets' JSON
	maxRows      = 5000      // flows and ports in each list
	sharedMemory = 64 << 20  // bytes of data that packets share, which has its own limits
	questions    = 10
	maxLinks     = 64 // link types whose numbers the page knows
)

// Memory is the greatest number of bytes that a page keeps, in addition to its flow table.
const Memory = packetMemory + packetMemory/8 + sharedMemory // an eighth is lost to size classes

// Options describe the page to build.
type Options struct {
	Program string // name and version
	Source  string // name of the capture
	Flags   string // how a command line selects the capture, for the quiz's hints
	Limit   int    // packets with all their fields; DefaultLimit if 0
	Seed    uint64 // seed of the quiz
	Count   int    // greatest number of questions; 10 if 0
	Quiz    bool   // only the quiz: no packets
	Store   bool   // keep packets whole, for Filter and Save

	Interfaces []string // that a page can choose from; none if the capture is of one interface

	Processes *analysis.ProcessTable // owners of the ends of flows; nil if they are not looked up
}

// A Builder collects a page's data, packet by packet.
type Builder struct {
	opt    Options
	flows  *flow.Table
	known  uint64 // number of flows before this packet
	enc    *encoder
	sample *sample
	series *series
	quiz   *quiz.Collector
	seqs   *analysis.Sequences
	links  map[string]linktype.Type
	frames int64
	bytes  uint64
	first  time.Time
	last   time.Time
	stop   string
	end    func() (result, error)
}

// NewBuilder returns a Builder. Each packet must be counted in the table before it is added.
func NewBuilder(opt Options, flows *flow.Table) *Builder {
	if opt.Limit == 0 {
		opt.Limit = DefaultLimit
	}
	if opt.Count == 0 {
		opt.Count = questions
	}
	b := &Builder{opt: opt, flows: flows, enc: newEncoder(),
		sample: newSample(opt.Limit, packetMemory), series: newSeries(),
		quiz: quiz.NewCollector(opt.Seed, opt.Flags), seqs: analysis.NewSequences(),
		links: map[string]linktype.Type{}}
	b.end = sync.OnceValues(b.result)
	return b
}

// Add adds a packet; iface is the interface name from the capture, or "" if it has none.
func (b *Builder) Add(f *analysis.Frame, iface string) error {
	b.quiz.Add(f)
	b.tally(f)
	t := innermost(f)
	now := uint64(b.flows.Len()) + b.flows.Evicted.Flows
	fresh := now > b.known
	b.known = now
	if b.opt.Quiz {
		return nil
	}
	k := kept{number: f.Number, ports: t >= 0, notable: fresh || odd(f.Packet)}
	var wanted bool
	if k.rank, wanted = b.sample.next(k.notable); !wanted {
		return nil
	}
	if k.ports {
		k.flow = f.Transport[t].Flow
	}
	text, err := b.enc.packet(f, iface)
	if err != nil {
		return err
	}
	k.json = bytes.Clone(text)
	if b.opt.Store {
		k.stored = store(f, iface)
	}
	b.sample.add(k)
	if len(b.links) < maxLinks {
		b.links[f.Packet.Link.String()] = f.Packet.Link
	}
	return nil
}

// tally counts a packet over time.
func (b *Builder) tally(f *analysis.Frame) {
	b.frames++
	b.bytes += uint64(f.Len)
	b.times(f)
	b.seqs.Observe(f)
	nanos := int64(flow.NoTime)
	if f.HasTime {
		nanos = f.Time.UnixNano()
	}
	b.series.all(nanos, uint32(f.Len))
	for i := range f.Transport {
		if !f.Transport[i].Quoted {
			b.series.add(f.Transport[i].ServicePort(), nanos, uint32(f.Len))
		}
	}
}

func (b *Builder) times(f *analysis.Frame) {
	if !f.HasTime {
		return
	}
	if b.first.IsZero() || f.Time.Before(b.first) {
		b.first = f.Time
	}
	if b.last.IsZero() || f.Time.After(b.last) {
		b.last = f.Time
	}
}

// Filter finds the packets of the page that a filter selects and whose number is greater than
// after. The filter is in tcpdump's language, or an expression as for --where. Errors are
// *selection.Error, or the context's.
func (b *Builder) Filter(ctx context.Context, text string, after int64) (*Found, error) {
	list, err := b.stored()
	if err != nil {
		return nil, err
	}
	return find(ctx, list, text, after, b.opt.Processes != nil)
}

// Save returns packets of the page to write, none twice. runs lists ranges of packet numbers as
// pairs of first and last, in ascending order.
func (b *Builder) Save(runs []uint64) (Saved, error) {
	list, err := b.stored()
	return chosen(list, runs), err
}

// stored returns the packets of the page with all their bytes. Add must not be called after it.
func (b *Builder) stored() ([]*stored, error) {
	r, err := b.end()
	if err != nil {
		return nil, err
	}
	return r.stored, nil
}

// Frames returns the number of packets that were added.
func (b *Builder) Frames() int64 { return b.frames }

// Questions returns the number of questions in the quiz. Add must not be called after it.
func (b *Builder) Questions() (int, error) {
	r, err := b.end()
	return len(r.quiz.Questions), err
}

// Stopped records the error that ended the input early.
func (b *Builder) Stopped(err error) { b.stop = textutil.Escape(err.Error()) }

// sampled describes which packets the page shows, or returns "" if it shows all.
func (b *Builder) sampled() string {
	s := b.sample
	if int64(s.count()) == b.frames || b.opt.Quiz {
		return ""
	}
	capacity := fmt.Sprint(s.limit)
	if s.count() < s.limit {
		capacity = fmt.Sprintf("%d MiB of them", s.memory>>20)
	}
	return fmt.Sprintf(
		"%d of %d packets are shown with their headers, because a page holds %s: %d of the "+
			"%d that begin a flow, have no ports, are malformed or have a wrong checksum, and "+
			"%d of the %d others, "+
			"evenly spread. The tables and charts count all.", s.count(), b.frames, capacity,
		len(s.kept[1]), s.seen[1], len(s.kept[0]), s.seen[0])
}
