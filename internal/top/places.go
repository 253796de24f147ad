package top

import (
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A place is a view with its scope and its selected row.
type place struct {
	view     View
	scope    Scope
	title    string
	selected any
	picked   bool // the user selected the row, so it stays selected; else the top row is selected
	follow   bool // in the view of packets: the newest packet stays selected
}

func (m *Model) here() *place { return &m.path[len(m.path)-1] }

// index returns the index of the selected row, 0 if there is none.
func (m *Model) index() int {
	h := m.here()
	if h.selected != nil {
		for i, id := range m.page.Order {
			if id == h.selected {
				return i
			}
		}
	}
	return 0
}

// scroll moves the rows so that the selected one is visible.
func (m *Model) scroll() {
	h, n := m.here(), len(m.page.Order)
	if n == 0 {
		m.first = 0
		return
	}
	if h.view == Packets && (h.follow || h.selected == nil) {
		h.follow, h.selected = true, m.page.Order[n-1]
	}
	if h.view != Packets && !h.picked {
		h.selected = m.page.Order[0]
	}
	i := m.index()
	if h.selected == nil || m.page.Order[i] != h.selected {
		h.selected = m.page.Order[i]
	}
	visibleRows := m.visibleRows()
	m.first = min(m.first, i, max(n-visibleRows, 0))
	m.first = max(m.first, i-visibleRows+1, 0)
}

// move selects another row.
func (m *Model) move(by int) {
	n := len(m.page.Order)
	if n == 0 {
		return
	}
	i := min(max(m.index()+by, 0), n-1)
	h := m.here()
	h.selected, h.picked = m.page.Order[i], true
	h.follow = h.view == Packets && i == n-1
	m.redraw()
}

// Show switches to a view and leaves all rows that were entered.
func (m *Model) Show(v View) {
	m.path = []place{{view: v}}
	m.packet, m.first = nil, 0
	m.resort()
}

// enter shows the details of the selected row.
func (m *Model) enter() {
	h := *m.here()
	if h.selected == nil || len(m.page.Order) == 0 {
		return
	}
	next := place{view: Flows, scope: h.scope}
	switch id := h.selected.(type) {
	case PortID:
		next.scope.Port, next.title = &id, portTitle(id)
		if id.None {
			next.view = Packets
		}
	case flow.Key:
		next.view, next.scope.Flow, next.title = Packets, &id, m.flowTitle(id)
	case string:
		next.scope.Process, next.title = id, textutil.Escape(id)
	case int64:
		m.draw(id)
		return
	case AlertID:
		if !m.enterAlert(&next, id) {
			return
		}
	default:
		next.enterHost(h.selected)
	}
	if next.view == Packets && m.opt.Engine.stored {
		m.say(noPackets)
		return
	}
	m.path = append(m.path, next)
	m.first = 0
	m.resort()
}

// back returns to the previous place. At the first place, it removes the filter.
func (m *Model) back() {
	switch {
	case m.packet != nil:
		m.packet = nil
	case len(m.path) > 1:
		m.path = m.path[:len(m.path)-1]
		m.first = 0
	case m.status.filter != "":
		m.apply("")
	}
	m.resort()
}
