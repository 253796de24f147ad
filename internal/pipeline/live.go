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

// A Live is a Source that captures from an interface.
type Live struct {
	live.Capture
	Name  string
	began time.Time
	given atomic.Int64 // frames received, before portsniff's own filter
}

// NewLive returns a Source for the frames of a live capture.
func NewLive(l live.Capture) *Live {
	return &Live{Capture: l, Name: l.Interface().Name, began: time.Now()}
}

// Next reads the next frame and counts it.
func (l *Live) Next(p *capture.Packet) error {
	err := l.Capture.Next(p)
	if err == nil {
		l.given.Add(1)
	}
	return err
}

// Batch reads frames and counts them.
func (l *Live) Batch(out []capture.Record) int {
	n := l.Capture.Batch(out)
	l.given.Add(int64(n))
	return n
}

// Ready returns false, so that each frame is processed at once.
func (l *Live) Ready() bool { return false }

// Detach returns nil, because the kernel reuses its memory.
func (l *Live) Detach([]byte) []byte { return nil }

// RawOffset returns 0, because a live capture has no size to compare it with.
func (l *Live) RawOffset() int64 { return 0 }

// Size returns -1, because the size is unknown.
func (l *Live) Size() int64 { return -1 }

// Live returns the interface that packets come from, nil if they come from files.
func (p *Pipeline) Live() *Live {
	l, _ := p.opt.Source.(*Live)
	return l
}

// announce reports that a capture is running. It is called after signals are handled.
func (p *Pipeline) announce() {
	if l := p.Live(); l != nil {
		in := l.Interface()
		term.Notice(p.status, "listening on %s, link type %v, snapshot length %d bytes",
			in.Name, in.Link, in.SnapLen)
	}
}

// NoticeLink reports that an interface went down, or how long it was down.
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

// Interface returns the interface that Packet came from.
func (p *Pipeline) Interface() capture.Interface { return p.interfaceOf(&p.packet) }

// interfaceOf returns the interface of the source's latest packet.
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

// interfaceWords returns the name and the description of the interface of the latest packet.
func (p *Pipeline) interfaceWords(r *capture.Packet) (name, description string) {
	if l := p.Live(); l != nil {
		return l.Name, "" // reading the description for each packet takes too long
	}
	in := p.interfaceOf(r)
	return in.Name, in.Description
}

// linkOverhead is the number of bytes by which an Ethernet frame may exceed the MTU: its header and
// two VLAN tags.
const linkOverhead = 14 + 2*4

// comments returns a packet's comments. It adds a comment if the packet is longer than the
// interface's MTU allows: the network card or the kernel joined received packets (GRO) or will
// split the packet (TSO).
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

// losses returns the text about losses in the line of counts, empty if packets come from files.
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

// notSelected returns the number of captured packets that portsniff's own filter rejected. It
// returns 0 with a limit, because the number of packets not yet filtered is then unknown.
func (p *Pipeline) notSelected() int64 {
	l := p.Live()
	if l == nil || p.opt.Filter == nil || p.opt.Limit > 0 {
		return 0
	}
	return l.given.Load() - p.seen
}

// MaxBuffer is the largest kernel buffer that can be requested, in KiB (2 GiB).
const MaxBuffer = 2 << 20

// reportCapture writes tcpdump's three lines about an ended capture, and lines about lost packets.
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

// WriteCaptureEnd writes the JSON object that ends a capture. It writes nothing for files.
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
