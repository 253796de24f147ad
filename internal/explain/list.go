package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/render"
)

// list writes a header's fields, one per line, for terminals too narrow for a diagram.
func (v *view) list(h *header) {
	for i := range h.fields {
		f := &h.fields[i]
		mark := ""
		switch {
		case f.Show == decode.ShowPort && h.Quoted:
			mark = " q"
		case f.Show == decode.ShowPort:
			mark = " <<"
		}
		v.hang(fmt.Sprintf(" %s ", place(f, h)), 4, h.tone(f), f.Name+" "+v.worded(h, f)+mark)
	}
}

// place returns the position of a field: bytes in the frame and in the header, and bits if it does
// not consist of whole bytes.
func place(f *decode.Field, h *header) string {
	from, to := f.At/8, (f.At+f.Width-1)/8
	text := fmt.Sprintf("@%d +%d", from, from-h.At)
	switch {
	case f.At%8 != 0 || f.Width%8 != 0:
		text += fmt.Sprintf(" bit %d", f.At%8)
		if f.Width > 1 {
			text += fmt.Sprintf("-%d", f.At%8+f.Width-1)
		}
	case to > from:
		text = fmt.Sprintf("@%d-%d +%d", from, to, from-h.At)
	}
	return text
}

// worded returns a field's value and its meaning.
func (v *view) worded(h *header, f *decode.Field) string {
	text := h.value(f)
	if f.Show == decode.ShowPort && !f.Cut {
		return text + fmt.Sprintf(" = 0x%04x", f.Value)
	}
	if f.Show == decode.ShowBytes && !f.Cut && len(f.Raw) > 16 {
		text = hexBytes(f.Raw[:16]) + fmt.Sprintf(" ... (%s)", bytesOf(len(f.Raw)))
	}
	if m := f.Meaning(); m != "" && (f.Value != 0 || f.Role != decode.FragmentOffset) {
		text += " = " + m
	}
	if verdicts := h.verdicts(); f.Show == decode.ShowSum && !f.Cut && len(verdicts) > 0 {
		text += " " + verdicts[0]
	}
	if f.Role == decode.NotAPort {
		text += " (not a port)"
	}
	return text
}

// sentences write a header's fields as full sentences for screen readers.
func (v *view) sentences(h *header) {
	for i := range h.fields {
		f := &h.fields[i]
		v.hang("  ", 4, h.tone(f), v.sentence(h, f)+".")
	}
}

// sentence returns "Source Port 51514: frame bytes 34-35, TCP bytes 0-1, hex c9 3a".
func (v *view) sentence(h *header, f *decode.Field) string {
	from, to := f.At/8, (f.At+f.Width-1)/8
	text := fmt.Sprintf("%s %s", f.Name, v.worded(h, f))
	if f.Show == decode.ShowPort && !f.Cut {
		words := strings.ToLower(f.Name)
		if h.Quoted {
			words = "quoted " + words
		}
		text = fmt.Sprintf("%s %d", strings.ToUpper(words[:1])+words[1:], f.Value)
	}
	if f.Show == decode.ShowFlag {
		text = f.Name + " flag " + map[bool]string{true: "set", false: "not set"}[f.Value != 0]
		if f.Cut {
			text = f.Name + " flag cut off"
		}
	}
	text += ": " + plural("frame byte", from, to) + ", " +
		plural(h.name+" byte", from-h.At, to-h.At)
	if f.At%8 != 0 || f.Width%8 != 0 {
		text += ", " + plural("bit", f.At%8, f.At%8+f.Width-1)
	}
	raw := f.Raw
	if len(raw) == 0 {
		return text
	}
	if len(raw) > 16 {
		return text + ", hex " + hexBytes(raw[:16]) + fmt.Sprintf(" and %d more", len(raw)-16)
	}
	return text + ", hex " + hexBytes(raw)
}

func plural(what string, from, to int) string {
	if from == to {
		return fmt.Sprintf("%s %d", what, from)
	}
	return fmt.Sprintf("%ss %d-%d", what, from, to)
}

// purposes write the purpose and the definition of each field, once per header for equal fields.
func (v *view) purposes(h *header) {
	seen := map[string]bool{}
	if pr := h.Protocol(); len(h.fields) > 0 {
		v.hang("  ", 4, render.TonePlain, fmt.Sprintf("%s: %s. [%s]", h.name, pr.Name, pr.Ref))
	}
	for i := range h.fields {
		f := &h.fields[i]
		if f.Doc == "" || seen[f.Key] {
			continue
		}
		seen[f.Key] = true
		v.hang("  ", 4, render.TonePlain, f.Name+": "+f.Doc+" ["+f.Ref+"]")
	}
}
