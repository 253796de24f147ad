package anatomy

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/render"
)

// reasons say in a sentence why a packet has no ports; a closed list, as decode's.
var reasons = [decode.Reasons]string{
	decode.NotIP:           "Without an IP header there is no transport header, and only a transport header has ports.",
	decode.NoTransport:     "Of what IP can carry only TCP, UDP, UDP-Lite, SCTP and DCCP have ports.",
	decode.LaterFragment:   "The ports are in the first fragment of the datagram, and this is a later one.",
	decode.CutOff:          "The capture's snapshot length cut them off: what was not recorded cannot be known.",
	decode.Encrypted:       "The transport header is encrypted, and the ports with it.",
	decode.Malformed:       "A header contradicts itself or what is around it, so that what follows cannot be found.",
	decode.UnsupportedLink: "There is no decoder here for frames of this link type.",
}

// verdict is the answer in one line: where the ports are, or why there are none.
func (v *view) verdict() {
	for i := range v.Transport {
		t := &v.Transport[i]
		if t.Quoted || t.InheritedFrom != 0 {
			continue
		}
		which := ""
		if v.tunnelled() {
			n, _ := v.depth(t.Layer)
			which = fmt.Sprintf(" at level %d", n)
		}
		if v.form == formPlain {
			v.say(render.ToneHead, "Ports%s: %s, source %d, destination %d, in frame bytes %d to %d.", which, protoName(t.Proto), t.Src, t.Dst, t.At, t.At+3)
			continue
		}
		v.say(render.ToneHead, "Ports%s: %s %d -> %d, in bytes %s and %s.", which, protoName(t.Proto), t.Src, t.Dst, span(t.At, 2), span(t.At+2, 2))
	}
	p := v.Packet
	if p.NoPorts != decode.HasPorts {
		v.say(render.ToneHead, "%s", v.noPorts())
	}
	if v.form != formPlain {
		v.blank()
	}
}

// noPorts says what a packet without ports is, and why it has none.
func (v *view) noPorts() string {
	p := v.Packet
	if s := p.Stop; s.Err != nil && (p.NoPorts == decode.Malformed || p.NoPorts == decode.CutOff) {
		what := fmt.Sprint(s.Err)
		if s.Need > 0 {
			what = fmt.Sprintf("%s needed, %d there", bytesOf(s.Need), s.Have)
		}
		return fmt.Sprintf("No ports (%s): %s at @%d: %s. %s%s", p.NoPorts, titled(name(s.Layer)), s.At, what, v.because(), v.half())
	}
	return fmt.Sprintf("No ports (%s): %s. %s", p.NoPorts, render.Escape(render.What(p)), v.because())
}

