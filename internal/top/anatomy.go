package top

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

// An anatomy is the drawing of one packet, with one of its fields selected.
type anatomy struct {
	number int64
	key    flow.Key // of its first flow; zero if there is none
	frame  *analysis.Frame
	fields []field
	at     int      // index of the selected field
	width  int      // width of lines
	lines  []string // the drawing
	offset int      // index of the line at the top
}

// A field is a field of a header, with the header's name and position.
type field struct {
	decode.Field
	header string
	layer  int // byte of the frame where the header begins
}

// panelHeight is the number of lines for the selected field: its value, description and bytes.
const panelHeight = 7

// draw opens the drawing of a packet.
func (m *Model) draw(number int64) {
	var a *anatomy
	m.opt.Locked(func() {
		if k := m.opt.Engine.packets.find(number); k != nil {
			k := k.clone()
			a = &anatomy{number: number, key: k.flow, frame: m.opt.Engine.frame(&k)}
		}
	})
	if a == nil {
		m.say(fmt.Sprintf("packet %d is no longer in memory", number))
		return
	}
	p := a.frame.Packet
	for i, l := range p.Layers {
		for _, f := range p.Fields(i) {
			a.fields = append(a.fields, field{f, l.Protocol().Name, l.At})
		}
	}
	for i := range a.fields {
		if a.fields[i].Show == decode.ShowPort {
			a.at = i
			break
		}
	}
	m.packet = a
}

// drawLatest draws the latest packet of the selected row.
func (m *Model) drawLatest() {
	if m.opt.Engine.stored {
		m.say(noPackets)
		return
	}
	h := *m.here()
	if number, ok := h.selected.(int64); ok {
		m.draw(number)
		return
	}
	if h.selected == nil || len(m.page.Order) == 0 {
		return
	}
	m.enter()
	if m.here().view != Packets {
		m.here().view, m.here().selected = Packets, nil
		m.resort()
	}
	if number, ok := m.here().selected.(int64); ok {
		m.draw(number)
		return
	}
	m.say("its packets are no longer in memory")
	m.back()
}

// pressPacket handles a key while a packet is drawn. It reports whether the key has a meaning
// there.
func (m *Model) pressPacket(k tea.KeyPressMsg) bool {
	a := m.packet
	switch {
	case key.Matches(k, m.keys.FieldLeft):
		a.pick(a.at-1, m.drawingHeight())
	case key.Matches(k, m.keys.FieldRight):
		a.pick(a.at+1, m.drawingHeight())
	case key.Matches(k, m.keys.Up):
		m.move(-1)
		m.redrawPacket()
	case key.Matches(k, m.keys.Down):
		m.move(1)
		m.redrawPacket()
	case key.Matches(k, m.keys.PageUp):
		a.scroll(-m.drawingHeight(), m.drawingHeight())
	case key.Matches(k, m.keys.PageDown):
		a.scroll(m.drawingHeight(), m.drawingHeight())
	case key.Matches(k, m.keys.Enter), key.Matches(k, m.keys.Anatomy):
	default:
		return false
	}
	return true
}

// redrawPacket draws the selected packet.
func (m *Model) redrawPacket() {
	if number, ok := m.here().selected.(int64); ok && number != m.packet.number {
		m.draw(number)
	}
}

// scroll moves the drawing by some lines. visible is the number of lines on the screen.
func (a *anatomy) scroll(by, visible int) {
	a.offset = max(min(a.offset+by, len(a.lines)-visible), 0)
}

// pick selects a field and scrolls the drawing so that its row is visible.
func (a *anatomy) pick(i, visible int) {
	a.at = max(min(i, len(a.fields)-1), 0)
	if len(a.fields) == 0 {
		return
	}
	if n := a.lineOf(a.fields[a.at].At / 8); n >= 0 && (n < a.offset || n >= a.offset+visible) {
		a.offset = n - visible/2
		a.scroll(0, visible)
	}
}

// lineOf returns the line of the drawing that contains a byte of the frame, -1 if there is none.
// Each row of a header begins with the offset of its first byte: @34.
func (a *anatomy) lineOf(at int) int {
	line := -1
	for i, text := range a.lines {
		word, _, _ := strings.Cut(strings.TrimLeft(ansi.Strip(text), " "), " ")
		if n, err := strconv.Atoi(strings.TrimPrefix(word, "@")); err == nil && word[0] == '@' &&
			n <= at {
			line = i
		}
	}
	return line
}

