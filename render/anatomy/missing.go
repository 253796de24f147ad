package anatomy

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/render"
)

// reasons say in a sentence why a packet has no ports; a closed list, as decode's.
var reasons = [decode.Reasons]string{
	decode.NotIP:           "it is not IP: without an IP header there is no transport header, and only a transport header has ports",
	decode.NoTransport:     "what IP carries here is no transport protocol with ports: only TCP, UDP, UDP-Lite, SCTP and DCCP have them",
	decode.LaterFragment:   "it is a later fragment: the ports are in the first fragment of the datagram",
	decode.CutOff:          "the capture's snapshot length cut them off: what was not recorded cannot be known",
	decode.Encrypted:       "they are encrypted: ESP hides the transport header",
	decode.Malformed:       "a header is malformed",
	decode.UnsupportedLink: "there is no decoder for this link type",
}

// verdict is the answer in one line: where the ports are, or why there are none.
func (v *view) verdict() {
	for i := range v.Transport {
		t := &v.Transport[i]
		if t.Quoted || t.InheritedFrom != 0 {
			continue
		}
		which := ""
		if v.own() > 1 {
			which = fmt.Sprintf(" (level %d of %d)", v.levelOf(i), v.own())
		}
		v.say(render.TonePort, "Ports%s: %s %d -> %d, in bytes %s and %s.", which, protoName(t.Proto), t.Src, t.Dst, span(t.At, 2), span(t.At+2, 2))
	}
	p := v.Packet
	if p.NoPorts != decode.HasPorts {
		v.say(render.ToneNone, "No ports in this packet (%s): %s.", render.Escape(render.What(p)), v.because())
	}
	if v.form != formPlain {
		v.blank()
	}
}

// own counts the transport headers that are the packet's own.
func (v *view) own() (n int) {
	for i := range v.Transport {
		if !v.Transport[i].Quoted && v.Transport[i].InheritedFrom == 0 {
			n++
		}
	}
	return n
}

// levelOf is the how many-th of its own transport headers the i-th one is, from 1.
func (v *view) levelOf(i int) (n int) {
	for j := range v.Transport[:i+1] {
		if !v.Transport[j].Quoted && v.Transport[j].InheritedFrom == 0 {
			n++
		}
	}
	return n
}

func (v *view) because() string {
	p := v.Packet
	text := reasons[p.NoPorts]
	if p.NoPorts == decode.NotIP && len(v.headers) > 0 {
		if next := v.lastNext(); next != nil {
			text = fmt.Sprintf("%s=%s: no IP header, no transport header, no ports", next.Name, number(next))
		}
	}
	for i := range v.Transport {
		if v.Transport[i].Quoted {
			return text + "; the ones below are a quotation of another packet's"
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
		v.unread("ciphertext: the ports are in there, and only the keys would show them")
	case p.NoPorts == decode.NotIP || p.NoPorts == decode.NoTransport:
		v.unfollowed()
	case p.NoPorts == decode.UnsupportedLink:
		v.say(render.ToneNone, "Frames of link type %s are not decoded here, so it is not known where their headers begin.", p.Link)
	}
	if p.Stop.Err != nil {
		v.stopped()
	}
	if u := v.unreachable(); u != "" {
		v.say(render.TonePort, "%s", u)
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
		v.border(none, nil, &whole, nil)
	}
	v.line(piece{text: places(at, "n/a")}, piece{text: v.glyph(side)}, piece{centre(clip(text, 2*rowBits-1), 2*rowBits-1), render.ToneNone}, piece{text: v.glyph(side)})
	v.border(none, &whole, nil, nil)
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
		where = fmt.Sprintf("frame %d, which came later", v.First)
	}
	v.hang("  ", 4, render.ToneNone, fmt.Sprintf("Ports are in the fragment with %s, offset 0 (%s).", id, where))
	if b := p.Data[min(p.Frag.At, len(p.Data)):min(p.Frag.At+4, len(p.Data))]; len(b) == 4 {
		v.hang("  ", 4, render.ToneNone, fmt.Sprintf("Reading %s as ports would invent %d -> %d.", hexBytes(b), int(b[0])<<8|int(b[1]), int(b[2])<<8|int(b[3])))
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
	text := fmt.Sprintf("Decoding ended at @%d: %s header: %v", s.At, name(s.Layer), s.Err)
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
		what := "this packet came to grief"
		if _, m, ok := strings.Cut(render.What(v.Packet), " "); ok {
			what = m
		}
		from := render.HostPort(t.SrcAddr, t.Src)
		return fmt.Sprintf("Meaning: %s -> %s/%d at %s was reported: %s.", from, t.Proto, t.Dst, address(t), what)
	}
	return ""
}

func address(t *render.Transport) string {
	if !t.DstAddr.IsValid() {
		return "an unknown address"
	}
	return t.DstAddr.String()
}
