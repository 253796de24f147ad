package top

import (
	"errors"
	"fmt"
	"net/netip"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

// press handles a key.
func (m *Model) press(k tea.KeyPressMsg) tea.Cmd {
	switch {
	case k.String() == "ctrl+c":
		return tea.Quit
	case key.Matches(k, m.keys.Suspend):
		if m.opt.Pause == nil {
			m.say("there is no shell with job control to resume it")
			return nil
		}
		return func() tea.Msg { m.opt.Pause(); return nil }
	case m.typing:
		m.typed(k)
	case m.saving:
		return m.pressSave(k.String())
	case m.picking:
		m.pickColumn(k.String())
	case m.help:
		m.help = false
		return nil
	case key.Matches(k, m.keys.Quit):
		return tea.Quit
	case key.Matches(k, m.keys.Help):
		m.help = true
	case key.Matches(k, m.keys.Back):
		m.back()
	case key.Matches(k, m.keys.Mouse):
		m.mouse = !m.mouse
		m.say(map[bool]string{true: "mouse on: the wheel moves; click rows, headings, views",
			false: "mouse off"}[m.mouse])
	case key.Matches(k, m.keys.Filter):
		m.typing, m.wrong, m.offers = true, nil, nil
	case key.Matches(k, m.keys.Copy):
		return m.copy()
	case key.Matches(k, m.keys.Columns):
		m.picking = m.packet == nil
	case key.Matches(k, m.keys.Save):
		if m.saving = m.opt.Save != nil; !m.saving {
			m.say("files cannot be written here")
		}
	case m.packet != nil && m.pressPacket(k):
	case m.pressTime(k):
	default:
		m.pressTable(k)
	}
	return nil
}

// pressTable handles a key of the tables.
func (m *Model) pressTable(k tea.KeyPressMsg) {
	v := m.here().view
	switch {
	case key.Matches(k, m.keys.View):
		m.Show(View(k.String()[0] - '1'))
	case key.Matches(k, m.keys.Next):
		m.Show((v + 1) % views)
	case key.Matches(k, m.keys.Previous):
		m.Show((v + views - 1) % views)
	case key.Matches(k, m.keys.Up):
		m.move(-1)
	case key.Matches(k, m.keys.Down):
		m.move(1)
	case key.Matches(k, m.keys.PageUp):
		m.move(-m.visibleRows())
	case key.Matches(k, m.keys.PageDown):
		m.move(m.visibleRows())
	case key.Matches(k, m.keys.Top):
		m.move(-maxRows)
	case key.Matches(k, m.keys.Bottom):
		m.move(maxRows)
	case key.Matches(k, m.keys.Enter):
		m.enter()
	case key.Matches(k, m.keys.Anatomy):
		m.drawLatest()
	case key.Matches(k, m.keys.Sort):
		m.sort[v] = (m.sort[v] + 1) % len(v.Sorts())
		m.resort()
		m.say("sorted by " + v.Sorts()[m.sort[v]].Name)
	case key.Matches(k, m.keys.Reverse):
		m.reverse[v] = !m.reverse[v]
		m.resort()
	case key.Matches(k, m.keys.Window):
		m.window = (m.window + 1) % windows
		m.resort()
	case key.Matches(k, m.keys.Freeze):
		m.frozen, m.still = !m.frozen, nil
		m.redraw()
	}
}

// pressTime handles a key of the timeline. It reports whether the key has a meaning there.
func (m *Model) pressTime(k tea.KeyPressMsg) bool {
	p := m.opt.Player
	if p == nil {
		return false
	}
	at := p.Position()
	const steps = 40 // from one end of the timeline to the other
	step := max((at.Last-at.First)/steps, at.Step, 1)
	switch {
	case key.Matches(k, m.keys.Freeze):
		p.Play(!at.Playing)
	case key.Matches(k, m.keys.Earlier):
		if !at.CanSeekBack {
			m.say("standard input cannot be read twice, so top cannot go back in time")
			return true
		}
		p.MoveTo(max(at.Now-step, at.First))
	case key.Matches(k, m.keys.Later):
		p.MoveTo(at.Now + step)
	case key.Matches(k, m.keys.Faster):
		p.Speed(true)
	case key.Matches(k, m.keys.Slower):
		p.Speed(false)
	default:
		return false
	}
	return true
}

// typed handles a key while the user types the filter.
func (m *Model) typed(k tea.KeyPressMsg) {
	switch k.String() {
	case "enter":
		m.typing = !m.apply(m.filter.String())
	case "esc":
		m.typing, m.wrong = false, nil
		m.filter.set(m.status.filter)
	case "tab":
		m.wrong, m.offers = nil, m.filter.complete()
		return
	default:
		m.wrong = nil
		m.filter.press(k)
	}
	m.offers = nil
}

// apply filters by a text. It reports whether the text is a valid filter.
func (m *Model) apply(text string) bool {
	f, err := ParseFilter(text)
	if m.opt.Engine.stored {
		if f = f.forStore(); err == nil && f != nil && f.packets != nil {
			err = errors.New(noPackets + "; a word selects rows")
		}
	}
	if err != nil {
		m.wrong = errorLines(err)
		return false
	}
	m.wrong = nil
	m.filter.set(text)
	m.opt.Locked(func() { m.opt.Engine.SetFilter(f) })
	if m.opt.Player != nil && !m.opt.Engine.stored {
		m.opt.Player.Recount()
	}
	m.resort()
	return true
}

// errorLines returns the lines of an error, with the position of the mistake.
func errorLines(err error) []string {
	lines := []string{err.Error()}
	if e, ok := err.(interface{ Lines() []string }); ok {
		lines = e.Lines()
	}
	return escaped(append([]string(nil), lines...)...)
}

// portTitle returns the title of a port in the path.
func portTitle(id PortID) string {
	if id.None {
		return "no port"
	}
	return textutil.Escape(portName(id.PortKey) + " " + serviceName(id.PortKey))
}

// enterHost narrows a place to a host.
func (p *place) enterHost(id any) {
	if addr, ok := id.(netip.Addr); ok {
		p.scope.Host, p.title = addr, textutil.Escape(addr.String())
	}
}

// enterAlert narrows a place to the packets of an alert. It returns false if no packet shows the
// alert.
func (m *Model) enterAlert(p *place, id AlertID) bool {
	var a Alert
	var ok bool
	m.opt.Locked(func() { a, ok = m.opt.Engine.alert(id) })
	if !ok || a.Frame == 0 {
		m.say("no packet shows this")
		return false
	}
	*p = place{view: Packets, scope: a.scope, title: textutil.Escape(a.What), selected: a.Frame}
	if m.opt.Engine.stored {
		p.view, p.selected = Flows, nil
	}
	return true
}

// flowTitle returns the title of a flow in the path, the client first.
func (m *Model) flowTitle(k flow.Key) string {
	var f flow.Flow
	m.opt.Locked(func() { f = m.opt.Engine.flow(k) })
	r := analysis.RolesOf(&f)
	return textutil.Escape(fmt.Sprintf("%s → %s",
		render.HostPort(r.ClientEnd.Addr, r.ClientEnd.Port),
		render.HostPort(r.ServerEnd.Addr, r.ServerEnd.Port)))
}
