package page

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/textutil"
)

// Bounds of a page that shows a capture while it continues.
const (
	newest       = 5000 // packets that are kept with all their fields
	perRefresh   = 1000 // of them between two refreshes: more are only counted
	refreshBytes = 4 << 20
	liveRows     = 500 // ports, and flows
	liveMemory   = 32 << 20
)

// RefreshEvery is how often at most the tables of a live page are made anew.
const RefreshEvery = 500 * time.Millisecond

// Lost says what a browser is not shown.
type Lost struct {
	Kernel    uint64 `json:"kernel"`    // dropped by the kernel, whose buffer was full
	Interface uint64 `json:"interface"` // dropped by the interface
	Page      int64  `json:"page"`      // counted, but not sent to this browser
}

// Chosen is what pages chose of a capture that goes on.
type Chosen struct {
	Stopped bool   `json:"stopped"` // no packet counts
	Filter  string `json:"filter"`  // packets that count, "" for all
	Left    int64  `json:"left"`    // packets that did not count for that
	Failed  string `json:"failed"`  // why the filter was taken away, "" if it was not
}

// A Live holds what a page needs of a capture that continues: the newest packets, and the tables as
// they were a moment ago. The capture adds to it and never waits for a browser: each browser asks
// for what is new when it has taken what was before. All that browsers are sent is encoded once,
// and shared by them.
type Live struct {
	mu      sync.Mutex
	b       *Builder
	packets jsonLog
	stored  []*stored             // the same packets, whole
	size    int                   // bytes of those
	shared  [sharedTables]jsonLog // what packets point into: specs, kinds, shapes, texts
	count   int                   // packets that may still come before the next refresh
	bytes   int                   // and bytes of them
	now     snapshot
	ended   string
	changed chan struct{} // closed when there is something new
}

// A snapshot is what browsers see: the capture as it was at a refresh. Nothing that it refers to
// changes.
type snapshot struct {
	version int
	counted counted
	tables  []byte // members of an object, without its braces
	lost    Lost   // but for what a browser was not sent
	chosen  Chosen
	packets int64 // that were ever logged
	shared  [sharedTables]int64
}

// counted is what of a capture changes with each packet.
type counted struct {
	Frames int64   `json:"frames"`
	Bytes  uint64  `json:"bytes"`
	First  *string `json:"first"`
	Last   *string `json:"last"`
	Zone   string  `json:"zone"`
}

// NewLive makes one that gathers what b would. Nobody else may add to b.
func NewLive(b *Builder) *Live {
	return &Live{b: b, count: perRefresh, bytes: refreshBytes, changed: make(chan struct{})}
}

// Add adds a packet.
func (l *Live) Add(f *analysis.Frame, iface string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.tally(f)
	if l.count == 0 || l.bytes <= 0 {
		return nil
	}
	text, err := l.b.enc.packet(f, iface)
	if err != nil {
		return err
	}
	const unknown = `,"flow":-1}` // which flow it belongs to
	l.packets.add(text[:len(text)-1], unknown)
	l.packets.trim(newest, liveMemory)
	if l.b.opt.Store {
		l.store(f, iface)
	}
	l.count, l.bytes = l.count-1, l.bytes-len(text)
	return nil
}

// store keeps a packet whole. The lock is held.
func (l *Live) store(f *analysis.Frame, iface string) {
	l.stored = append(l.stored, store(f, iface))
	l.size += l.stored[len(l.stored)-1].size()
	for len(l.stored) > newest || l.size > liveMemory && len(l.stored) > 1 {
		l.size -= l.stored[0].size()
		l.stored[0] = nil
		l.stored = l.stored[1:]
	}
}

// whole is a copy of the list of packets that are kept whole.
func (l *Live) whole() []*stored {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.stored)
}

// Filter is Builder.Filter for the newest packets.
func (l *Live) Filter(ctx context.Context, text string, after int64) (*Found, error) {
	return find(ctx, l.whole(), text, after)
}

// Save is Builder.Save for the newest packets.
func (l *Live) Save(runs []uint64) (Saved, error) { return chosen(l.whole(), runs), nil }

// Choose notes what pages chose. They see it after the next Refresh.
func (l *Live) Choose(c Chosen) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now.chosen = c
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
	l.now.tables = out.Bytes()[1 : out.Len()-1]
	l.now.lost.Kernel, l.now.lost.Interface = kernel, iface
	return l.publish()
}

// publish shows browsers what there is. The lock is held.
func (l *Live) publish() error {
	t := l.b.enc.tables
	lists := [sharedTables]func(*jsonLog) error{
		logOf(t.Specs), logOf(t.Kinds), logOf(t.Shapes), logOf(t.Texts),
	}
	for i, log := range lists {
		if err := log(&l.shared[i]); err != nil {
			return err
		}
		l.now.shared[i] = l.shared[i].next
	}
	l.now.version++
	l.now.packets = l.packets.next
	l.now.counted = counted{l.b.frames, l.b.bytes, moment(l.b.first), moment(l.b.last), l.b.zone()}
	l.count, l.bytes = perRefresh, refreshBytes
	l.wake()
	return nil
}

// wake says everybody who waits. The lock is held.
func (l *Live) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// End says that no more comes after the last refresh, and why.
func (l *Live) End(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = textutil.Escape(reason)
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

// WriteJSON writes what a page begins with; packets and all that they share come with the first
// update.
func (l *Live) WriteJSON(w io.Writer) error {
	l.mu.Lock()
	about, tables := l.b.about(true), l.now.tables
	l.mu.Unlock() // a browser may take its time
	about.Shown, about.Sampled = 0, ""
	o := object{w: bufio.NewWriter(w)}
	o.inner(about)
	o.members(tables)
	o.member("packets", []int{})
	newTables().write(&o)
	o.member("quiz", quizJSON{l.b.opt.Seed, escaped(nil)})
	return o.end()
}
