package top

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A status contains the values of the first lines.
type status struct {
	rate   rate
	spark  []uint64
	flows  int
	left   forgotten
	lost   string
	since  int64 // nanoseconds that the capture covers
	filter string
	means  string
	alerts int64
	begun  bool // there was a packet
}

// measure returns the status of the engine.
func (m *Model) measure() status {
	e := m.opt.Engine
	s := status{rate: e.total.rate(m.window, &e.timing), spark: e.total.spark(20, &e.timing),
		flows: len(e.flows), left: e.left, since: e.now - e.start, alerts: e.watch.raised,
		begun: e.begun}
	if e.filter != nil {
		s.filter, s.means = e.filter.Text, e.filter.Means
	}
	if m.opt.Lost != nil {
		if n, ok := m.opt.Lost(); ok {
			s.lost = grouped(n) + " lost"
			e.Lost(n)
		} else {
			s.lost = "losses unknown"
		}
	}
	return s
}

// header returns the first line: the source, the duration, the rates and the state.
func (m *Model) header() string {
	s, style := &m.status, m.opt.Style
	state := "LIVE"
	switch {
	case m.opt.Player != nil:
		state = m.playState()
	case m.frozen:
		state = "FROZEN"
	case m.ended:
		state = "END"
	case m.opt.Piped:
		state = "READING"
	case !m.opt.Live:
		state = "over " + m.windowName()
	}
	parts := []string{withUnit(s.rate.sum(), "bit/s"), withUnit(s.rate.packets, "pkt/s"),
		counted(s.flows, "flow")}
	if s.lost != "" {
		text := s.lost
		if !strings.HasPrefix(text, "0 ") {
			text = tint(style, render.ToneWrong, text)
		}
		parts = append(parts, text)
	}
	parts = append(parts, tint(style, render.ToneHead, state))
	right := strings.Join(parts, "  ")
	left := m.left(m.width - textutil.Columns(right) - gap)
	if left == "" { // drop the least important parts
		right = strings.Join(append(parts[:1:1], parts[3:]...), "  ")
		left = m.left(m.width - textutil.Columns(right) - gap)
	}
	spark := sparkline(s.spark, style.Unicode)
	if space := m.width - textutil.Columns(left+right) - 2*gap; space >= len(s.spark) {
		return left + "  " + spark + "  " + right
	}
	return left + "  " + right
}

// left returns the beginning of the header, "" if not even a part of the name fits.
func (m *Model) left(space int) string {
	const least = 8 // columns of the name
	program := " " + tint(m.opt.Style, render.ToneHead, "portsniff") + "  "
	time := "  " + clock(m.status.since)
	name := m.opt.Name
	if m.opt.Private {
		name = "private: " + name
	}
	if textutil.Columns(program+name+time) > space {
		program = " "
	}
	over := textutil.Columns(program+name+time) - space
	if over > 0 {
		if textutil.Columns(name)-over < least {
			return ""
		}
		name = ansi.Truncate(name, textutil.Columns(name)-over, "…")
	}
	return program + name + time
}

// tabs returns the line with the views and the filter.
func (m *Model) tabs() string {
	left := m.viewNames(true)
	if textutil.Columns(left) > m.width {
		left = m.viewNames(false)
	}
	filter := "/ no filter"
	if m.status.filter != "" {
		filter = "/ " + textutil.Escape(m.status.means)
	}
	right := ansi.Truncate(filter, max(m.width-textutil.Columns(left)-2, 0), "…")
	fill := max(m.width-textutil.Columns(left)-textutil.Columns(right)-1, 1)
	return left + strings.Repeat(" ", fill) + right
}

// viewNames returns the list of views. Without all, it has only the name of the current view and
// the numbers of the others.
func (m *Model) viewNames(all bool) string {
	var b strings.Builder
	for v := range views {
		b.WriteString(m.viewName(v, all))
	}
	return b.String()
}

// viewName returns a view's part of the list of views.
func (m *Model) viewName(v View, all bool) string {
	text, shown := strconv.Itoa(int(v)+1), v == m.path[0].view
	if all || shown {
		text += " " + v.String()
	}
	if v == AlertList && m.status.alerts > 0 {
		text += fmt.Sprintf(" (%d)", m.status.alerts)
	}
	if shown {
		return "[" + tint(m.opt.Style, render.ToneHead, text) + "]"
	}
	return " " + text + " "
}

// crumbs returns the line with the path: the rows that were entered.
func (m *Model) crumbs() string {
	names := []string{m.path[0].view.String()}
	for _, p := range m.path[1:] {
		names = append(names, p.title)
	}
	if m.packet != nil {
		names = append(names, fmt.Sprintf("packet %d", m.packet.number))
	}
	left := " " + strings.Join(names, " › ")
	noun := strings.ToLower(strings.TrimSuffix(m.here().view.String(), "s"))
	if m.here().view == Processes {
		noun = "process"
	}
	right := counted(m.page.Total, noun) + " "
	fill := m.width - textutil.Columns(left) - textutil.Columns(right)
	if fill < 1 {
		return left
	}
	return left + strings.Repeat(" ", fill) + right
}
