package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/render"
)

// rowBytes returns the captured bytes of a row.
func (v *view) rowBytes(h *header, r *row) string {
	if r.folded > 0 {
		return "..."
	}
	data := v.Packet.Data
	from := min(h.At+r.bit/8, len(data))
	return hexBytes(data[from:min(from+(r.bits()+7)/8, len(data))])
}

// notes returns the meaning of a row's values that their boxes do not show.
func (v *view) notes(h *header, r *row) (notes []string) {
	if holdsPort(h, r) && h.Quoted {
		return []string{"QUOTED"}
	}
	if holdsPort(h, r) {
		return []string{"PORTS"}
	}
	for _, s := range r.segs {
		f := &h.fields[s.field]
		if !s.main || f.Cut || r.folded > 0 {
			continue
		}
		n := note(h, f, h.box(f, 2*(s.to-s.from)-1))
		switch {
		case n == "":
		case f.Role.SaysNext():
			notes = append([]string{n}, notes...) // first, in case not all fit
		default:
			notes = append(notes, n)
		}
	}
	return notes
}

// note returns the meaning of a field's value, or "" if its box already shows it.
func note(h *header, f *decode.Field, box string) string {
	m := f.Meaning()
	switch {
	case f.Show == decode.ShowFlag && f.Value != 0:
		return box + " = " + f.Name
	case f.Role.SaysNext():
		return "->" + follows(f)
	case m == "" || strings.HasSuffix(box, m):
		return ""
	case f.Value == 0 && f.Role == decode.FragmentOffset:
		return ""
	case inBytes(f):
		return f.Label() + " = " + m
	}
	return m
}

// noteTone returns the tone of the note next to a row.
func noteTone(h *header, r *row) render.Tone {
	for _, s := range r.segs {
		switch t := h.tone(&h.fields[s.field]); t {
		case render.TonePort, render.ToneNext:
			return t
		}
	}
	return render.TonePlain
}

// sums write how the ports of a row are computed from their bytes, and what they are.
func (v *view) sums(h *header, r *row) {
	for _, s := range r.segs {
		f := &h.fields[s.field]
		if f.Show != decode.ShowPort || f.Cut {
			continue
		}
		text := arithmetic(f)
		if words := v.inShort(h, f); words != "" {
			text += ": " + words
		}
		v.hang(strings.Repeat(" ", margin+1), margin+3, render.TonePlain, text)
	}
}

// arithmetic shows how two bytes form a port.
func arithmetic(f *decode.Field) string {
	return fmt.Sprintf("0x%04x = %d*256 + %d = %d", f.Value, f.Value>>8, f.Value&0xff, f.Value)
}
