package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
)

// enter draws a bar at the start of a tunnel's inside or of a quoted packet, to show the nesting.
func (v *view) enter(i int) {
	h := &v.headers[i]
	switch {
	case i > 0 && h.Quoted && !v.headers[i-1].Quoted:
		v.bar(fmt.Sprintf("quoted by %s: the start of another packet, at @%d", v.headers[i-1].name,
			h.At))
	case h.opens && !h.Quoted:
		v.bar(fmt.Sprintf("level %d, inside %s", h.level, v.around(i)))
	case i == 0 && v.tunnel:
		v.bar("level 1, the outer packet")
	}
}

// nest computes each header's level and whether it opens one. It needs a single pass, because a
// frame has up to 256 headers and nesting must not cost more than the headers themselves.
func nest(hs []header) {
	nets, link, six := 0, false, false // link: a link header since the last IP or transport header
	for i := range hs {
		h := &hs[i]
		switch {
		case h.isNet():
			h.opens = nets > 0 && !link // else the link header before it has opened the level
			nets++
			h.level, link, six = nets, false, h.ID == decode.IDIPv6
		case h.isLink():
			h.opens = nets > 0
			h.level, link = nets+1, true
		default:
			h.level = max(nets, 1)
			link = link && !h.isTransport()
		}
		h.under6 = six
	}
}

// maxPath is the greatest number of headers named for the level around a tunnel's inside.
const maxPath = 16

// around names the headers of the level around header i, from its IP header on.
func (v *view) around(i int) string {
	var path []string
	for j := i - 1; j >= 0; j-- {
		if len(path) == maxPath {
			path = append(path, "...")
			break
		}
		path = append(path, v.headers[j].name)
		if v.headers[j].isNet() {
			break
		}
	}
	slices.Reverse(path)
	return strings.Join(path, " > ")
}

// tunneled reports whether one of the packet's own headers opens the inside of a tunnel.
func tunneled(hs []header) bool {
	return slices.ContainsFunc(hs, func(h header) bool { return h.opens && !h.Quoted })
}

// bar draws a horizontal line with a text in it.
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

// wide returns the width of a horizontal line, in columns.
func (o Options) wide() int {
	if o.Width <= 0 {
		return artWidth
	}
	return min(o.Width, artWidth)
}

// levels compares the ports of a tunnel's levels in a table.
func (v *view) levels() {
	var ts []*analysis.Transport
	var heads []string
	var views []*view
	for i := range v.Transport {
		if t := &v.Transport[i]; !t.Quoted && t.InheritedFrom == 0 {
			heads = append(heads, fmt.Sprintf("level %d", v.headers[t.Layer].level))
			ts, views = append(ts, t), append(views, v)
		}
	}
	if len(ts) < 2 || v.form == formPlain {
		return
	}
	v.blank()
	v.compareRows(heads, ts, views)
}

// Column widths of a table that compares transport headers.
const (
	firstColumn = 12
	leastColumn = 20 // if narrower, each header has its own line
	wideColumn  = 40 // without a width limit
)

// compareRows writes a table that compares transport headers. Each has its heading and its view.
func (v *view) compareRows(heads []string, ts []*analysis.Transport, views []*view) {
	columns := wideColumn
	if v.opt.Width > 0 {
		columns = (v.opt.Width - firstColumn) / len(ts)
	}
	if columns < leastColumn {
		for i, t := range ts {
			v.say(render.ToneHead, "%s: %s %d -> %d", heads[i], protoName(t.Proto), t.Src, t.Dst)
		}
		return
	}
	rows := [][]string{{""}, {"header"}, {"source"}, {"port"}, {""}, {"destination"}, {"port"},
		{""}}
	for i, t := range ts {
		es := views[i].ends(t)
		where := fmt.Sprintf("%s @%d", protoName(t.Proto), t.At)
		if t.InheritedFrom != 0 {
			where = fmt.Sprintf("%s in frame %d", protoName(t.Proto), t.InheritedFrom)
		}
		cells := []string{heads[i], where, es[0].host(), fmt.Sprint(t.Src), es[0].tags(),
			es[1].host(), fmt.Sprint(t.Dst), es[1].tags()}
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

// tags returns an end's range, role and service in a few words.
func (e *end) tags() string {
	out := e.Range.String() + ", " + e.role
	if e.shown != "" {
		out += ", " + e.shown
	}
	return out
}

// cells writes a row of a table. Long cells are wrapped.
func (v *view) cells(r []string, columns int) {
	parts := make([][]string, len(r))
	lines := 1
	for i := range r {
		space := columns - 1
		if i == 0 {
			space = firstColumn - 1
		}
		parts[i] = wrap(r[i], space, 0, 0)
		lines = max(lines, len(parts[i]))
	}
	tone := render.TonePlain
	if r[0] == "port" {
		tone = render.ToneHead
	}
	for n := range lines {
		var out []piece
		for i := range r {
			text, space := "", columns
			if i == 0 {
				space = firstColumn
			}
			if n < len(parts[i]) {
				text = parts[i][n]
			}
			out = append(out, piece{text + strings.Repeat(" ", max(space-width(text), 0)), tone})
		}
		v.line(out...)
	}
}