// half names the port of a header that was cut off between its two.
func (v *view) half() string {
	for i := range v.headers {
		for j := range v.headers[i].fields {
			if f := &v.headers[i].fields[j]; f.Show == decode.ShowPort && !f.Cut && v.headers[i].ports == nil {
				return fmt.Sprintf(" Of the two only the %s, %d, is there.", strings.ToLower(f.Name), f.Value)
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
			text = fmt.Sprintf("%s=%s: no IP header, no transport header, no ports.", next.Name, number(next))
		}
	}
	for i := range v.Transport {
		if v.Transport[i].Quoted {
			return text + " Those below are quoted: they are another packet's."
		}
	}
	return text
}

// lastNext is the innermost field of the packet's own headers that says what follows.
func (v *view) lastNext() *decode.Field {
	for i := len(v.headers) - 1; i >= 0; i-- {
		if f := v.headers[i].next(); f != nil && !v.headers[i].Quoted {
			return f
		}
	}
	return nil
}

// missing shows what stands where ports would be, and where decoding ended.
func (v *view) missing() {
	p := v.Packet
	switch {
	case p.NoPorts == decode.LaterFragment && p.Frag.Is && p.Frag.Offset > 0:
		v.laterFragment()
	case p.NoPorts == decode.Encrypted:
		v.unread("encrypted: NO PORTS to be read here")
	case p.NoPorts == decode.NotIP || p.NoPorts == decode.NoTransport:
		v.unfollowed()
	}
	if p.Stop.Err != nil {
		v.stopped()
	}
	if u := v.unreachable(); u != "" {
		v.say(render.ToneHead, "%s", u)
	}
}

// unfollowed names a protocol that is announced and has no decoder here.
func (v *view) unfollowed() {
	for i := len(v.headers) - 1; i >= 0; i-- {
		if v.headers[i].Quoted {
			continue
		}
		if n := v.Packet.NextName(i); n != "" && v.Packet.Stop.Err == nil {
			v.unread(n + ": not a transport header, NO PORTS here")
		}
		return
	}
}

// unread draws the bytes behind the last header as what they are not.
func (v *view) unread(what string) {
	h := &v.headers[len(v.headers)-1]
	v.strange(h.At+h.Len, what)
}

// strange draws four bytes of the frame that are no header.
func (v *view) strange(at int, what string) {
	data := v.Packet.Data
	if at >= len(data) {
		return
	}
	text := "DATA " + hexBytes(data[at:min(at+4, len(data))]) + " - " + what
	if v.form < formDiagram {
		v.hang(fmt.Sprintf("@%d: ", at), 2, render.ToneNone, text)
		return
	}
	whole := row{segs: []segment{{to: rowBits}}}
	none := &header{fields: []decode.Field{{Spec: &decode.Spec{}}}}
	if v.lastBorder(at) {
		v.border(none, nil, &whole, "")
	}
	v.line(piece{text: places(at, "n/a")}, piece{text: v.glyph(side)}, piece{centre(clip(text, 2*rowBits-1), 2*rowBits-1), render.ToneNone}, piece{text: v.glyph(side)})
	v.border(none, &whole, nil, "")
}

// lastBorder reports whether the header drawn above does not end with a whole border already.
func (v *view) lastBorder(at int) bool {
	h := &v.headers[len(v.headers)-1]
	return h.Len == 0 || h.Len%(rowBits/8) != 0 || h.At+h.Len != at || h.isLink() && v.opt.Verbose == 0
}

// laterCaption stands above the IP header of a later fragment.
func (v *view) laterCaption(h *header, next *decode.Field) string {
	f := h.places()
	return fmt.Sprintf("%s=%s (%s), but this is not the first fragment: offset %d*8 = byte %d.", next.Name, number(next), follows(next), f.Value, v.Packet.Frag.Offset)
}

// laterFragment shows what a naive reader would take for ports, and where the real ones are.
func (v *view) laterFragment() {
	p := v.Packet
	proto := decode.IPProtoName(p.Frag.Proto)
	if proto == "" {
		proto = fmt.Sprintf("protocol %d", p.Frag.Proto)
	}
	v.strange(p.Frag.At, "not a "+proto+" header, NO PORTS here")
	id := fmt.Sprintf("ID 0x%04x", p.Frag.ID)
	where := "not seen"
	if v.Whole {
		where = "not captured"
	}
	var t *render.Transport
	for i := range v.Transport {
		if v.Transport[i].InheritedFrom != 0 {
			t = &v.Transport[i]
			where = fmt.Sprintf("frame %d: %s %d -> %d", t.InheritedFrom, protoName(t.Proto), t.Src, t.Dst)
		}
	}
	if t == nil && v.First != 0 {
		where = fmt.Sprintf("frame %d, later", v.First)
	}
	v.hang("  ", 4, render.TonePlain, fmt.Sprintf("Ports are in the fragment with %s, offset 0 (%s).", id, where))
	if b := p.Data[min(p.Frag.At, len(p.Data)):min(p.Frag.At+4, len(p.Data))]; len(b) == 4 {
		v.hang("  ", 4, render.TonePlain, fmt.Sprintf("Reading %s as ports would invent %d -> %d.", hexBytes(b), int(b[0])<<8|int(b[1]), int(b[2])<<8|int(b[3])))
	}
}

// claims say in words who claimed the length that was too short.
var claims = map[decode.Claim]string{
	decode.ClaimWire:     "the frame ends there",
	decode.ClaimCaptured: "the capture ends there: its snapshot length cut the rest off",
	decode.ClaimHeader:   "a length field of an enclosing header says that the packet ends there",
	decode.ClaimQuote:    "the ICMP error quotes no more",
	decode.ClaimSelf:     "by its own length field",
}

func (v *view) stopped() {
	s := v.Packet.Stop
	text := fmt.Sprintf("Decoding ended at @%d: %s: %v", s.At, titled(name(s.Layer)), s.Err)
	if s.Need > 0 {
		text += fmt.Sprintf("; needed %s, there: %d (%s)", bytesOf(s.Need), s.Have, claims[s.Claim])
	}
	v.say(render.ToneWrong, "%s.", text)
}

// unreachable says in words what an ICMP error reports of the ports that it quotes.
func (v *view) unreachable() string {
	for i := range v.Transport {
		t := &v.Transport[i]
		if !t.Quoted {
			continue
		}
		what := v.message()
		switch {
		case what == "":
			what = "was reported"
		case strings.HasSuffix(what, "unreachable"):
			what = "was reported unreachable (" + what + ")"
		default:
			what = "was reported: " + what
		}
		return fmt.Sprintf("Meaning: %s -> %s/%d at %s %s.", render.HostPort(t.SrcAddr, t.Src), t.Proto, t.Dst, address(t), what)
	}
	return ""
}

// message is what the packet's own ICMP header says in a few words, "" without one.
func (v *view) message() string {
	for i := range v.headers {
		if h := &v.headers[i]; h.isICMP() && !h.Quoted {
			return h.message()
		}
	}
	return ""
}

func (h *header) message() string {
	var code [2]uint8
	for i := range h.fields {
		switch f := &h.fields[i]; {
		case f.Cut:
			return ""
		case f.Name == "Type":
			code[0] = uint8(f.Value)
		case f.Name == "Code":
			code[1] = uint8(f.Value)
		}
	}
	return strings.ToLower(decode.ICMPMessage(h.ID == decode.IDICMPv6, code[0], code[1]))
}

func address(t *render.Transport) string {
	if !t.DstAddr.IsValid() {
		return "an unknown address"
	}
	return t.DstAddr.String()
}
