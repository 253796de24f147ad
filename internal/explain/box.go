package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/render"
)

// box returns what is in a field's box, the longest that fits in the given number of columns. A
// number always fits, for n bits have 2n-1 columns.
func (h *header) box(f *decode.Field, columns int) string {
	for _, text := range h.captions(f) {
		if width(text) <= columns {
			return text
		}
	}
	const telling = 8 // columns of a value are enough to be worth a name in front
	if label := f.Label() + " "; width(label)+telling <= columns {
		return label + clip(h.value(f), columns-width(label))
	}
	return clip(h.value(f), columns)
}

// captions are ways to write a field, the fullest first.
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
		label = strings.ToUpper(label) // it is why there are no ports
	}
	plain := []string{label + " " + value, clipped(label, 3) + " " + value, clipped(label, 1) +
		" " + value, value}
	switch m := f.Meaning(); {
	case f.Role == decode.NotAPort:
		return append([]string{label + " " + value + " (not a port)"}, plain...)
	case f.Role == decode.RawSequence && f.Value != 0:
		return append([]string{label + " " + value + " (raw)"}, plain...)
	case m != "" && !inBytes(f): // a length in bytes beside one in words would only confuse
		full := []string{label + " " + value + "=" + m, value + "=" + m}
		if short := optionNames[m]; short != "" && f.Key == "tcp.option_kind" {
			full = append(full, value+"="+short)
		}
		return append(full, plain...)
	}
	return plain
}

// inBytes reports whether what a field means is its value in bytes.
func inBytes(f *decode.Field) bool {
	return f.Role == decode.ScaledLength || f.Role == decode.FragmentOffset
}

// portCaptions mark a port: brackets for the packet's own, quotation marks for another packet's
// that an ICMP error quotes.
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

// announcements write a field that says what follows, in capitals.
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

// whys say in words why a checksum cannot be checked.
var whys = map[decode.Why]string{
	decode.WhyCut: "cut", decode.WhyFragment: "fragment", decode.WhyQuoted: "quoted",
	decode.WhyNoIP: "no IP header", decode.WhyRoute: "unknown route",
	decode.WhyLength: "lengths differ",
}

// verdicts describe the result of the header's checksum, the longest text first.
func (h *header) verdicts() []string {
	switch h.check.Sum {
	case decode.Good:
		return []string{"ok"}
	case decode.Absent:
		return []string{"none made"}
	case decode.Offloaded:
		return []string{"left to the card"}
	case decode.Unknowable:
		return []string{"unchecked: " + whys[h.check.Why], "(" + whys[h.check.Why] + ")",
			"unchecked"}
	case decode.Bad:
		return []string{fmt.Sprintf("BAD, not 0x%04x", h.check.Want), "BAD"}
	}
	return nil
}

// value writes a field's value.
func (h *header) value(f *decode.Field) string {
	if f.Show == decode.ShowBytes && !f.Cut {
		return hexBytes(f.Raw[:min(len(f.Raw), rowBits)]) // no more fit in a row
	}
	return render.Value(*f)
}

// clipped is the beginning of a label.
func clipped(label string, letters int) string {
	return strings.TrimRight(label[:min(letters, len(label))], " ")
}

// tone is the kind of a field, for its color.
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

// clip cuts text off, with a mark, so that it fits.
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
