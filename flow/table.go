package flow

import (
	"time"

	"github.com/portsniff/portsniff/decode"
)

// A Table follows flows, up to a fixed number of them, and counts what has no ports.
type Table struct {
	max     int
	service Service
	index   map[Key]*Flow
	chunk   []Flow  // where the next flow goes
	flows   []*Flow // in the order they appeared
	hits    []Hit
	beyond  portSums // packets of flows that the table had no room for

	Total   Count                 // all packets, with ports or without
	Nested  Count                 // packets that count for more than one flow, for they have several transport headers
	NoPorts [decode.Reasons]Count // packets without ports, by reason
	// Untracked are the packets of flows that came when the table was full, one for each such transport header. They count for the port
	// that service gives for each packet alone, and for no flow.
	Untracked Count
}

// chunkLen is how many flows are made at once: few allocations, and no copy of what is there.
const chunkLen = 256

// NewTable makes a table that follows at most max flows, DefaultMax if max is 0 or less, and counts each for the port that service gives.
func NewTable(max int, service Service) *Table {
	if max <= 0 {
		max = DefaultMax
	}
	return &Table{max: max, service: service, index: map[Key]*Flow{}, beyond: portSums{}}
}

// A Hit ties one of a packet's transport headers to its flow.
type Hit struct {
	Flow *Flow // nil where the header is quoted and its flow is not known, or the table is full
	// Facts are the flow's, or those of this packet alone where there is no flow.
	Facts Facts
	From  Side // which side of the flow sent this packet
}

// Add counts one packet: at is its time, bytes its length on the wire, frame its number. The hits that it gives match p.Ports one by one and
// stay as they are until the next call.
func (t *Table) Add(p *decode.Packet, at time.Time, bytes int, frame int64) []Hit {
	t.Total.Add(bytes)
	t.hits = t.hits[:0]
	own := 0
	for i := range p.Ports {
		q := &p.Ports[i]
		src, dst := endpoints(p, q)
		key, from := KeyOf(q.Proto, src, dst)
		if q.Quoted {
			t.hits = append(t.hits, t.look(key, from))
			continue
		}
		if q.InheritedFrom == 0 {
			own++
		}
		t.hits = append(t.hits, t.count(p, q, key, from, at, bytes, frame))
	}
	switch {
	case own == 0:
		t.NoPorts[p.NoPorts].Add(bytes)
	case own > 1:
		t.Nested.Add(bytes)
	}
	return t.hits
}

func endpoints(p *decode.Packet, q *decode.Ports) (src, dst Endpoint) {
	a, b := p.Addrs(q.Net)
	return Endpoint{a, q.Src}, Endpoint{b, q.Dst}
}

// look finds the flow that a quoted header speaks of, without counting.
func (t *Table) look(key Key, from Side) Hit {
	if f := t.index[key]; f != nil {
		return Hit{f, f.Facts, from}
	}
	return Hit{From: from}
}

func (t *Table) count(p *decode.Packet, q *decode.Ports, key Key, from Side, at time.Time, bytes int, frame int64) Hit {
	open := p.Opening(q)
	f := t.index[key]
	if f == nil && len(t.flows) >= t.max {
		t.Untracked.Add(bytes)
		facts := Facts{First: from}
		facts.see(open, from)
		t.spill(key, facts, from, bytes)
		return Hit{nil, facts, from}
	}
	if f == nil {
		f = t.add(key, Flow{Key: key, Facts: Facts{First: from}, FirstFrame: frame, Start: at, End: at})
	}
	f.see(open, from)
	f.From[from].Add(bytes)
	if flags, ok := p.TCPControl(q); ok {
		f.Flags[from] |= flags
	}
	if at.After(f.End) {
		f.End = at
	}
	if at.Before(f.Start) {
		f.Start = at
	}
	return Hit{f, f.Facts, from}
}

// spill counts a packet of a flow that is not followed.
func (t *Table) spill(key Key, facts Facts, from Side, bytes int) {
	var sent [3]Count
	sent[from].Add(bytes)
	side := t.service(key, facts)
	t.beyond.of(key, side).plus(sent, side)
}

func (t *Table) add(key Key, f Flow) *Flow {
	if len(t.chunk) == 0 {
		t.chunk = make([]Flow, chunkLen)
	}
	at := &t.chunk[0]
	t.chunk = t.chunk[1:]
	*at = f
	t.index[key] = at
	t.flows = append(t.flows, at)
	return at
}

// see notes who opened the flow. The first word counts: a connection that reuses the ports does not change the roles of the one before it.
func (f *Facts) see(open decode.Opening, from Side) {
	switch {
	case open == decode.OpensAsk && f.Asked == None:
		f.Asked = from
	case open == decode.OpensAnswer && f.Answered == None:
		f.Answered = from
	}
}

// Flows are the flows in the order in which their first packets came.
func (t *Table) Flows() []*Flow { return t.flows }

// Full tells whether flows came that the table had no room for.
func (t *Table) Full() bool { return t.Untracked.Packets > 0 }
