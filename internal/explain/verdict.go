package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

// reasons explain why a packet has no ports, one sentence for each of decode's reasons.
var reasons = [decode.Reasons]string{
	decode.NotIP:           "Only a transport header has ports, and it needs an IP header.",
	decode.NoTransport:     "Only TCP, UDP, UDP-Lite, SCTP and DCCP have ports.",
	decode.LaterFragment:   "The ports are in the datagram's first fragment. This is a later one.",
	decode.CutOff:          "The capture's snapshot length cut them off.",
	decode.Encrypted:       "The transport header is encrypted, and so are the ports.",
	decode.Malformed:       "A header contradicts itself or the headers around it.",
	decode.UnsupportedLink: "portsniff cannot decode frames of this link type.",
}

// verdict writes the answer in one line: where the ports are, or why there are none.
func (v *view) verdict() {
	for i := range v.Transport {
		t := &v.Transport[i]
		if t.Quoted || t.InheritedFrom != 0 {
			continue
		}
		which := ""
		if v.tunnel {
			which = fmt.Sprintf(" at level %d", v.headers[t.Layer].level)
		}
		if v.form == formPlain {
			v.say(render.ToneHead,
				"Ports%s: %s, source %d, destination %d, in frame bytes %d to %d.", which,
				protoName(t.Proto), t.Src, t.Dst, t.At, t.At+3)
			continue
		}
		v.say(render.ToneHead, "Ports%s: %s %d -> %d, in bytes %s and %s.", which,
			protoName(t.Proto), t.Src, t.Dst, span(t.At, 2), span(t.At+2, 2))
	}
	p := v.Packet
	if p.NoPorts != decode.HasPorts {
		v.say(render.ToneHead, "%s", v.noPorts())
	}
	if v.form != formPlain {
		v.blank()
	}
}

// noPorts describes a packet without ports, and says why it has none.
func (v *view) noPorts() string {
	p := v.Packet
	if s := p.Stop; s.Err != nil && (p.NoPorts == decode.Malformed || p.NoPorts == decode.CutOff) {
		what := fmt.Sprint(s.Err)
		if s.Need > 0 {
			what = fmt.Sprintf("%s needed, %d there", bytesOf(s.Need), s.Have)
		}
		return fmt.Sprintf("No ports (%s): %s at @%d: %s. %s%s", p.NoPorts, titled(name(s.Layer)),
			s.At, what, v.because(), v.half())
	}
	return fmt.Sprintf("No ports (%s): %s. %s", p.NoPorts, textutil.Escape(render.Summary(p)),
		v.because())
}

// half names the port of a header that was truncated between its two ports.
func (v *view) half() string {
	for i := range v.headers {
		for j := range v.headers[i].fields {
			if f := &v.headers[i].fields[j]; f.Show == decode.ShowPort && !f.Cut &&
				v.headers[i].ports == nil {
				return fmt.Sprintf(" Only the %s, %d, was captured.",
					strings.ToLower(f.Name), f.Value)
			}
		}
	}
	return ""
}

func (v *view) because() string {
	p := v.Packet
	text := reasons[p.NoPorts]
	if p.NoPorts == decode.NotIP && len(v.headers) > 0 {
		if next := v.lastNext(); next != nil {
			text = fmt.Sprintf("%s=%s: no IP header, no transport header, no ports.", next.Name,
				number(next))
		}
	}
	for i := range v.Transport {
		if v.Transport[i].Quoted {
			return text + " The ports below are quoted from another packet."
		}
	}
	return text
}

// lastNext returns the innermost next-protocol field of the headers that are not quoted.
func (v *view) lastNext() *decode.Field {
	for i := len(v.headers) - 1; i >= 0; i-- {
		if f := v.headers[i].next(); f != nil && !v.headers[i].Quoted {
			return f
		}
	}
	return nil
}
