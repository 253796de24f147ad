package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/render"
)

// A mark is a range of bytes that is marked in the dump.
type mark struct {
	from, to   int // bytes of the frame, to not included
	open, shut byte
	tone       render.Tone
	what       string // meaning of such a mark
}

// marks returns the bytes of IP's next-protocol field and of the ports.
func (v *view) marks() (out []mark) {
	net := v.Packet.NetLayer() >= 0
	for i := range v.headers {
		h := &v.headers[i]
		for j := range h.fields {
			f := &h.fields[j]
			at := f.At / 8
			switch {
			case f.Cut || f.At%8 != 0:
			case f.Role.SaysNext() && (h.isNet() || h.isExtension() || !net):
				out = append(out, mark{at, at + f.Width/8, '[', ']', render.ToneNext, f.Name})
			case f.Show == decode.ShowPort && h.Quoted:
				out = append(out, mark{at, at + f.Width/8, '"', '"', render.TonePort,
					"quoted ports"})
			case f.Show == decode.ShowPort:
				out = append(out, mark{at, at + f.Width/8, '[', ']', render.TonePort, "the ports"})
			}
		}
	}
	if p := v.Packet; p.NoPorts == decode.LaterFragment && p.Frag.Is && p.Frag.At+4 <= len(p.Data) {
		out = append(out, mark{p.Frag.At, p.Frag.At + 2, '?', '?', render.ToneNone, "no ports"},
			mark{p.Frag.At + 2, p.Frag.At + 4, '?', '?', render.ToneNone, "no ports"})
	}
	return out
}

// dumpMargin is the width before the bytes: two spaces, four digits, and three spaces minus the one
// before each byte.
const dumpMargin = 9

// maxDump is the number of bytes of headers that are dumped by default. No ordinary header is
// longer.
const maxDump = 64 << 10

// dump writes the frame's bytes up to the end of its headers. Marked bytes are between brackets.
func (v *view) dump() {
	data := v.Packet.Data
	marks := v.marks()
	if v.form == formPlain || len(data) == 0 {
		return
	}
	per := 16
	for per > 1 && v.opt.Width > 0 && dumpMargin+3*per+1 > v.opt.Width {
		per /= 2
	}
	end := len(data)
	if last := min(v.headersEnd(), maxDump); v.opt.Verbose < 2 && end > (last+per-1)/per*per+per {
		end = (last + per - 1) / per * per
	}
	if v.opt.Width > 0 && v.opt.Width < dumpMargin+4 {
		return // too narrow for even one byte
	}
	v.blank()
	marked := markedBytes(marks)
	for at := 0; at < end && v.err == nil; at += per {
		v.line(dumpRow(data, at, min(at+per, end), marked)...)
	}
	if left := len(data) - end; left > 0 {
		v.hang("  ", 2, render.TonePlain, fmt.Sprintf("... %s at %s, not shown; -vv shows them",
			bytesOf(left), span(end, left)))
	}
	v.hang("  ", 2, render.TonePlain, v.legend(data, marks))
}

// headersEnd returns the offset after the last header, or the number of captured bytes if less.
func (v *view) headersEnd() (end int) {
	for i := range v.headers {
		end = max(end, v.headers[i].At+v.headers[i].Len)
	}
	if f := v.Packet.Frag; f.Is && f.Offset > 0 {
		end = max(end, f.At+4)
	}
	return min(end, len(v.Packet.Data))
}

// dumpRow writes the bytes in [at, end). A mark that continues in the next row is not closed.
func dumpRow(data []byte, at, end int, marked map[int]*mark) []piece {
	out := []piece{{text: fmt.Sprintf("  %04x  ", at)}}
	for i := at; i <= end; i++ {
		gap, tone := between(marked[i-1], marked[i])
		if i == at && gap == ']' || i == end && gap == '[' {
			gap, tone = ' ', render.TonePlain
		}
		out = append(out, piece{string(gap), tone})
		if i < end {
			out = append(out, piece{fmt.Sprintf("%02x", data[i]), marked[i].tint()})
		}
	}
	return out
}

// tint returns the tone of a byte's mark, or plain text for a nil mark.
func (m *mark) tint() render.Tone {
	if m == nil {
		return render.TonePlain
	}
	return m.tone
}

// markedBytes maps each marked byte of the frame to its first mark.
func markedBytes(marks []mark) map[int]*mark {
	out := make(map[int]*mark)
	for j := range marks {
		for i := marks[j].from; i < marks[j].to; i++ {
			if out[i] == nil {
				out[i] = &marks[j]
			}
		}
	}
	return out
}

// between returns the character before a byte, and its tone. It is a bar if two marks touch.
func between(before, after *mark) (byte, render.Tone) {
	switch {
	case before == after:
		return ' ', after.tint()
	case before == nil:
		return after.open, after.tone
	case after == nil:
		return before.shut, before.tone
	}
	return '|', after.tone
}

// legend explains the marks, each kind once. Two adjacent marks with the same meaning, for example
// both ports, are explained together.
func (v *view) legend(data []byte, marks []mark) string {
	var out []string
	seen := map[string]bool{}
	for i := 0; i < len(marks); i++ {
		m := marks[i]
		text := string(m.open) + hexBytes(data[m.from:m.to])
		if i+1 < len(marks) && marks[i+1].from == m.to && marks[i+1].what == m.what {
			i++
			text += "|" + hexBytes(data[marks[i].from:marks[i].to])
		}
		if !seen[m.what] {
			out = append(out, text+string(m.shut)+" = "+m.what)
		}
		seen[m.what] = true
	}
	switch {
	case len(out) > 0:
		return strings.Join(out, "   ")
	case v.Packet.NoPorts == decode.UnsupportedLink:
		return "their meaning is not known"
	}
	return "no byte of it announces a transport header"
}
