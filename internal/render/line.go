package render

import (
	"fmt"
	"io"
	"strconv"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/textutil"
)

// LineOptions select the contents of packet lines.
type LineOptions struct {
	Style
	Stamp    Stamp
	Nano     bool // nine digits of a second
	NoNumber bool // leave the packet's number out
	NoNames  bool // no service names, tcpdump's -n
	Link     bool // show the link headers, tcpdump's -e
	Verbose  int  // 1: a line for each header; 2: a line for each field
	Dump     Dump
}

// Ordered reports whether the lines of a packet depend on earlier packets: on their times, or, with
// a limited width, on the form of their lines.
func (o *LineOptions) Ordered() bool {
	return o.Width > 0 || o.Stamp == StampDelta || o.Stamp == StampSince
}

// A LineWriter writes packets as text, one line each. Indented lines that begin with "\_" follow
// for the contents of tunnels, packets quoted by ICMP errors, and the ports of later fragments.
// Most packets cost no allocation.
type LineWriter struct {
	opt   LineOptions
	clock clock
	head  []byte
	l     line
	out   []byte

	// state of lines with a limited width
	at     int // the current column
	forms  [kinds]rowForm
	column [2]int // widths of an end, for IPv4 and IPv6
}

// fullWidth is the width from which times have microseconds by default.
const fullWidth = 100

// NewLineWriter makes a writer of lines.
func NewLineWriter(opt LineOptions) *LineWriter {
	digits := 6
	switch {
	case opt.Nano:
		digits = 9
	case opt.Width > 0 && opt.Width < fullWidth && opt.Stamp == StampClock:
		digits = 3
	}
	return &LineWriter{opt: opt, clock: clock{stamp: opt.Stamp, digits: digits}}
}

// Packet writes the lines of one packet.
func (w *LineWriter) Packet(out io.Writer, f *analysis.Frame) error {
	w.out = w.out[:0]
	w.writeFirst(f)
	w.writeNested(f)
	w.writeNotes(f)
	if _, err := out.Write(w.out); err != nil || w.opt.Dump == NoDump {
		return err
	}
	return w.dump(out, f.Packet)
}

// writeFirst writes the packet's first line: number, time, the outermost headers, and what is
// missing or wrong.
func (w *LineWriter) writeFirst(f *analysis.Frame) {
	w.setHead(f)
	w.l.reset()
	w.addLink(f.Packet)
	w.addOuter(f)
	w.addProblem(f.Packet)
	w.writeRow(w.head, below)
}

// setHead formats the beginning of the first line: number and time.
func (w *LineWriter) setHead(f *analysis.Frame) {
	head := w.head[:0]
	if !w.opt.NoNumber {
		head = appendPadded(head, f.Number, 4)
	}
	if head = w.clock.append(head, f.Time, f.HasTime); w.opt.Stamp != StampNone {
		head = append(head, ' ')
	}
	w.head = head
}

// writeNotes writes owners, comments and, on request, all headers.
func (w *LineWriter) writeNotes(f *analysis.Frame) {
	for i := range f.Owners {
		if text := ownersLine(&f.Owners[i]); text != "" {
			w.writeNote(" process: " + text)
		}
	}
	for _, c := range f.Comments {
		w.writeNote(" # " + textutil.Escape(string(c)))
	}
	if w.opt.Verbose > 0 {
		w.headers(f)
	}
}

func (w *LineWriter) writeNote(text string) {
	w.l.reset()
	w.l.add(text).clip = true
	if w.opt.Verbose > 0 || w.opt.Width <= 0 {
		w.writeForm(indent, formFull, 0)
		return
	}
	w.writeForm(indent, formFull, w.l.width(w.l.parts, formFull)+len(indent)-w.opt.Width)
}

// appendPadded writes a number, right-aligned to the given number of columns, and a space.
func appendPadded(out []byte, n int64, width int) []byte {
	for limit := int64(10); width > 1; width, limit = width-1, 10*limit {
		if n < limit {
			out = append(out, ' ')
		}
	}
	return append(strconv.AppendInt(out, n, 10), ' ')
}

// addLink adds the link headers on request.
func (w *LineWriter) addLink(p *decode.Packet) {
	if w.opt.Link {
		from := len(w.l.text)
		w.l.text = appendLink(w.l.text, p)
		w.l.end(from)
	}
}

// addOuter adds the outermost headers and the length.
func (w *LineWriter) addOuter(f *analysis.Frame) {
	p, l := f.Packet, &w.l
	if t := outerTransport(f); t != nil {
		w.addTransport(p, t)
	} else {
		name := Summary(p)
		if net := p.NetLayer(); net >= 0 {
			w.addHosts(p, net)
			if isNested(p) {
				name = tunnelName(p, net)
			}
		} else {
			w.addStations(p)
		}
		if l.tail > 0 {
			l.add(" ")
		}
		l.add(name)
	}
	w.addLength(f.Len)
}

// addLength adds the packet's length on the wire. In aligned lines the lengths form a column.
func (w *LineWriter) addLength(n int) {
	l := &w.l
	l.length = len(l.parts)
	from := len(l.text)
	l.text = append(strconv.AppendInt(append(l.text, ' '), int64(n), 10), 'B')
	l.end(from)
	l.note = len(l.parts)
}

// outerTransport returns the transport header in the outermost IP header, or nil if the frame has
// none of its own.
func outerTransport(f *analysis.Frame) *analysis.Transport {
	if len(f.Transport) == 0 {
		return nil
	}
	t := &f.Transport[0]
	if t.Quoted || t.InheritedFrom != 0 || t.Net != f.Packet.NetLayer() {
		return nil
	}
	return t
}

// addProblem adds why there are no ports, or what is wrong.
func (w *LineWriter) addProblem(p *decode.Packet) {
	switch {
	case p.NoPorts != decode.HasPorts:
		w.l.add(" no ports: " + p.NoPorts.String()).paint = paintNone
		if p.NoPorts == decode.LaterFragment && p.Frag.Is {
			w.l.add(fmt.Sprintf(", byte %d of datagram 0x%04x", p.Frag.Offset, p.Frag.ID))
		}
		return // it has its own line if it does not fit
	case p.Stop.Err == nil:
	case p.Stop.Claim == decode.ClaimCaptured:
		w.l.add(" [cut]").paint = paintNone
	default:
		w.l.add(" [malformed]").paint = paintError
	}
	w.l.note = len(w.l.parts)
}
