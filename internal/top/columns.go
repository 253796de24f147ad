package top

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/internal/render"
)

// A Column describes a column of a page.
type Column struct {
	Head  string
	Right bool // numbers
	Width int  // minimum width
	Drop  int  // 0 if always shown; columns with higher numbers are dropped first
	Grow  int  // width up to which the column grows on a wide screen; 0 if only its cells count
}

// history is the name of the column with a sparkline.
const history = "LAST 60 s"

// columns are the columns of each view, in the order of the cells.
var columns = [views][]Column{
	Ports: {{Head: "PORT", Width: 10}, {Head: "SERVICE", Width: 10},
		{Head: "RANGE", Width: 10, Drop: 4}, {Head: "BIT/S", Right: true, Width: 7},
		{Head: "PKT/S", Right: true, Width: 7}, {Head: "FLOWS", Right: true, Width: 6},
		{Head: "HOSTS", Right: true, Width: 5, Drop: 5},
		{Head: "BYTES", Right: true, Width: 7, Drop: 6}, {Head: history, Width: 15, Drop: 3},
		{Head: "PROCESS", Width: 8, Drop: 2, Grow: 40}},
	Flows: {{Head: "CLIENT", Width: 21}, {Width: 1}, {Head: "SERVER", Width: 21, Grow: 40},
		{Head: "PROTO", Width: 5, Drop: 3}, {Head: "STATE", Width: 6, Drop: 1},
		{Head: "WHY", Width: 7, Drop: 4}, {Head: "↑ BIT/S", Right: true, Width: 7, Drop: 1},
		{Head: "↓ BIT/S", Right: true, Width: 7}, {Head: "PKT/S", Right: true, Width: 7, Drop: 7},
		{Head: "BYTES", Right: true, Width: 7, Drop: 6}, {Head: "PAYLOAD", Width: 8, Drop: 5},
		{Head: "PROCESS", Width: 12, Drop: 2}},
	Hosts: {{Head: "HOST", Width: 16, Grow: 40}, {Head: "SENT BIT/S", Right: true, Width: 10},
		{Head: "RECV BIT/S", Right: true, Width: 10},
		{Head: "PKT/S", Right: true, Width: 7, Drop: 3},
		{Head: "FLOWS", Right: true, Width: 6}, {Head: "PORTS", Right: true, Width: 6, Drop: 4},
		{Head: "SERVES", Width: 14, Drop: 1}, {Head: "BYTES", Right: true, Width: 7, Drop: 6},
		{Head: history, Width: 15, Drop: 2}, {Head: "PROCESS", Width: 12, Drop: 5}},
	Processes: {{Head: "PROCESS", Width: 16, Grow: 40}, {Head: "USER", Width: 10},
		{Head: "SURE", Width: 8, Drop: 1}, {Head: "BIT/S", Right: true, Width: 7},
		{Head: "PKT/S", Right: true, Width: 7}, {Head: "FLOWS", Right: true, Width: 6},
		{Head: "PORTS", Width: 24, Drop: 2}},
	Packets: {{Head: "PACKET", Width: 20, Grow: 1 << 10}},
	AlertList: {{Head: "TIME", Width: 8}, {Head: "RULE", Width: 10}, {Head: "WHAT", Width: 20},
		{Head: "EVIDENCE", Width: 20, Grow: 80, Drop: 2},
		{Head: "PACKET", Right: true, Width: 6, Drop: 3}},
}

var arrowWords = strings.NewReplacer("↑", "up", "↓", "down")

// name returns the column's name in a configuration, "" for one that belongs to the next column.
func (c *Column) name() string { return arrowWords.Replace(strings.ToLower(c.Head)) }

// Columns returns the names of a view's columns, in their order.
func (v View) Columns() (names []string) {
	for i := range columns[v] {
		if name := columns[v][i].name(); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// columnNames returns the names of a view's columns that can have values. Only a capture has
// processes.
func (e *Engine) columnNames(v View) []string {
	return slices.DeleteFunc(v.Columns(), func(name string) bool {
		return name == "process" && v != Processes && e.Processes == nil
	})
}

// choose keeps the columns that are both named and possible, in the order of names. nil names all
// columns. It always keeps the first column of the view.
func (p *Page) choose(names, possible []string) {
	if names == nil {
		names = possible
	}
	all, cells, places := p.Columns, p.cells, []int(nil)
	if !slices.Contains(names, all[0].name()) {
		places = append(places, 0)
	}
	for _, name := range names {
		if !slices.Contains(possible, name) {
			continue
		}
		i := slices.IndexFunc(all, func(c Column) bool { return c.name() == name })
		if i > 0 && all[i-1].name() == "" {
			places = append(places, i-1)
		}
		places = append(places, i)
	}
	p.Columns = nil
	for _, i := range places {
		p.Columns = append(p.Columns, all[i])
	}
	p.cells = func(x *item) []string {
		row, out := cells(x), make([]string, len(places))
		for i, from := range places {
			out[i] = row[from]
		}
		return out
	}
}

// fitSpark sets the width of sparklines: the widest one that takes at most half of the width that
// the other columns leave. minutes means that counts are by minute. p.Columns must not be shared.
func (p *Page) fitSpark(width int, minutes bool) {
	for i := range p.Columns {
		width -= p.Columns[i].least() + gap
	}
	least := sparkWidths[len(sparkWidths)-1]
	for _, p.spark = range sparkWidths {
		if p.spark-least <= max(width+gap, 0)/2 {
			break
		}
	}
	for i := range p.Columns {
		if c := &p.Columns[i]; c.Head == history {
			c.Width = p.spark
			if minutes {
				c.Head = "LAST 60 min"
			}
		}
	}
}

// sparkWidths are the possible widths of a sparkline. They divide sparkLength.
var sparkWidths = [...]int{60, 30, 20, 15}

// columnLines returns the overlay with the columns of the view, each with a letter.
func (m *Model) columnLines() []string {
	v := m.here().view
	out := []string{"", " " + tint(m.opt.Style, render.ToneHead, "Columns of "+v.String()), ""}
	for i, name := range m.opt.Engine.columnNames(v) {
		shown := "shown"
		switch {
		case i == 0:
			shown = "always shown"
		case !m.hasColumn(name):
			shown = "hidden"
		}
		out = append(out, fmt.Sprintf(" %c  %-12s %s", 'a'+i, name, shown))
	}
	return append(out, "", " A letter shows or hides its column, any other key closes this list.",
		" To keep the choice, write it into the file that portsniff config names.")
}

// hasColumn reports whether the view shows a column when the screen is wide enough.
func (m *Model) hasColumn(name string) bool {
	list := m.columns[m.here().view]
	return list == nil || slices.Contains(list, name)
}

// pickColumn shows or hides the column with a letter. Other keys close the list.
func (m *Model) pickColumn(key string) {
	v := m.here().view
	names := m.opt.Engine.columnNames(v)
	if len(key) != 1 || key[0] < 'a' || int(key[0]-'a') >= len(names) {
		m.picking = false
		return
	}
	name := names[key[0]-'a']
	list := m.columns[v]
	switch {
	case list == nil:
		list = slices.DeleteFunc(names, func(x string) bool { return x == name })
	case slices.Contains(list, name):
		list = slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x == name })
	default:
		place := slices.IndexFunc(list, func(x string) bool {
			return slices.Index(names, x) > slices.Index(names, name)
		})
		if place < 0 {
			place = len(list)
		}
		list = slices.Insert(slices.Clone(list), place, name)
	}
	m.columns[v], m.layout, m.still = list, layout{}, nil
	m.redraw()
}
