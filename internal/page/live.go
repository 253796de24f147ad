package page

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
)

// Bounds of a page that shows a capture while it goes on.
const (
	newest     = 5000 // packets that are kept with all their fields
	perRefresh = 1000 // of them between two refreshes: more are only counted
	liveRows   = 500  // ports, and flows
	liveMemory = 32 << 20
)

// RefreshEvery is how often at most the tables of a live page are made anew.
const RefreshEvery = 500 * time.Millisecond

// Lost says what a browser is not shown.
type Lost struct {
	Kernel    uint64 `json:"kernel"`    // dropped by the kernel, whose buffer was full
	Interface uint64 `json:"interface"` // dropped by the interface
	Page      int64  `json:"page"`      // captured and counted, but not sent to this browser with all their fields
}

// A Live holds what a page needs of a capture that goes on: the newest packets, and the tables as they were a moment ago. The capture adds to it and never
// waits for a browser: each browser asks for what is new when it has taken what was before.
type Live struct {
	mu      sync.Mutex
	b       *Builder
	ring    [][]byte // JSON, oldest first, from ring[start]
	base    int64    // how many were in the ring before its first
	size    int
	budget  int
	version int
	tables  []byte // members of an object, without its braces
	lost    Lost
	ended   string
	changed chan struct{} // closed when there is something new
}

// NewLive makes one that gathers what b would. Nobody else may add to b.
func NewLive(b *Builder) *Live {
	return &Live{b: b, budget: perRefresh, changed: make(chan struct{})}
}

// Add adds a packet.
func (l *Live) Add(f *analysis.Frame, iface string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.tally(f)
	if l.budget == 0 {
		return nil
	}
	l.budget--
	text, err := l.b.enc.packet(f, iface)
	if err != nil {
		return err
	}
	text = append(text[:len(text)-1], `,"flow":-1}`...)
	l.ring, l.size = append(l.ring, text), l.size+len(text)
	for len(l.ring) > newest || l.size > liveMemory && len(l.ring) > 1 {
		l.size -= len(l.ring[0])
		l.ring[0] = nil
		l.ring = l.ring[1:]
		l.base++
	}
	return nil
}

// Refresh makes the tables anew. The flow table must not change meanwhile.
func (l *Live) Refresh(kernel, iface uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, err := count(l.b.flows, liveRows)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	o := object{w: bufio.NewWriter(&out)}
	o.tables(&c)
	o.member("reasons", reasons(&l.b.flows.Totals))
	o.member("series", l.b.series.json())
	if err := o.end(); err != nil {
		return err
	}
	l.tables = out.Bytes()[1 : out.Len()-1]
	l.lost.Kernel, l.lost.Interface = kernel, iface
	l.budget = perRefresh
	l.version++
	l.wake()
	return nil
}

// wake tells everybody who waits. The lock is held.
func (l *Live) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// End says that no more comes, and why.
func (l *Live) End(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = render.Escape(reason)
	l.wake()
}

// Ended is why no more comes, "" while there may be more.
func (l *Live) Ended() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

// Changed is closed when there is something new.
func (l *Live) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// WriteJSON writes what a page begins with; packets and all that they share come with the first update.
func (l *Live) WriteJSON(w io.Writer) error {
	var out bytes.Buffer
	if err := l.writeJSON(&out); err != nil {
		return err
	}
	_, err := out.WriteTo(w) // behind the lock: a browser may take its time
	return err
}

func (l *Live) writeJSON(w io.Writer) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	about := l.b.about(true)
	about.Shown, about.Sampled = 0, ""
	o := object{w: bufio.NewWriter(w)}
	o.inner(about)
	o.members(l.tables)
	o.member("packets", []int{})
	newTables().write(&o)
	o.member("quiz", quizJSON{l.b.opt.Seed, escaped(nil)})
	return o.end()
}

// A Position is how far a browser has come. The zero value is the beginning.
type Position struct {
	sent    int64 // packets that it was sent
	next    int64 // of those that were ever in the ring
	version int
	at      places
}

// places are the lengths of what packets share, as a browser has it.
type places struct {
	Specs  int `json:"specs"`
	Kinds  int `json:"kinds"`
	Shapes int `json:"shapes"`
	Texts  int `json:"texts"`
}

// Update gives what is new since a position, and moves that on.
func (l *Live) Update(p *Position) ([]byte, error) {
	u := l.news(p)
	var out bytes.Buffer
	o := object{w: bufio.NewWriter(&out)}
	o.member("frames", u.frames)
	o.member("bytes", u.bytes)
	o.member("first", moment(u.first))
	o.member("last", moment(u.last))
	o.member("packets", u.packets)
	o.member("at", u.at)
	u.shared.write(&o)
	o.members(u.tables)
	o.member("lost", u.lost)
	err := o.end()
	return out.Bytes(), err
}

// news is what an update consists of.
type news struct {
	frames  int64
	bytes   uint64
	first   time.Time
	last    time.Time
	packets []json.RawMessage
	at      places
	shared  tables
	tables  []byte
	lost    Lost
}

// news takes what is new and lets the capture go on: what is shared only grows, and what is in it already never changes.
func (l *Live) news(p *Position) news {
	l.mu.Lock()
	defer l.mu.Unlock()
	fresh := l.ring[max(p.next-l.base, 0):]
	t, at := l.b.enc.tables, p.at
	u := news{frames: l.b.frames, bytes: l.b.bytes, first: l.b.first, last: l.b.last, packets: make([]json.RawMessage, len(fresh)), at: at, lost: l.lost,
		shared: tables{Specs: t.Specs[at.Specs:], Kinds: t.Kinds[at.Kinds:], Shapes: t.Shapes[at.Shapes:], Texts: t.Texts[at.Texts:]}}
	for i := range fresh {
		u.packets[i] = fresh[i]
	}
	if p.version != l.version {
		u.tables = l.tables
	}
	p.sent += int64(len(fresh))
	p.next, p.version = l.base+int64(len(l.ring)), l.version
	p.at = places{len(t.Specs), len(t.Kinds), len(t.Shapes), len(t.Texts)}
	u.lost.Page = l.b.frames - p.sent
	return u
}
