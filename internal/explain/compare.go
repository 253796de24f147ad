package explain

import (
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
)

// Compare draws the rows with the ports of two packets, one below the other. It also says whether
// one packet replies to the other.
func Compare(w io.Writer, a, b *Subject, opt Options) error {
	first, second := newView(a, opt), newView(b, opt)
	v := &view{page: page{opt: opt, form: opt.form()}, Subject: a}
	ta, tb := first.innermost(), second.innermost()
	way := relation(ta, tb)
	for i, x := range []struct {
		*view
		t *analysis.Transport
	}{{first, ta}, {second, tb}} {
		x.title()
		x.portsRow(x.t)
		v.out = append(v.out, x.out...)
		if i == 0 {
			v.cross(way)
		}
	}
	v.blank()
	v.say(render.ToneHead, "%s", relationText(way, a, b, ta, tb))
	if way == same || way == swapped {
		v.together(first, second, ta, tb)
	}
	_, err := w.Write(v.out)
	return err
}

// A way is the relation between the ports of two packets.
type way uint8

const (
	strangers way = iota // different flows
	portless             // at least one packet has no ports
	same                 // one flow, same direction
	swapped              // one flow, opposite direction
	reused               // the same ports, but another connection
)

func relation(a, b *analysis.Transport) way {
	switch {
	case a == nil || b == nil:
		return portless
	case a.Proto != b.Proto:
		return strangers
	case a.Flow != b.Flow && a.Flow != 0 && b.Flow != 0 && a.Proto == decode.ProtoTCP &&
		sameEnds(a, b):
		return reused
	case a.Src == b.Src && a.Dst == b.Dst && a.SrcAddr == b.SrcAddr && a.DstAddr == b.DstAddr:
		return same
	case a.Src == b.Dst && a.Dst == b.Src && a.SrcAddr == b.DstAddr && a.DstAddr == b.SrcAddr:
		return swapped
	}
	return strangers
}

// sameEnds reports whether two headers have the same addresses and ports, in either direction.
func sameEnds(a, b *analysis.Transport) bool {
	key := func(t *analysis.Transport) flow.Key {
		k, _ := flow.KeyOf(t.Proto, flow.Endpoint{Addr: t.SrcAddr, Port: t.Src},
			flow.Endpoint{Addr: t.DstAddr, Port: t.Dst})
		return k
	}
	return key(a) == key(b)
}

// innermost returns the last transport header that is not quoted, or nil.
func (v *view) innermost() *analysis.Transport {
	for i := len(v.Transport) - 1; i >= 0; i-- {
		if t := &v.Transport[i]; !t.Quoted {
			return t
		}
	}
	return nil
}

// portsRow draws the row with the ports of a header.
func (v *view) portsRow(t *analysis.Transport) {
	switch {
	case t == nil:
		v.say(render.ToneHead, "%s", v.noPorts())
		return
	case t.InheritedFrom != 0 || v.form < formDiagram:
		v.say(render.ToneHead, "%s: source port %d, destination port %d.", protoName(t.Proto),
			t.Src, t.Dst)
		return
	}
	h := &v.headers[t.Layer]
	for _, r := range grid(h.fields, 8*h.At) {
		if holdsPort(h, &r) {
			v.border(h, nil, &r, "")
			v.drawn(h, &r, nil)
		}
	}
}

// cross draws arrows between two rows: ports cross if the direction changed, or go straight down.
func (v *view) cross(w way) {
	if v.form < formDiagram {
		return
	}
	indent := strings.Repeat(" ", margin+rowBits/2)
	line := strings.Repeat("_", rowBits/2-2)
	gap := strings.Repeat(" ", rowBits-1)
	switch w {
	case swapped:
		v.line(piece{indent + `\` + line + " " + line + `/`, render.ToneHead})
		v.line(piece{indent + " " + line + "X" + line, render.ToneHead})
		v.line(piece{indent + `/` + gap[:len(gap)-2] + `\`, render.ToneHead})
	case same:
		v.line(piece{indent + "|" + gap + "|", render.ToneHead})
	default:
		v.blank()
	}
}

func relationText(w way, a, b *Subject, ta, tb *analysis.Transport) string {
	switch w {
	case portless:
		return "Without ports there is no flow to compare."
	case same:
		return fmt.Sprintf(
			"Frames %d and %d go the same way in one flow: the ports stay in place.",
			a.Number, b.Number)
	case swapped:
		return fmt.Sprintf(
			"The ports change places: %d is the source port in frame %d and the destination "+
				"port in frame %d, and %d the other way round.", ta.Src, a.Number, b.Number, ta.Dst)
	}
	if w == reused {
		return fmt.Sprintf("Frames %d and %d belong to two connections, which use the same ports "+
			"one after the other.", a.Number, b.Number)
	}
	return fmt.Sprintf("Frames %d and %d belong to different flows: %s %s to %s, and %s %s to %s.",
		a.Number, b.Number,
		protoName(ta.Proto), render.HostPort(ta.SrcAddr, ta.Src),
		render.HostPort(ta.DstAddr, ta.Dst),
		protoName(tb.Proto), render.HostPort(tb.SrcAddr, tb.Src),
		render.HostPort(tb.DstAddr, tb.Dst))
}

// together compares both ends of two packets in a table.
func (v *view) together(a, b *view, ta, tb *analysis.Transport) {
	v.blank()
	v.compareRows([]string{fmt.Sprintf("frame %d", a.Number), fmt.Sprintf("frame %d", b.Number)},
		[]*analysis.Transport{ta, tb}, []*view{a, b})
}
