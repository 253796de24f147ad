package main

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// liveFlags say where and how frames are captured, in tcpdump's letters.
type liveFlags struct {
	iface     string
	snapLen   int
	buffer    int // KiB
	rings     int
	noPromisc bool
	direction string
	interval  time.Duration
	process   bool
	filter    *selection.KernelFilter // nil for none
}

// maxBuffer is the largest kernel buffer that may be asked for, in KiB: what 32 bits of bytes hold,
// less one block.
const maxBuffer = 2 << 20

// maxRings is how many rings may be asked for.
const maxRings = 64

func (f *liveFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVarP(&f.iface, "interface", "i", "", "capture on `IF`: name, number of -D, or any")
	fs.IntVarP(&f.snapLen, "snapshot-length", "s", 0, "capture at most `N` bytes a frame")
	fs.IntVarP(&f.buffer, "buffer-size", "B", capture.DefaultBuffer>>10, "kernel buffer of `N` KiB")
	fs.IntVar(&f.rings, "rings", 1, "use `N` kernel buffers (Linux)")
	fs.BoolVarP(&f.noPromisc, "no-promiscuous-mode", "p", false, "no promiscuous mode")
	fs.StringVarP(&f.direction, "direction", "Q", "inout", "capture only `DIR`: in, out, inout")
	complete(cmd, "direction", "in", "out", "inout")
}

// addInterval adds the flag of commands whose table is refreshed.
func (f *liveFlags) addInterval(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&f.interval, "interval", time.Second, "refresh the table every `TIME`")
}

// check finds mistakes in the flags.
func (f *liveFlags) check() error {
	switch {
	case f.snapLen < 0 || f.snapLen > capture.DefaultSnapLen:
		return fmt.Errorf("-s %d: it must be 0 to %d bytes", f.snapLen, capture.DefaultSnapLen)
	case f.buffer < 1 || f.buffer > maxBuffer:
		return fmt.Errorf("-B %d: it must be 1 to %d KiB", f.buffer, maxBuffer)
	case f.rings < 1 || f.rings > maxRings:
		return fmt.Errorf("--rings %d: it must be 1 to %d", f.rings, maxRings)
	case f.interval < 0:
		return fmt.Errorf("--interval %v: it must be more than 0", f.interval)
	}
	if _, err := capture.ParseDirection(f.direction); f.direction != "" && err != nil {
		return fmt.Errorf("-Q %w", err)
	}
	return nil
}

// given is a flag that was given and does something to a capture only, "" if there was none. -s 0,
// which keeps all of each frame, is true of a file.
func (f *liveFlags) given(cmd *cobra.Command) string {
	for _, name := range []string{"snapshot-length", "buffer-size", "rings", "no-promiscuous-mode",
		"direction", "interval", "process"} {
		if cmd.Flags().Changed(name) && (name != "snapshot-length" || f.snapLen != 0) {
			return name
		}
	}
	return ""
}

// A liveSource is an interface that frames are read from.
type liveSource struct {
	capture.Live
	name  string
	began time.Time
	given atomic.Int64 // frames, before any filter of ours
}

// Next counts what is given.
func (l *liveSource) Next(p *capture.Packet) error {
	err := l.Live.Next(p)
	if err == nil {
		l.given.Add(1)
	}
	return err
}

// Batch counts what is given.
func (l *liveSource) Batch(out []capture.Record) int {
	n := l.Live.Batch(out)
	l.given.Add(int64(n))
	return n
}

// RawOffset is 0: there is no end that one could be on the way to.
func (l *liveSource) RawOffset() int64 { return 0 }

// Size is unknown.
func (l *liveSource) Size() int64 { return -1 }

// openLive opens the interface that -i names.
func (in *input) openLive(cmd *cobra.Command) (source, error) {
	f := &in.live
	if err := f.check(); err != nil {
		return nil, &usageError{err, cmd.CommandPath()}
	}
	status := cmd.ErrOrStderr()
	direction, _ := capture.ParseDirection(f.direction) // it was checked
	opt := capture.LiveOptions{SnapLen: f.snapLen, Buffer: f.buffer << 10, Rings: f.rings,
		NoPromisc: f.noPromisc,
		Direction: direction, LinkChanged: func(c capture.LinkChange) { tellLink(status, c) }}
	if f.filter != nil {
		opt.Filter, opt.FilterText = f.filter.Compile, f.filter.Expr
	}
	live, err := capture.OpenLive(f.iface, opt)
	if err != nil {
		return nil, err
	}
	return &liveSource{Live: live, name: live.Interface().Name, began: time.Now()}, nil
}

// announce says that a capture goes on, once signals are heeded.
func (s *session) announce() {
	if l := s.live(); l != nil {
		what := l.Interface()
		term.Notice(s.status, "listening on %s, link type %v, snapshot length %d bytes",
			what.Name, what.Link, what.SnapLen)
	}
}

