package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/render"
)

// box returns the text of a field's box: the longest caption that fits in the given number of
// columns. A number always fits, because n bits have 2n-1 columns.
func (h *header) box(f *decode.Field, columns int) string {
	for _, text := range h.captions(f) {
		if width(text) <= columns {
			return text
		}
	}
	const telling = 8 // least columns of a value for which a name before it is useful
	if label := f.Label() + " "; width(label)+telling <= columns {
		return label + clip(h.value(f), columns-width(label))
	}
	return clip(h.value(f), columns)
}

// captions returns the ways to write a field, the longest first.
func (h *header) captions(f *decode.Field) []string {
	label, value := f.Label(), h.value(f)
	switch {
	case f.Cut:
		return []string{label + " [cut off]", label + " [cut]", "[cut]", "cut", "?"}
	case f.Show == decode.ShowPort:
		return h.portCaptions(f)
	case f.Show == decode.ShowFlag && f.Value == 0:
		return []string{"."}
	case f.Show == decode.ShowFlag:
		return []string{label, label[:1]}
	case f.Role.SaysNext():
		return announcements(f)
	case f.Show == decode.ShowSum:
		var out []string
		for _, verdict := range h.verdicts() {
			out = append(out, label+" "+value+" "+verdict)
		}
		return append(out, label+" "+value, value)
	}
	if f.Role == decode.FragmentOffset && f.Value != 0 {
		label = strings.ToUpper(label) // it is the reason why there are no ports
	}
	plain := []string{label + " " + value, clipped(label, 3) + " " + value, clipped(label, 1) +
		" " + value, value}
	switch m := f.Meaning(); {
	case f.Role == decode.NotAPort:
		return append([]string{label + " " + value + " (not a port)"}, plain...)
	case f.Role == decode.RawSequence && f.Value != 0:
		return append([]string{label + " " + value + " (raw)"}, plain...)
	case m != "" && !inBytes(f): // a length in bytes next to one in words would confuse readers
		full := []string{label + " " + value + "=" + m, value + "=" + m}
		if short := optionNames[m]; short != "" && f.Key == "tcp.option_kind" {
			full = append(full, value+"="+short)
		}
		return append(full, plain...)
	}
	return plain
}

// inBytes reports whether a field's meaning is its value converted to bytes.
func inBytes(f *decode.Field) bool {
	return f.Role == decode.ScaledLength || f.Role == decode.FragmentOffset
}

// portCaptions mark a port: brackets for the packet's own, quotation marks for a port of another
// packet that an ICMP error quotes.
func (h *header) portCaptions(f *decode.Field) []string {
	open, shut := "[", "]"
	if h.Quoted {
		open, shut = `"`, `"`
	}
	var out []string
	for _, text := range []string{fmt.Sprintf("%s %d = 0x%04x", f.Label(), f.Value, f.Value),
		fmt.Sprintf("%s %d", f.Label(), f.Value), fmt.Sprint(f.Value)} {
		out = append(out, open+text+shut)
	}
	return out
}

// announcements return the ways to write a field that identifies the next protocol, in capitals.
func announcements(f *decode.Field) []string {
	n, label, short := number(f), strings.ToUpper(f.Label()), "NEXT"
	if f.Name == "Protocol" {
		short = "PROTO"
	}
	m := f.Meaning()
	if m == "" {
		return []string{strings.ToUpper(f.Name) + " " + n, label + " " + n, short + " " + n, n}
	}
	first, _, _ := strings.Cut(m, " ")
	return []string{strings.ToUpper(f.Name) + " " + n + "=" + m, label + " " + n + "=" + m, short +
		" " + n + "=" + m, short[:1] + " " + n + "=" + m,
		n + "=" + m, n + "=" + first, n}
}

// whys are the reasons why a checksum cannot be verified.
var whys = map[decode.Why]string{
	decode.WhyCut: "cut", decode.WhyFragment: "fragment", decode.WhyQuoted: "quoted",
	decode.WhyNoIP: "no IP header", decode.WhyRoute: "unknown route",
	decode.WhyLength: "lengths differ",
}

// verdicts returns texts for the result of the header's checksum, the longest first.
func (h *header) verdicts() []string {
	switch h.check.Sum {
	case decode.Good:
		return []string{"ok"}
	case decode.Absent:
		return []string{"none made"}
	case decode.Offloaded:
		return []string{"left to the network card"}
	case decode.Unknowable:
		return []string{"unchecked: " + whys[h.check.Why], "(" + whys[h.check.Why] + ")",
			"unchecked"}
	case decode.Bad:
		return []string{fmt.Sprintf("BAD, not 0x%04x", h.check.Want), "BAD"}
	}
	return nil
}

// value returns a field's value as text.
func (h *header) value(f *decode.Field) string {
	if f.Show == decode.ShowBytes && !f.Cut {
		return hexBytes(f.Raw[:min(len(f.Raw), rowBits)]) // a row has no space for more
	}
	return render.Value(*f)
}

// clipped returns the first letters of a label.
func clipped(label string, letters int) string {
	return strings.TrimRight(label[:min(letters, len(label))], " ")
}

// tone returns the tone of a field, for its color.
func (h *header) tone(f *decode.Field) render.Tone {
	switch {
	case f.Cut:
		return render.ToneWrong
	case f.Show == decode.ShowPort:
		return render.TonePort
	case f.Role.SaysNext():
		return render.ToneNext
	case f.Show == decode.ShowSum && h.check.Sum == decode.Bad:
		return render.ToneWrong
	case f.Role == decode.FragmentOffset && f.Value != 0:
		return render.ToneNone
	}
	return render.TonePlain
}

// clip shortens a text to the given number of columns, with a mark.
func clip(text string, columns int) string {
	r := []rune(text)
	switch {
	case len(r) <= columns:
		return text
	case columns < 1:
		return ""
	}
	return string(r[:columns-1]) + "~"
}
