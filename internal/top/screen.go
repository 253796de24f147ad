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

// A terminal with fewer columns or rows shows only two columns of a table.
const (
	smallWidth  = 60
	smallHeight = 15
)

func (m *Model) small() bool { return m.width < smallWidth || m.height < smallHeight }

// head returns the number of lines above the rows.
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

// foot returns the number of lines below the rows.
func (m *Model) foot() int {
	n := 1 + len(m.failure())
	if m.typing {
		n += len(m.wrong) + min(len(m.offers), 1)
	}
	if m.opt.Player != nil {
		n++
	}
	return n
}

// visibleRows returns the number of rows that fit on the screen.
func (m *Model) visibleRows() int { return max(m.height-m.head()-m.foot(), 1) }

// View returns the view that draws the screen.
func (m *Model) View() tea.View {
	v := tea.NewView(m.Screen())
	v.AltScreen = true
	v.WindowTitle = "portsniff " + m.opt.Name
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// Screen returns the text of the screen. It has as many lines as the terminal, and no line is wider
// than the terminal.
func (m *Model) Screen() string {
	lines := []string{m.header(), m.tabs()}
	if len(m.path) > 1 || m.packet != nil {
		lines = append(lines, m.crumbs())
	}
	switch {
	case m.help:
		lines = append(lines[:2], m.helpLines()...)
	case m.picking:
		lines = append(lines[:2], m.columnLines()...)
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

// nothing is the index for no row.
const nothing = -1

// table returns the heading and the rows. selected is the index of the selected row.
func (m *Model) table(selected int) []string {
	style := m.opt.Style
	heads := make([]string, len(m.page.Columns))
	h := m.here()
	by := h.view.Sorts()[m.sort[h.view]].Heads
	for i, c := range m.page.Columns {
		heads[i] = c.Head
		if slices.Contains(by, c.Head) {
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
			row := "▌" + m.layout.row(cells, nil)
			out = append(out, reverse(row+strings.Repeat(" ",
				max(m.width-textutil.Columns(row), 0))))
			continue
		}
		out = append(out, " "+m.layout.row(cells, m.paint))
	}
	if len(m.rows) == 0 {
		out = append(out, "")
		for line := range strings.SplitSeq(ansi.Wrap(m.empty(), max(m.width-2, 1), ""), "\n") {
			out = append(out, " "+line)
		}
	}
	return out
}

// paint colors the port column of the view Ports.
func (m *Model) paint(column int, text string) string {
	if m.here().view == Ports && m.page.Columns[column].Head == "PORT" {
		return tint(m.opt.Style, render.TonePortName, text)
	}
	return text
}

// empty returns the reason why there are no rows.
func (m *Model) empty() string {
	switch {
	case m.page.Failed != nil:
		return strings.Join(errorLines(m.page.Failed), " ")
	case m.status.filter != "":
		return "nothing matches the filter; " + keyLabel(m.keys.Back.Keys()[0]) + " removes it"
	case m.here().view == Packets && m.opt.Engine.stored:
		return noPackets
	case m.here().view == Processes && m.opt.Engine.stored:
		return "a store has no processes: they are known only while capturing, with -i"
	case m.here().view == Processes && !m.opt.Live:
		return "a capture has no processes: they are known only while capturing, with -i"
	case m.here().view == Processes && m.opt.Engine.Processes == nil:
		return "processes are not looked up"
	case !m.status.begun && m.opt.Engine.stored:
		return "the store has no data for that time"
	case !m.status.begun && m.ended:
		return "the input has ended without a packet"
	case !m.status.begun && m.opt.Player != nil && !m.opt.Player.Position().Reading:
		return "the input has no packet"
	case !m.status.begun:
		return "no packet yet"
	case m.here().view == AlertList:
		return "no alerts"
	}
	return "nothing here"
}

// Once returns the header and the table as text, without empty lines below them.
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
