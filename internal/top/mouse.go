package top

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/portsniff/portsniff/internal/textutil"
)

// wheel moves the selection, or scrolls the drawing.
func (m *Model) wheel(b tea.MouseButton) {
	const lines = 3
	by := lines
	switch b {
	case tea.MouseWheelUp:
		by = -lines
	case tea.MouseWheelDown:
	default:
		return
	}
	if m.packet != nil {
		m.packet.scroll(by, m.drawingHeight())
		return
	}
	m.move(by)
}

// click handles a click at a column and a line of the screen, both from 0. It shows the view on
// whose name it is, sorts by the column on whose heading it is, or selects a row. On the selected
// row, it enters the row.
func (m *Model) click(x, y int) {
	if m.help || m.picking || m.saving || m.typing {
		return
	}
	row := y - m.head() + m.first
	switch {
	case y == 1:
		if v, ok := m.viewAt(x); ok {
			m.Show(v)
		}
	case m.packet != nil || row >= m.first+len(m.rows):
	case row < m.first:
		if y == m.head()-1 {
			m.sortAt(x - 1)
		}
	case row == m.index():
		m.enter()
	default:
		m.move(row - m.index())
	}
}

// viewAt returns the view whose name is at a column of the line of views.
func (m *Model) viewAt(x int) (View, bool) {
	all := textutil.Columns(m.viewNames(true)) <= m.width
	end := 0
	for _, v := range Views() {
		end += textutil.Columns(m.viewName(v, all))
		if x < end {
			return v, true
		}
	}
	return 0, false
}

// sortAt sorts by the column of the table at a column of the screen. If the rows are already sorted
// by it, sortAt reverses the order.
func (m *Model) sortAt(x int) {
	i := m.layout.columnAt(x)
	if i < 0 {
		return
	}
	v := m.here().view
	switch n := v.sortBy(m.page.Columns[i].Head); n {
	case nothing:
	case m.sort[v]:
		m.reverse[v] = !m.reverse[v]
		m.resort()
	default:
		m.sort[v], m.reverse[v] = n, false
		m.resort()
	}
}

// sortBy returns the index of the sort that a column shows, nothing if there is none. Of two sorts,
// it returns the one that fewer columns show.
func (v View) sortBy(head string) int {
	best := nothing
	for i, s := range v.Sorts() {
		if slices.Contains(s.Heads, head) &&
			(best == nothing || len(s.Heads) < len(v.Sorts()[best].Heads)) {
			best = i
		}
	}
	return best
}
