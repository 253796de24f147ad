package render

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// LineOptions say what the lines of packets tell.
type LineOptions struct {
	Style
	Stamp    Stamp
	Nano     bool // nine digits of a second
	NoNumber bool // leave the packet's number out
	NoNames  bool // no service names, tcpdump's -n
	Link     bool // tell of the link headers, tcpdump's -e
	Verbose  int  // 1: a line for each header; 2: a line for each field
	Dump     Dump
}

// A LineWriter writes packets as text, one line each. What a tunnel carries, what an ICMP error quotes and where a fragment's ports are
// stands in lines of its own below, indented and marked with "\_".
type LineWriter struct {
	opt   LineOptions
	clock clock
	head  []byte
	texts []byte // of a plain line, before it is known in which form they fit
	out   []byte
}

// fullWidth is the width from which times have microseconds without being asked.
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
	w.lines(f)
	if _, err := out.Write(w.out); err != nil || w.opt.Dump == NoDump {
		return err
	}
	return w.dump(out, f.Packet)
}

// lines puts what is told of a packet into w.out.
func (w *LineWriter) lines(f *analysis.Frame) {
	w.out = w.out[:0]
	head := w.head[:0]
	if !w.opt.NoNumber {
		head = appendPadded(head, f.Number, 4)
	}
	if head = w.clock.append(head, f.Time, f.HasTime); w.opt.Stamp != StampNone {
		head = append(head, ' ')
	}
	if w.opt.Link {
		head = appendLink(head, f.Packet)
	}
	w.head = head
	if w.plainLine(head, f) {
		w.rest(f)
		return
	}
	l, tail := w.main(f), w.tail(f)
	if whole := append(l, tail...); !w.tooWide(string(head), whole) {
		l, tail = whole, nil
	}
	w.line(string(head), l)
	if tail != nil {
		w.line(indent, tail)
	}
	for _, l := range w.below(f) {
		w.line(indent, l)
	}
	w.rest(f)
}

// rest tells what is not of the headers' ports.
func (w *LineWriter) rest(f *analysis.Frame) {
	for i := range f.Owners {
		if text := ownersLine(&f.Owners[i]); text != "" {
			w.line(indent, line{{text: " process: " + text, clip: w.opt.Verbose == 0}})
		}
	}
	for _, c := range f.Comments {
		w.line(indent, line{{text: " # " + Escape(string(c)), clip: w.opt.Verbose == 0}})
	}
	if w.opt.Verbose > 0 {
		w.headers(f)
	}
}

// indent stands before the lines that belong to the one above.
const indent = `     \_`

// appendPadded writes a number, to the right of so many columns, and a blank.
func appendPadded(out []byte, n int64, width int) []byte {
	for limit := int64(10); width > 1; width, limit = width-1, 10*limit {
		if n < limit {
			out = append(out, ' ')
		}
	}
	return append(strconv.AppendInt(out, n, 10), ' ')
}

// A part is a piece of a line that can be told in fewer letters.
type part struct {
	text  string
	short string // where there is less room; text if empty
	tight string // where there is less still; short if empty
	clip  bool   // may be cut off, and marked so, where there is less room still
	split bool   // may begin a line of its own where even that does not help
	paint paint
}

type line []part

// Forms of a line, from the longest on.
const (
	formFull    = iota
	formShort   // short texts
	formTight   // and shorter ones
	formClipped // and cut off
)

// line writes the longest form that fits, or in two lines what fits in none.
func (w *LineWriter) line(head string, l line) {
	room := w.opt.Width - utf8.RuneCountInString(head)
	if w.opt.Width <= 0 {
		w.write(head, l, formFull, 0)
		return
	}
	for form := formFull; form < formClipped; form++ {
		if l.width(form) <= room {
			w.write(head, l, form, 0)
			return
		}
	}
	over := l.width(formTight) - room
	for i, p := range l {
		if p.split && i > 0 && over > l.clippable() {
			w.line(head, l[:i])
			w.line(indent, l[i:])
			return
		}
	}
	w.write(head, l, formClipped, over)
}

// write writes a line in a form, cutting off so many columns if it is formClipped.
func (w *LineWriter) write(head string, l line, form, over int) {
	w.out = append(w.out, head...)
	for _, p := range l {
		text := p.in(form)
		if form == formClipped && p.clip && over > 0 {
			var cut int
			text, cut = w.opt.clip(text, over)
			over -= cut
		}
		w.out = w.opt.add(w.out, p.paint, text)
	}
	w.out = append(w.out, '\n')
}

