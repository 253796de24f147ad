package pipeline

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A Live is an interface as a Source.
type Live struct {
	live.Capture
	Name  string
	began time.Time
	given atomic.Int64 // frames, before any filter of ours
}

// NewLive returns a Source of an interface's frames.
func NewLive(l live.Capture) *Live {
	return &Live{Capture: l, Name: l.Interface().Name, began: time.Now()}
}

// Next counts the frames.
func (l *Live) Next(p *capture.Packet) error {
	err := l.Capture.Next(p)
	if err == nil {
		l.given.Add(1)
	}
	return err
}

// Batch counts the frames.
func (l *Live) Batch(out []capture.Record) int {
	n := l.Capture.Batch(out)
	l.given.Add(int64(n))
	return n
}

// Ready reports false: each frame continues at once.
func (l *Live) Ready() bool { return false }

// Detach keeps nothing: the kernel needs its memory back.
func (l *Live) Detach([]byte) []byte { return nil }

// RawOffset is 0: a capture has no size to compare it with.
func (l *Live) RawOffset() int64 { return 0 }

// Size is unknown.
func (l *Live) Size() int64 { return -1 }

// Live is the interface that packets come from, nil if they come from files.
func (p *Pipeline) Live() *Live {
	l, _ := p.opt.Source.(*Live)
	return l
}

// announce writes that a capture is running, once signals are handled.
func (p *Pipeline) announce() {
	if l := p.Live(); l != nil {
		in := l.Interface()
		term.Notice(p.status, "listening on %s, link type %v, snapshot length %d bytes",
			in.Name, in.Link, in.SnapLen)
	}
}

// NoticeLink writes that an interface went down, or for how long it was down.
func NoticeLink(w io.Writer, c live.LinkChange) {
	const clock = "15:04:05.000"
	name := c.Interface
	if !c.Up {
		term.Notice(w, "%s is down since %s, waiting for it to come up", name, c.Down.Format(clock))
		return
	}
	term.Notice(w, "%s is up again: it was down from %s to %s (%v)", name, c.Down.Format(clock),
		c.At.Format(clock), c.At.Sub(c.Down).Round(time.Millisecond))
}

// Interface describes the interface that Packet came from.
func (p *Pipeline) Interface() capture.Interface { return p.interfaceOf(&p.packet) }

// interfaceOf is Interface for the latest packet of the source.
func (p *Pipeline) interfaceOf(r *capture.Packet) capture.Interface {
	if in, ok := p.input.src.Given(); ok {
		return in
	}
	return interfaceOf(p.opt.Source, r)
}

func interfaceOf(s Source, r *capture.Packet) capture.Interface {
	var list []capture.Interface
	switch src := s.(type) {
	case *Live:
		return src.Interface()
	case *pcapfile.Files:
		if f := src.Current(); f != nil {
			list = f.Interfaces()
		}
	case *pcapfile.File:
		list = src.Interfaces()
	}
	if i := r.InterfaceIndex; i >= 0 && i < len(list) {
		return list[i]
	}
	return capture.Interface{FCSLen: -1}
}

// interfaceWords are the name and the description of that interface.
func (p *Pipeline) interfaceWords(r *capture.Packet) (name, description string) {
	if l := p.Live(); l != nil {
		return l.Name, "" // the rest takes too long for each packet
	}
	in := p.interfaceOf(r)
	return in.Name, in.Description
}

// linkOverhead is how much longer than the MTU an Ethernet frame may be, in bytes: its header and
// two VLAN tags.
const linkOverhead = 14 + 2*4

// comments are a packet's comments, and one of ours if it is longer than the interface takes: the
// network card or the kernel joined several that came in (GRO), or will cut it (TSO).
func (p *Pipeline) comments(r *capture.Packet) [][]byte {
	l := p.Live()
	if l == nil || l.MTU() == 0 || r.Length <= l.MTU()+linkOverhead {
		return r.Comments
	}
	text := fmt.Sprintf(
		"aggregated: %d bytes, the interface's MTU is %d: several packets on the wire (GRO, TSO)",
		r.Length, l.MTU())
	return append(r.Comments[:len(r.Comments):len(r.Comments)], []byte(text))
}

// losses is what the line of counts adds for a capture.
func (p *Pipeline) losses() string {
	l := p.Live()
	if l == nil {
		return ""
	}
	st, err := l.Stats()
	text := fmt.Sprintf("; received by filter %d, dropped by kernel %d, dropped by interface %d",
		st.Received, st.Dropped, st.InterfaceDropped)
	if err != nil {
		text += fmt.Sprintf(" (%v)", err)
	}
	return text
}

// notSelected is the number of packets of a capture that a filter of ours left out; with a limit it
// is not known how many were still to be filtered.
func (p *Pipeline) notSelected() int64 {
	l := p.Live()
	if l == nil || p.opt.Filter == nil || p.opt.Limit > 0 {
		return 0
	}
	return l.given.Load() - p.seen
}

// MaxBuffer is the largest kernel buffer that may be asked for, in KiB: what 32 bits of bytes hold,
// less one block.
const MaxBuffer = 2 << 20

// reportCapture writes tcpdump's three lines about a capture that ended, and what was lost.
func (p *Pipeline) reportCapture(l *Live) error {
	w := p.status
	st, err := l.Stats()
	plural := func(n uint64) string { return textutil.Plural(n, "packet") }
	fmt.Fprintf(w, "%s captured\n%s received by filter\n%s dropped by kernel\n",
		plural(uint64(p.seen)), plural(st.Received), plural(st.Dropped))
	if n := p.notSelected(); n > 0 {
		fmt.Fprintf(w, "%s not selected\n", plural(uint64(n)))
	}
	if st.InterfaceDropped > 0 {
		fmt.Fprintf(w, "%s dropped by interface\n", plural(st.InterfaceDropped))
	}
	if st.Dropped > 0 {
		term.Notice(w, "the kernel's buffer was full; a larger one: -B %d",
			min(live.DefaultBuffer>>10*4, MaxBuffer))
	}
	return err
}

// WriteCaptureEnd writes the JSON object that ends a capture; nothing for files.
func (p *Pipeline) WriteCaptureEnd(w io.Writer) error {
	l := p.Live()
	if l == nil {
		return nil
	}
	st, err := l.Stats()
	if err != nil {
		return err
	}
	return render.CaptureEndJSON(w, render.CaptureEnd{Interface: l.Name,
		Seconds: time.Since(l.began).Seconds(), Captured: p.seen, NotSelected: p.notSelected(),
		Received: st.Received, Dropped: st.Dropped, Freezes: st.Freezes,
		InterfaceDropped: st.InterfaceDropped})
}
