package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/timezone"
)

// title writes the packet's title.
func (v *view) title() {
	text := bytesOf(v.Len)
	if n := len(v.Packet.Data); n < v.Len {
		text += fmt.Sprintf(" on the wire, %d captured", n)
	}
	if v.Number > 0 {
		text = fmt.Sprintf("Frame %d: %s", v.Number, text)
	}
	if v.HasTime {
		text += ", " + v.Time.Local().Format("2006-01-02 15:04:05.000000 ") +
			timezone.Names(v.Time, v.Time)
	}
	if v.Taken == "" {
		text += ", link type " + v.Packet.Link.String()
	}
	if v.Source != "" {
		text += ", from " + textutil.Escape(v.Source)
	}
	v.say(render.ToneHead, "%s", text)
	if v.Taken != "" {
		v.say(render.TonePlain, "%s", v.Taken)
	}
	for _, c := range v.Comments {
		v.say(render.TonePlain, "# %s", textutil.Escape(string(c)))
	}
}

// header draws one header below a sentence about its position and its ports.
func (v *view) header(i int) {
	h := &v.headers[i]
	v.enter(i)
	brief := h.isLink() && v.opt.Verbose == 0 && i+1 < len(v.headers) && v.form != formPlain
	for _, s := range v.captions(i) {
		v.say(render.TonePlain, "%s", s)
	}
	switch {
	case brief || len(h.fields) == 0:
	case v.form == formPlain:
		v.sentences(h)
	case v.form == formList:
		v.list(h)
	default:
		v.art(h)
	}
	if v.opt.Verbose > 0 {
		v.purposes(h)
	}
}

// captions returns the sentences above a header.
func (v *view) captions(i int) []string {
	h := &v.headers[i]
	where := span(h.At, h.Len)
	if h.Len == 0 {
		where = fmt.Sprintf("@%d", h.At)
	}
	if h.At+h.Len > len(v.Packet.Data) {
		where += fmt.Sprintf(", %d of %s captured", max(0, len(v.Packet.Data)-h.At),
			bytesOf(h.Len))
	}
	if h.Via != 0 {
		where += fmt.Sprintf(" (recognized by UDP port %d and by its form)", h.Via)
	}
	next := h.next()
	switch {
	case next != nil && v.isLater(h):
		return []string{v.laterCaption(h, next)}
	case h.isLink() && next != nil:
		return []string{v.stations(h, where, next)}
	case h.ports != nil || h.isTransport():
		return []string{fmt.Sprintf("%s: starts at %s = @%d", h.title(), v.start(i), h.At)}
	case h.Len == 0:
		return []string{fmt.Sprintf("%s %s: no bytes of its own", h.name, where)}
	case next == nil && h.isNet():
		return []string{fmt.Sprintf("%s %s: no port field.", h.title(), where)}
	case h.isICMP() && v.icmpMessage(h) != "":
		return []string{fmt.Sprintf("%s %s, %s: %s has no ports.", h.title(), where,
			v.icmpMessage(h), h.name)}
	case next == nil && h.Protocol().Portless():
		return []string{fmt.Sprintf("%s %s: %s has no ports.", h.title(), where, h.name)}
	case next == nil:
		return []string{fmt.Sprintf("%s %s", h.title(), where)}
	case h.isNet():
		return v.netCaption(h, next, i)
	}
	return []string{fmt.Sprintf("%s %s: %s=%s says %q.", h.title(), where, next.Name, number(next),
		follows(next)+" follows")}
}

// title returns the name of the header in a caption.
func (h *header) title() string {
	if h.Quoted {
		return "Quoted " + titled(h.name)
	}
	return titled(h.name)
}

// titled adds "header" to a name, unless the name ends with "header" or "tag".
func titled(name string) string {
	if l := strings.ToLower(name); strings.HasSuffix(l, "header") || strings.HasSuffix(l, "tag") {
		return name
	}
	return name + " header"
}

// stations describes an Ethernet header in one line: sender, receiver and next protocol.
func (v *view) stations(h *header, where string, next *decode.Field) string {
	var dst, src string
	for i := range h.fields {
		switch f := &h.fields[i]; {
		case f.Show == decode.ShowMAC && dst == "":
			dst = render.MAC(f.Raw)
		case f.Show == decode.ShowMAC:
			src = render.MAC(f.Raw)
		}
	}
	what := follows(next)
	return fmt.Sprintf("%s %s: %s <- %s   %s %s = %s", h.name, where, dst, src, next.Name,
		number(next), what)
}

// netCaption returns the most important sentence: IP has no port field, and one of its fields
// identifies the header that follows.
func (v *view) netCaption(h *header, next *decode.Field, i int) []string {
	p := v.Packet
	text := fmt.Sprintf("%s header: no port field. %s=%s says %q.", h.name, next.Name, number(next),
		follows(next)+" follows")
	switch {
	case h.Quoted:
		text = fmt.Sprintf(
			"@%d quotes the %s header that failed (%s=%s, %s). It has no port field either.", h.At,
			h.name, next.Name, number(next), follows(next))
	case i+1 < len(v.headers) && v.headers[i+1].isICMP() && v.headers[len(v.headers)-1].Quoted:
		text = fmt.Sprintf("Outer %s %s=%s: %s follows. %s has no ports.", h.name, next.Name,
			number(next), follows(next), follows(next))
	}
	if p.Frag.Is && p.Frag.Net == i && p.Frag.Offset == 0 {
		text += " More fragments follow this one, the first."
		if p.NoPorts == decode.HasPorts {
			text += " Only this one has ports."
		}
	}
	return []string{text}
}

func (h *header) isICMP() bool { return h.ID == decode.IDICMP || h.ID == decode.IDICMPv6 }

// isTransport reports whether headers of this kind carry ports.
func (h *header) isTransport() bool {
	for i := range h.Protocol().Fields {
		if h.Protocol().Fields[i].Show == decode.ShowPort {
			return true
		}
	}
	return false
}

// places returns the field with the fragment's offset, or nil.
func (h *header) places() *decode.Field {
	for i := range h.fields {
		if f := &h.fields[i]; f.Role == decode.FragmentOffset && !f.Cut {
			return f
		}
	}
	return nil
}
