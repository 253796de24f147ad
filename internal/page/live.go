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

// Bounds of a page that shows a running capture.
const (
	newest       = 5000 // packets kept with all their fields
	perRefresh   = 1000 // such packets between two refreshes; others are only counted
	refreshBytes = 4 << 20
	liveRows     = 500 // ports, and flows, in a table
	liveMemory   = 32 << 20
)

// RefreshEvery is the shortest interval between two refreshes of a live page's tables.
const RefreshEvery = 500 * time.Millisecond

// Lost counts the packets that a browser does not show.
type Lost struct {
	Kernel    uint64 `json:"kernel"`    // dropped by the kernel, whose buffer was full
	Interface uint64 `json:"interface"` // dropped by the interface
	Page      int64  `json:"page"`      // counted, but not sent to this browser
}

// Chosen is the current choice of the pages of a running capture.
type Chosen struct {
	Stopped bool   `json:"stopped"` // new packets are not counted
	Filter  string `json:"filter"`  // selects the packets that count; "" for all
	Left    int64  `json:"left"`    // packets that did not count for these reasons
	Failed  string `json:"failed"`  // why the filter was removed, "" if it was not
	// the interface whose packets count; "" for every one
	Interface string `json:"interface,omitempty"`
}

// A Live holds the data of a page of a running capture: the newest packets, and the tables as of
// the last refresh. The capture adds packets and never waits for a browser. Each browser requests
// new data when it has received the previous data. All data is encoded once and shared by the
// browsers.
type Live struct {
	mu      sync.Mutex
	b       *Builder
	packets jsonLog
	stored  []*stored             // the same packets with all their bytes
	size    int                   // bytes of stored
	shared  [sharedTables]jsonLog // tables that packets refer to: specs, kinds, shapes, texts
	count   int                   // packets that may be kept before the next refresh
	bytes   int                   // bytes of packets that may be kept before the next refresh
	now     snapshot
	ended   string
	changed chan struct{} // closed when new data is available
}

// A snapshot is what browsers see: the capture as of a refresh. The data that it refers to never
// changes.
type snapshot struct {
	version int
	counted counted
	tables  []byte // members of an object, without its braces
	lost    Lost   // without Page, which depends on the browser
	chosen  Chosen
	packets int64 // packets that were ever logged
	shared  [sharedTables]int64
}

// counted holds what each packet of a capture changes.
type counted struct {
	Frames int64   `json:"frames"`
	Bytes  uint64  `json:"bytes"`
	First  *string `json:"first"`
	Last   *string `json:"last"`
	Zone   string  `json:"zone"`
}

// NewLive returns a Live that collects what b would. Nothing else may add to b.
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
	const unknown = `,"flow":-1}` // the index of its flow is unknown
	l.packets.add(text[:len(text)-1], unknown)
	l.packets.trim(newest, liveMemory)
	if l.b.opt.Store {
		l.store(f, iface)
	}
	l.count, l.bytes = l.count-1, l.bytes-len(text)
	return nil
}

// store keeps a packet with all its bytes. The caller holds the lock.
func (l *Live) store(f *analysis.Frame, iface string) {
	l.stored = append(l.stored, store(f, iface))
	l.size += l.stored[len(l.stored)-1].size()
	for len(l.stored) > newest || l.size > liveMemory && len(l.stored) > 1 {
		l.size -= l.stored[0].size()
		l.stored[0] = nil
		l.stored = l.stored[1:]
	}
}

// whole returns a copy of the list of stored packets.
func (l *Live) whole() []*stored {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.stored)
}

// Filter is like Builder.Filter for the newest packets.
func (l *Live) Filter(ctx context.Context, text string, after int64) (*Found, error) {
	return find(ctx, l.whole(), text, after, l.b.opt.Processes != nil)
}

// Save is like Builder.Save for the newest packets.
func (l *Live) Save(runs []uint64) (Saved, error) { return chosen(l.whole(), runs), nil }

// Choose sets the choice of the pages. They see it after the next Refresh.
func (l *Live) Choose(c Chosen) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now.chosen = c
}

// Refresh rebuilds the tables. The flow table must not change meanwhile.
func (l *Live) Refresh(kernel, iface uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, err := count(l.b.flows, l.b.opt.Processes, liveRows)
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

// publish makes the current data visible to browsers. The caller holds the lock.
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

// wake wakes all waiting goroutines. The caller holds the lock.
func (l *Live) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// End records that the capture ended, and why.
func (l *Live) End(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = textutil.Escape(reason)
	l.wake()
}

// Ended returns why the capture ended, or "" while it is running.
func (l *Live) Ended() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

// Changed returns a channel that is closed when new data is available.
func (l *Live) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// WriteJSON writes the initial data of a page. Packets and the tables that they share follow with
// the first update.
func (l *Live) WriteJSON(w io.Writer) error {
	l.mu.Lock()
	about, tables := l.b.about(true), l.now.tables
	l.mu.Unlock() // a browser may be slow
	about.Shown, about.Sampled = 0, ""
	o := object{w: bufio.NewWriter(w)}
	o.inner(about)
	o.members(tables)
	o.member("packets", []int{})
	newTables().write(&o)
	o.member("quiz", quizJSON{l.b.opt.Seed, escaped(nil)})
	return o.end()
}