// tellLink says that an interface went down, or from when to when it was.
func tellLink(w io.Writer, c capture.LinkChange) {
	const clock = "15:04:05.000"
	name := c.Interface
	if !c.Up {
		term.Notice(w, "%s is down since %s, waiting for it to come up", name, c.Down.Format(clock))
		return
	}
	term.Notice(w, "%s is up again: it was down from %s to %s (%v)", name, c.Down.Format(clock),
		c.At.Format(clock),
		c.At.Sub(c.Down).Round(time.Millisecond))
}

// live is the interface that a session reads from, nil if it reads files.
func (s *session) live() *liveSource {
	l, _ := s.src.(*liveSource)
	return l
}

// linkRoom is how much longer than the MTU an Ethernet frame may be, in bytes: its header and two
// VLAN tags.
const linkRoom = 14 + 2*4

// remarks are a packet's comments, and one of ours where it is longer than the interface takes: the
// network card or the kernel put it together from several that came in (GRO), or will cut it into
// several on the way out (TSO).
func (s *session) remarks(r *capture.Packet) [][]byte {
	l := s.live()
	if l == nil || l.MTU() == 0 || r.Length <= l.MTU()+linkRoom {
		return r.Comments
	}
	remark := fmt.Sprintf(
		"aggregated: %d bytes, the interface's MTU is %d: several packets on the wire (GRO, TSO)",
		r.Length, l.MTU())
	return append(r.Comments[:len(r.Comments):len(r.Comments)], []byte(remark))
}

// losses is what the line of counts so far has besides where packets are captured.
func (s *session) losses() string {
	l := s.live()
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

// notSelected is how many packets of a capture a filter of ours left out; with -c it is not known
// which were still to be looked at.
func (s *session) notSelected() int64 {
	l := s.live()
	if l == nil || s.filter == nil || s.limit > 0 {
		return 0
	}
	return l.given.Load() - s.seen
}

// closingLines are tcpdump's three on a capture that ended, and what more there is to say where
// something was lost.
func (l *liveSource) closingLines(w io.Writer, s *session) error {
	st, err := l.Stats()
	fmt.Fprintf(w, "%s captured\n%s received by filter\n%s dropped by kernel\n",
		plural(uint64(s.seen)), plural(st.Received), plural(st.Dropped))
	if n := s.notSelected(); n > 0 {
		fmt.Fprintf(w, "%s not selected\n", plural(uint64(n)))
	}
	if st.InterfaceDropped > 0 {
		fmt.Fprintf(w, "%s dropped by interface\n", plural(st.InterfaceDropped))
	}
	if st.Dropped > 0 {
		term.Notice(w, "the kernel's buffer was full; a larger one: -B %d",
			min(capture.DefaultBuffer>>10*4, maxBuffer))
	}
	return err
}

func plural(n uint64) string { return textutil.Plural(n, "packet") }

// captureSchema names the form of the object that ends a capture.
const captureSchema = "portsniff.capture/1"

// captureJSON is the form of the object that ends a capture.
type captureJSON struct {
	Schema           string  `json:"schema"`
	End              bool    `json:"end"`
	Interface        string  `json:"interface"`
	Seconds          float64 `json:"seconds"`
	Captured         int64   `json:"captured"`
	NotSelected      int64   `json:"not_selected"`
	Received         uint64  `json:"received"`
	Dropped          uint64  `json:"dropped"`
	Freezes          uint64  `json:"freezes"`
	InterfaceDropped uint64  `json:"interface_dropped"`
}

// endJSON writes the object that ends a capture, where the output is JSON.
func (s *session) endJSON(out io.Writer, format string) error {
	l := s.live()
	if l == nil || format != formatJSON {
		return nil
	}
	st, err := l.Stats()
	if err != nil {
		return err
	}
	return render.JSONLines(out, []captureJSON{{captureSchema, true, l.name,
		time.Since(l.began).Seconds(), s.packets(), s.notSelected(),
		st.Received, st.Dropped, st.Freezes, st.InterfaceDropped}})
}

// refresh returns a table that draw writes. While a capture goes on, the session draws it every
// --interval: on a terminal, or elsewhere if the flag was given.
func (s *session) refresh(cmd *cobra.Command, in *input,
	draw func(io.Writer) error) *term.LiveTable {
	t := term.NewLiveTable(cmd.OutOrStdout(), draw)
	if s.live() != nil && in.format == formatText && in.live.interval > 0 &&
		(term.Is(cmd.OutOrStdout()) || cmd.Flags().Changed("interval")) {
		s.tick = time.NewTicker(in.live.interval).C
		s.ticked = t.Draw
	}
	return t
}

// idle reports whether an error says only that no frame came.
func idle(err error) bool { return errors.Is(err, capture.ErrIdle) }
