package top

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A terminal of fewer columns or rows shows two columns only.
const (
	smallWidth  = 60
	smallHeight = 15
)

// A status is what the first lines say.
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
	begun  bool // a packet came
}

// measure takes the status from the engine.
func (m *Model) measure() status {
	e := m.opt.Engine
	s := status{rate: e.total.rate(m.window, e.start, e.now), spark: e.total.spark(20, e.now),
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

func (m *Model) small() bool { return m.width < smallWidth || m.height < smallHeight }

// head is the number of lines above the rows.
func (m *Model) head() int {
	n := 2 // header and views
	if len(m.path) > 1 || m.packet != nil {
		n++ // the path
	}
	if m.packet == nil {
		n++ // names of the columns
	}
	return n
}

// foot is the number of lines below the rows.
func (m *Model) foot() int {
	n := 1
	if m.typing {
		n += len(m.wrong)
	}
	if m.opt.Player != nil {
		n++
	}
	return n
}

// room is the number of rows that fit.
func (m *Model) room() int { return max(m.height-m.head()-m.foot(), 1) }

// View draws the screen.
func (m *Model) View() tea.View {
	v := tea.NewView(m.Screen())
	v.AltScreen = true
	v.WindowTitle = "portsniff " + m.opt.Name
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// Screen is the text of the screen: as many lines as the terminal has, none of them longer.
func (m *Model) Screen() string {
	lines := []string{m.header(), m.tabs()}
	if len(m.path) > 1 || m.packet != nil {
		lines = append(lines, m.crumbs())
	}
	switch {
	case m.help:
		lines = append(lines[:2], m.helpLines()...)
	case m.packet != nil:
		lines = append(lines, m.packetLines()...)
	default:
		lines = append(lines, m.table(m.index())...)
	}
	foot := m.footer()
	for len(lines) < m.height-len(foot) {
		lines = append(lines, "")
	}
	lines = append(lines[:max(m.height-len(foot), 0)], foot...)
	lines = lines[:min(len(lines), m.height)]
	for i, line := range lines {
		lines[i] = ansi.Truncate(line, m.width, "")
	}
	text := strings.Join(lines, "\n")
	if !m.opt.Style.Unicode {
		text = asciiMarks.Replace(text)
	}
	return text
}

// header is the first line: what is captured, for how long, how much.
func (m *Model) header() string {
	s, style := &m.status, m.opt.Style
	state := "LIVE"
	switch {
	case m.opt.Player != nil:
		state = m.playState()
	case m.frozen:
		state = "FROZEN"
	case m.opt.Piped:
		state = "READING"
	case !m.opt.Live:
		state = "over " + m.window.String()
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
	if left == "" { // the least important go first
		right = strings.Join(append(parts[:1:1], parts[3:]...), "  ")
		left = m.left(m.width - textutil.Columns(right) - gap)
	}
	spark := sparkline(s.spark, style.Unicode)
	if room := m.width - textutil.Columns(left+right) - 2*gap; room >= len(s.spark) {
		return left + "  " + spark + "  " + right
	}
	return left + "  " + right
}

// left is the beginning of the header, "" if not even a part of the name fits.
func (m *Model) left(room int) string {
	const least = 8 // columns of the name
	program := " " + tint(m.opt.Style, render.ToneHead, "portsniff") + "  "
	time := "  " + clock(m.status.since)
	name := m.opt.Name
	if textutil.Columns(program+name+time) > room {
		program = " "
	}
	over := textutil.Columns(program+name+time) - room
	if over > 0 {
		if textutil.Columns(name)-over < least {
			return ""
		}
		name = ansi.Truncate(name, textutil.Columns(name)-over, "…")
	}
	return program + name + time
}

// tabs is the line of views and of the filter.
func (m *Model) tabs() string {
	var b strings.Builder
	for v := range views {
		text := fmt.Sprintf("%d %s", v+1, v)
		if v == AlertList && m.status.alerts > 0 {
			text += fmt.Sprintf(" (%d)", m.status.alerts)
		}
		if v == m.path[0].view {
			text = "[" + tint(m.opt.Style, render.ToneHead, text) + "]"
		} else {
			text = " " + text + " "
		}
		b.WriteString(text)
	}
	filter := "/ no filter"
	if m.status.filter != "" {
		filter = "/ " + textutil.Escape(m.status.means)
	}
	left, right := b.String(), filter+"   ? help "
	fill := m.width - textutil.Columns(left) - textutil.Columns(right)
	if fill < 1 {
		right = ansi.Truncate(filter, max(m.width-textutil.Columns(left)-1, 0), "…")
		fill = 1
	}
	return left + strings.Repeat(" ", fill) + right
}

// crumbs is the line that says what was drilled into.
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

// nothing is the index of no row.
const nothing = -1

// table is the heading and the rows, one of them selected.
func (m *Model) table(selected int) []string {
	style := m.opt.Style
	heads := make([]string, len(m.page.Columns))
	h := m.here()
	by := h.view.Sorts()[m.sort[h.view]].Head
	for i, c := range m.page.Columns {
		heads[i] = c.Head
		if c.Head == by && by != "" {
			mark := "▼"
			if m.reverse[h.view] {
				mark = "▲"
			}
			heads[i] = mark + c.Head
		}
	}
	out := []string{" " + m.layout.row(heads, func(_ int, text string) string {
		return tint(style, render.ToneHead, text)
	})}
	for i, cells := range m.rows {
		if m.first+i == selected {
			out = append(out, reverse("▌"+m.layout.row(cells, nil)))
			continue
		}
		out = append(out, " "+m.layout.row(cells, m.paint))
	}
	if len(m.rows) == 0 {
		out = append(out, "", " "+m.empty())
	}
	return out
}

// paint colors the column that names a port.
func (m *Model) paint(column int, text string) string {
	if column == 0 && m.here().view == Ports {
		return tint(m.opt.Style, render.TonePortName, text)
	}
	return text
}

// empty says why there are no rows.
func (m *Model) empty() string {
	switch {
	case m.page.Failed != nil:
		return strings.Join(errorLines(m.page.Failed), " ")
	case m.status.filter != "":
		return "nothing matches the filter; Esc removes it"
	case m.here().view == Processes && !m.opt.Live:
		return "a capture has no processes: they are known only while capturing, with -i"
	case m.here().view == Processes && m.opt.Engine.Processes == nil:
		return "processes are not looked for"
	case !m.status.begun:
		return "no packet yet"
	case m.here().view == AlertList:
		return "no alerts"
	}
	return "nothing here"
}

// footer is the last lines: the time line, and a message, the filter as it is typed, or keys.
func (m *Model) footer() (lines []string) {
	if m.opt.Player != nil {
		lines = append(lines, m.timeLine())
	}
	switch {
	case m.typing:
		lines = append(lines, "/ "+m.filter.view(m.width-2))
		for _, line := range m.wrong {
			lines = append(lines, " "+tint(m.opt.Style, render.ToneWrong, line))
		}
		return lines
	case m.saving:
		return append(lines, " Save: p packets of the row (pcapng) · c rows (CSV) · "+
			"j rows (JSON) · Esc nothing")
	case m.message != "":
		return append(lines, " "+m.message)
	case m.small():
		return append(lines, " small terminal: two columns only")
	}
	return append(lines, " "+shorter(m.hint(), m.width-1))
}

// shorter leaves out parts of a hint until it fits, but not the first and the last.
func shorter(hint string, room int) string {
	const between = " · "
	parts := strings.Split(hint, between)
	for len(parts) > 2 && textutil.Columns(strings.Join(parts, between)) > room {
		parts = slices.Delete(parts, len(parts)-2, len(parts)-1)
	}
	return strings.Join(parts, between)
}

// hint names the keys that matter here.
func (m *Model) hint() string {
	if m.packet != nil {
		return "Left/Right field · Up/Down packet · PgUp/PgDn scroll · c copy as command · Esc back"
	}
	what := map[View]string{Ports: "Enter flows of this port", Flows: "Enter packets of this flow",
		Hosts: "Enter flows of this host", Processes: "Enter flows of this process",
		Packets: "Enter drawing", AlertList: "Enter packets that show it"}[m.here().view]
	space := "space freeze"
	if m.opt.Player != nil {
		space = "space play"
	}
	text := what + " · e latest packet · s sort · t window " + m.window.String() +
		" · c copy · w save · " +
		space + " · q quit"
	if n := m.status.left; n != (forgotten{}) {
		text = fmt.Sprintf("followed no more: %d flows, %d ports, %d hosts · %s", n.flows, n.ports,
			n.hosts, text)
	}
	return text
}

// helpLines is the overlay with all keys.
func (m *Model) helpLines() []string {
	columns := m.keys.all()
	out := []string{"", " " + tint(m.opt.Style, render.ToneHead, "Keys"), ""}
	const keyWidth, half = 12, 43
	for i := range max(len(columns[0]), len(columns[1])) {
		line := " "
		for c, list := range columns {
			cell := ""
			if i < len(list) && list[i].Help().Key != "" && list[i].Help().Desc != "" {
				h := list[i].Help()
				cell = fitted(h.Key, keyWidth, false) + " " + h.Desc
			}
			if c == 0 {
				cell = fitted(cell, half-1, false) + " "
			}
			line += cell
		}
		out = append(out, line)
	}
	return append(out, "", " Filters: a port (443), a service (https), tcpdump's language "+
		"(host 192.0.2.1),", " --where's (client.port < 1024), or a word in the rows (firefox).",
		" Any key closes this help.")
}

// Once is the screen as text that is no longer than what it shows.
func (m *Model) Once() string {
	lines := []string{m.header()}
	lines = append(lines, m.table(nothing)...)
	if n := m.page.Total - len(m.rows); n > 0 {
		lines = append(lines, fmt.Sprintf(" … and %s more", grouped(uint64(n))))
	}
	for i, line := range lines {
		line = ansi.Truncate(line, m.width, "")
		if !m.opt.Style.Color {
			line = ansi.Strip(line)
		}
		lines[i] = strings.TrimRight(line, " ")
	}
	text := strings.Join(lines, "\n") + "\n"
	if !m.opt.Style.Unicode {
		text = asciiMarks.Replace(text)
	}
	return text
}