// drawingHeight returns the number of visible lines of the drawing.
func (m *Model) drawingHeight() int { return max(m.height-m.head()-panelHeight-m.foot(), 1) }

// layOut renders the drawing if the width changed.
func (a *anatomy) layOut(style render.Style, visible int) {
	if a.width == style.Width {
		return
	}
	a.width = style.Width
	var b bytes.Buffer
	s := &explain.Subject{Frame: a.frame}
	if err := explain.Text(&b, s, explain.Options{Style: style}); err != nil {
		b.WriteString(textutil.Escape(err.Error()))
	}
	a.lines = strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	a.offset = 0
	a.pick(a.at, visible)
}

// packetLines returns the lines of the drawing and of the selected field.
func (m *Model) packetLines() []string {
	a := m.packet
	style := m.opt.Style
	style.Width = m.width
	visible := m.drawingHeight()
	a.layOut(style, visible)
	a.scroll(0, visible)
	var out []string
	for i := range visible {
		line := ""
		if n := a.offset + i; n < len(a.lines) {
			line = a.lines[n]
		}
		out = append(out, line)
	}
	return append(out, m.panel()...)
}

// panel returns the lines about the selected field: its value, its description, and its bytes among
// those around it.
func (m *Model) panel() []string {
	a := m.packet
	out := make([]string, 0, panelHeight)
	out = append(out, strings.Repeat("─", m.width))
	if len(a.fields) == 0 {
		out = append(out, "no header of this packet was decoded")
	} else {
		f := &a.fields[a.at]
		value := string(render.AppendValue(nil, &f.Field))
		if f.Cut {
			value = "cut off"
		}
		if what := f.Meaning(); what != "" && !f.Cut && what != value {
			value += " (" + what + ")"
		}
		out = append(out, tint(m.opt.Style, render.ToneHead,
			textutil.Escape(fmt.Sprintf("%s: %s = %s", f.header, f.Name, value))))
		text := textutil.Escape(fmt.Sprintf("%s. %s (%s)", a.place(f), f.Doc, f.Ref))
		const maxLines = 2 // lines
		wrapped := strings.Split(ansi.Wrap(text, m.width, ""), "\n")
		out = append(out, wrapped[:min(len(wrapped), maxLines)]...)
		out = append(out, a.dump(f)...)
	}
	for len(out) < panelHeight {
		out = append(out, "")
	}
	return out[:panelHeight]
}

// place returns a text with the position of a field: bytes of the frame and of its header, and
// bits.
func (a *anatomy) place(f *field) string {
	first, last := f.At/8, (f.At+max(f.Width, 1)-1)/8
	own := first - f.layer
	text := fmt.Sprintf("frame bytes %d–%d, header bytes %d–%d", first, last, own,
		own+last-first)
	if first == last {
		text = fmt.Sprintf("frame byte %d, header byte %d", first, own)
	}
	if f.At%8 != 0 || f.Width%8 != 0 {
		text += fmt.Sprintf(", %d bits from bit %d", f.Width, f.At%8)
	}
	return text
}

// dump returns the bytes of a field and those around it, 16 per line. The field's bytes are in
// reverse video and between brackets.
func (a *anatomy) dump(f *field) (lines []string) {
	const inRow, rows = 16, 3
	data := a.frame.Packet.Data
	first, end := f.At/8, (f.At+max(f.Width, 1)-1)/8+1
	row := max(first/inRow-1, 0)
	for r := row; r < row+rows && r*inRow < len(data); r++ {
		var b strings.Builder
		fmt.Fprintf(&b, "  %04x  ", r*inRow)
		for i := r * inRow; i < min((r+1)*inRow, len(data)); i++ {
			in := i >= first && i < end
			switch {
			case i == first || in && i%inRow == 0:
				b.WriteString("[")
			case i == end && i%inRow != 0:
				b.WriteString("]")
			default:
				b.WriteString(" ")
			}
			text := fmt.Sprintf("%02x", data[i])
			if in {
				text = reverse(text)
			}
			b.WriteString(text)
		}
		if last := min((r+1)*inRow, len(data)); last > r*inRow && last-1 >= first && last <= end {
			b.WriteString("]")
		}
		lines = append(lines, b.String())
	}
	return lines
}