// clippable is how many columns can be cut off a line.
func (l line) clippable() (n int) {
	for _, p := range l {
		if p.clip {
			n += max(0, utf8.RuneCountInString(p.in(formTight))-least)
		}
	}
	return n
}

// in is the part's text in a form.
func (p part) in(form int) string {
	switch {
	case form >= formTight && p.tight != "":
		return p.tight
	case form >= formShort && p.short != "":
		return p.short
	}
	return p.text
}

func (l line) width(form int) (n int) {
	for _, p := range l {
		n += utf8.RuneCountInString(p.in(form))
	}
	return n
}

// tooWide tells whether a line does not fit even in its shortest form without cutting anything off.
func (w *LineWriter) tooWide(head string, l line) bool {
	return w.opt.Width > 0 && utf8.RuneCountInString(head)+l.width(formTight) > w.opt.Width
}

// main tells of the outermost headers.
func (w *LineWriter) main(f *analysis.Frame) line {
	p := f.Packet
	length := part{text: " " + strconv.Itoa(f.Len) + "B"}
	if t := w.outer(f); t != nil {
		return append(w.transport(p, t), length)
	}
	l := line{}
	name := what(p)
	if net := p.NetLayer(); net >= 0 {
		l = append(l, hosts(p, net), part{text: " "})
		if isNested(p) {
			name = tunnelName(p, net)
		}
	} else if macs := stations(p); macs != "" {
		l = append(l, part{text: macs + " "})
	}
	return append(l, part{text: name, clip: true}, length)
}

// outer is the transport header that the outermost IP header carries, if the frame has one of its own.
func (w *LineWriter) outer(f *analysis.Frame) *analysis.Transport {
	if len(f.Transport) == 0 {
		return nil
	}
	t := &f.Transport[0]
	if t.Quoted || t.InheritedFrom != 0 || t.Net != f.Packet.NetLayer() {
		return nil
	}
	return t
}

// tail says why there are no ports, and what is wrong. It ends the packet's first line, or stands below where it doesn't fit.
func (w *LineWriter) tail(f *analysis.Frame) line {
	p := f.Packet
	switch {
	case p.NoPorts == decode.LaterFragment && p.Frag.Is:
		return line{{text: " no ports: " + p.NoPorts.String(), paint: paintNone}, {text: fmt.Sprintf(", byte %d of datagram 0x%04x", p.Frag.Offset, p.Frag.ID)}}
	case p.NoPorts != decode.HasPorts:
		return line{{text: " no ports: " + p.NoPorts.String(), paint: paintNone}}
	case p.Stop.Err == nil:
		return nil
	case p.Stop.Claim == decode.ClaimCaptured:
		return line{{text: " [cut]", paint: paintNone}}
	}
	return line{{text: " [malformed]", paint: paintError}}
}

// transport tells of one transport header: both ends, protocol, flags.
func (w *LineWriter) transport(p *decode.Packet, t *analysis.Transport) line {
	l := w.end(t.SrcAddr, t.Src, t.SrcRange, t.SrcService)
	l = append(l, part{text: " > ", tight: ">"})
	l = append(l, w.end(t.DstAddr, t.Dst, t.DstRange, t.DstService)...)
	l = append(l, part{text: " " + protoName(t.Proto), split: true})
	if s := flags(p, t); s != "" {
		l = append(l, part{text: " " + s, clip: t.Proto == decode.ProtoSCTP})
	}
	return l
}

func (w *LineWriter) end(addr netip.Addr, n uint16, r annotate.Range, service string) line {
	l := line{{text: hostPort(addr)}, {text: port(n), paint: paintPort}}
	if service != "" && !w.opt.NoNames {
		l = append(l, part{text: "/" + service, clip: true, paint: paintSvc})
	}
	return append(l, part{text: " " + r.Short(), short: " " + r.Short()[:1]})
}

// hostPort is the address as it stands before a port, with the colon.
func hostPort(a netip.Addr) string { return string(appendHost(nil, a)) }

// appendHost writes what hostPort gives.
func appendHost(out []byte, a netip.Addr) []byte {
	if !a.Is6() {
		return append(appendAddr(out, a), ':')
	}
	return append(a.AppendTo(append(out, '[')), "]:"...)
}

func hosts(p *decode.Packet, net int) part {
	src, dst := p.Addrs(net)
	if !src.IsValid() {
		return part{text: layerName(p.Layers[net])}
	}
	return part{text: src.String() + " > " + dst.String()}
}

func protoName(p decode.Proto) string {
	if p == decode.ProtoUDPLite {
		return "UDP-Lite"
	}
	return strings.ToUpper(p.String())
}
