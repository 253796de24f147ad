package top

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"

	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

// footer returns the last lines: why the input ended early, the timeline, and then the filter that
// the user types, a message, or keys.
func (m *Model) footer() (lines []string) {
	lines = m.failure()
	if m.opt.Player != nil {
		lines = append(lines, m.timeLine())
	}
	switch {
	case m.typing:
		lines = append(lines, "/ "+m.filter.view(m.width-2))
		if len(m.offers) > 0 {
			lines = append(lines, " "+fitting(m.offers, m.width-1))
		}
		for _, line := range m.wrong {
			lines = append(lines, " "+tint(m.opt.Style, render.ToneWrong, line))
		}
		return lines
	case m.saving:
		return append(lines, " "+firstFitting(m.width-1, "Save: p packets of the row (pcapng) · "+
			"c rows (CSV) · j rows (JSON) · s drawing (SVG) · Esc nothing",
			"Save: p pcapng · c CSV · j JSON · s SVG · Esc nothing",
			"Save: p c j s · Esc nothing"))
	case m.message != "":
		return append(lines, " "+m.message)
	case m.small():
		return append(lines, fmt.Sprintf(" two columns only · %s help · %s quit",
			keyLabel(m.keys.Help.Keys()[0]), keyLabel(m.keys.Quit.Keys()[0])))
	}
	return append(lines, " "+shorter(m.hint(), m.width-1))
}

// fitting joins as many words as fit and appends the number of the others.
func fitting(words []string, width int) string {
	for n := len(words); n > 0; n-- {
		text := strings.Join(words[:n], "  ")
		if n < len(words) {
			text += fmt.Sprintf("  … %d more", len(words)-n)
		}
		if textutil.Columns(text) <= width {
			return text
		}
	}
	return fmt.Sprintf("%d words", len(words))
}

// firstFitting returns the first text that fits, the last one if none does.
func firstFitting(width int, texts ...string) string {
	for _, text := range texts {
		if textutil.Columns(text) <= width {
			return text
		}
	}
	return texts[len(texts)-1]
}

// shorter removes parts of a hint until it fits. It keeps the first part and the last two.
func shorter(hint string, space int) string {
	const between = " · "
	parts := strings.Split(hint, between)
	for len(parts) > 3 && textutil.Columns(strings.Join(parts, between)) > space {
		parts = slices.Delete(parts, len(parts)-3, len(parts)-2)
	}
	return strings.Join(parts, between)
}

// hint returns the most important keys of the current view.
func (m *Model) hint() string {
	k, and := &m.keys, " · "
	first := func(b key.Binding) string { return keyLabel(b.Keys()[0]) }
	both := func(x, y key.Binding) string { return first(x) + "/" + first(y) }
	end := and + first(k.Help) + " help" + and
	if m.packet != nil {
		return both(k.FieldLeft, k.FieldRight) + " field" + and + both(k.Up, k.Down) + " packet" +
			and + both(k.PageUp, k.PageDown) + " scroll" + and + first(k.Copy) +
			" copy as command" + end + first(k.Back) + " back"
	}
	what := map[View]string{Ports: "flows of this port", Flows: "packets of this flow",
		Hosts: "flows of this host", Processes: "flows of this process",
		Packets: "drawing", AlertList: "its packets or flow"}[m.here().view]
	latest := and + first(k.Anatomy) + " latest packet"
	if m.opt.Engine.stored {
		latest = ""
	}
	freeze := "freeze"
	if m.opt.Player != nil {
		freeze = "play"
	}
	open := first(k.Enter) + " " + what
	if m.opt.Engine.stored && m.here().view == Flows {
		open = first(k.Back) + " back"
	}
	text := open + latest + and + first(k.Sort) + " sort" + and + first(k.Window) + " window " +
		m.windowName() + and + first(k.Copy) + " copy" + and + first(k.Save) + " save" + and +
		first(k.Freeze) + " " + freeze + end + first(k.Quit) + " quit"
	if n := m.status.left; n != (forgotten{}) {
		text = fmt.Sprintf("evicted: %d flows, %d ports, %d hosts · %s", n.flows, n.ports,
			n.hosts, text)
	}
	return text
}

// helpLines returns the overlay with all keys: in two columns, or on a narrow terminal in one, as
// many as fit.
func (m *Model) helpLines() []string {
	const half, narrow = 43, 78
	var columns [2][]string
	for i, list := range m.keys.all() {
		for _, b := range list {
			if h := b.Help(); b.Enabled() {
				columns[i] = append(columns[i], fitted(h.Key, 12, false)+" "+h.Desc)
			}
		}
	}
	out := []string{"", " " + tint(m.opt.Style, render.ToneHead, "Keys"), ""}
	if m.width < narrow {
		return append(out, m.helpColumn(slices.Concat(columns[0], columns[1]))...)
	}
	for i := range max(len(columns[0]), len(columns[1])) {
		left, right := "", ""
		if i < len(columns[0]) {
			left = columns[0][i]
		}
		if i < len(columns[1]) {
			right = columns[1][i]
		}
		out = append(out, " "+fitted(left, half, false)+right)
	}
	return append(out, "", " Filters: a port (443), a service (https), tcpdump's language "+
		"(host 192.0.2.1),", " --where's (client.port < 1024), or a word in the rows (firefox).",
		" Tab completes words. Any key closes this help.")
}

// helpColumn returns the first of the keys, as many as fit, and how to see the others.
func (m *Model) helpColumn(keys []string) (out []string) {
	const above, below = 5, 1 // lines of the screen besides the keys and the footer
	if n := m.height - above - below - m.foot(); n < len(keys) {
		keys = keys[:max(n, 0)]
	}
	for _, line := range keys {
		out = append(out, " "+line)
	}
	return append(out, " Wider terminals show all keys. Any key closes this help.")
}
