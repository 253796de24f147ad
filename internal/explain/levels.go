package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
)

// enter writes a bar where a tunnel's inside or a quoted packet begins, so that nesting shows.
func (v *view) enter(i int) {
	h := &v.headers[i]
	switch depth, outer := v.depth(i); {
	case i > 0 && h.Quoted && !v.headers[i-1].Quoted:
		v.bar(fmt.Sprintf("quoted by %s: the start of another packet, at @%d", v.headers[i-1].name, h.At))
	case i > 0 && !h.Quoted && v.opens(i):
		v.bar(fmt.Sprintf("level %d, inside %s", depth, outer))
	case i == 0 && v.tunnelled():
		v.bar("level 1, the outer packet")
	}
}

// opens reports whether a header is the first one of a tunnel's inside: an IP header or a frame behind one of the packet's IP headers.
func (v *view) opens(i int) bool {
	h := &v.headers[i]
	switch {
	case h.isNet():
		return !v.headers[i-1].isLinkBelow(v, i-1)
	case h.isLink():
		return v.hasNetAbove(i)
	}
	return false
}

// isLinkBelow reports whether the link headers in front of an IP header have opened its level already.
func (h *header) isLinkBelow(v *view, i int) bool {
	for j := i; j >= 0 && !v.headers[j].isNet() && !v.headers[j].isTransport(); j-- {
		if v.headers[j].isLink() {
			return true
		}
	}
	return !v.hasNetAbove(i + 1)
}

func (v *view) hasNetAbove(i int) bool {
	for j := range i {
		if v.headers[j].isNet() {
			return true
		}
	}
	return false
}

// depth is the tunnel's level that a header is at, from 1: how many IP headers there are up to the one that it belongs to. outer names the
// headers of the level around it.
func (v *view) depth(i int) (n int, outer string) {
	for j := 0; j <= i; j++ {
		if v.headers[j].isNet() {
			n++
		}
	}
	if !v.headers[i].isNet() && (n == 0 || v.headers[i].isLink()) {
		n++
	}
	var path []string
	for j := i - 1; j >= 0; j-- {
		path = append([]string{v.headers[j].name}, path...)
		if v.headers[j].isNet() {
			break
		}
	}
	return n, strings.Join(path, " > ")
}

// tunnelled reports whether one of the packet's own headers begins the inside of a tunnel.
func (v *view) tunnelled() bool {
	for i := 1; i < len(v.headers); i++ {
		if !v.headers[i].Quoted && v.opens(i) {
			return true
		}
	}
	return false
}

// bar is a line across with a text in it.
func (v *view) bar(text string) {
	if v.form == formPlain || v.form == formList {
		v.say(render.ToneHead, "%s", strings.ToUpper(text[:1])+text[1:]+".")
		return
	}
	v.blank()
	text = "== " + clip(text, v.opt.wide()-6) + " "
	v.line(piece{text + strings.Repeat("=", max(v.opt.wide()-width(text), 0)), render.ToneHead})
	v.ruled = false
}

// wide is how wide a line across is.
func (o Options) wide() int {
	if o.Width <= 0 {
		return artWidth
	}
	return min(o.Width, artWidth)
}

// levels sets the ports of a tunnel's levels side by side.
func (v *view) levels() {
	var ts []*analysis.Transport
	var heads []string
	var views []*view
	for i := range v.Transport {
		if t := &v.Transport[i]; !t.Quoted && t.InheritedFrom == 0 {
			n, _ := v.depth(t.Layer)
			ts, heads, views = append(ts, t), append(heads, fmt.Sprintf("level %d", n)), append(views, v)
		}
	}
	if len(ts) < 2 || v.form == formPlain {
		return
	}
	v.blank()
	v.compareRows(heads, ts, views)
}

// Columns of a table that sets transport headers side by side.
const (
	firstColumn = 12
	leastColumn = 20 // with less room each header has a line of its own
	roomyColumn = 40 // without a limit
)

// compareRows sets transport headers side by side, each under its heading and with the view that it is from.
func (v *view) compareRows(heads []string, ts []*analysis.Transport, views []*view) {
	columns := roomyColumn
	if v.opt.Width > 0 {
		columns = (v.opt.Width - firstColumn) / len(ts)
	}
	if columns < leastColumn {
		for i, t := range ts {
			v.say(render.ToneHead, "%s: %s %d -> %d", heads[i], protoName(t.Proto), t.Src, t.Dst)
		}
		return
	}
	rows := [][]string{{""}, {"header"}, {"source"}, {"port"}, {""}, {"destination"}, {"port"}, {""}}
	for i, t := range ts {
		es := views[i].ends(t)
		where := fmt.Sprintf("%s @%d", protoName(t.Proto), t.At)
		if t.InheritedFrom != 0 {
			where = fmt.Sprintf("%s in frame %d", protoName(t.Proto), t.InheritedFrom)
		}
		cells := []string{heads[i], where, es[0].host(), fmt.Sprint(t.Src), es[0].tags(), es[1].host(), fmt.Sprint(t.Dst), es[1].tags()}
		for j := range rows {
			rows[j] = append(rows[j], cells[j])
		}
	}
	for _, r := range rows {
		v.cells(r, columns)
	}
}

func (e *end) host() string {
	if !e.addr.IsValid() {
		return "no address"
	}
	return e.addr.String()
}

// tags are an end's range, role and service in few words.
func (e *end) tags() string {
	out := e.Range.String() + ", " + e.role
	if e.shown != "" {
		out += ", " + e.shown
	}
	return out
}

// cells writes a row of a table, whose cells go on below where they are too long.
func (v *view) cells(r []string, columns int) {
	parts := make([][]string, len(r))
	lines := 1
	for i := range r {
		room := columns - 1
		if i == 0 {
			room = firstColumn - 1
		}
		parts[i] = wrap(r[i], room, 0, 0)
		lines = max(lines, len(parts[i]))
	}
	tone := render.TonePlain
	if r[0] == "port" {
		tone = render.ToneHead
	}
	for n := range lines {
		var out []piece
		for i := range r {
			text, room := "", columns
			if i == 0 {
				room = firstColumn
			}
			if n < len(parts[i]) {
				text = parts[i][n]
			}
			out = append(out, piece{text + strings.Repeat(" ", max(room-width(text), 0)), tone})
		}
		v.line(out...)
	}
}
