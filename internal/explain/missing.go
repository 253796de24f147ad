package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
)

// missing shows what is in place of ports, and where decoding ended.
func (v *view) missing() {
	p := v.Packet
	switch {
	case p.NoPorts == decode.LaterFragment && p.Frag.Is && p.Frag.Offset > 0:
		v.laterFragment()
	case p.NoPorts == decode.Encrypted:
		v.unread("encrypted: NO READABLE PORTS here")
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

// unfollowed names a protocol that a header announces and that has no decoder.
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

// unread draws the bytes after the last header, with a text about what they are not.
func (v *view) unread(what string) {
	h := &v.headers[len(v.headers)-1]
	v.strange(h.At+h.Len, what)
}

// strange draws four bytes of the frame that are not a header.
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
	v.line(piece{text: places(at, "n/a")}, piece{text: v.glyph(side)},
		piece{center(clip(text, 2*rowBits-1), 2*rowBits-1), render.ToneNone},
		piece{text: v.glyph(side)})
	v.border(none, &whole, nil, "")
}

// lastBorder reports whether the header above still lacks a whole border below it.
func (v *view) lastBorder(at int) bool {
	h := &v.headers[len(v.headers)-1]
	return h.Len == 0 || h.Len%(rowBits/8) != 0 || h.At+h.Len != at || h.isLink() &&
		v.opt.Verbose == 0
}

// isLater reports whether a header shows that the packet is a later fragment: IPv4's header or
// IPv6's Fragment header.
func (v *view) isLater(h *header) bool {
	f := v.Packet.Frag
	return f.Is && f.Offset > 0 && !h.Quoted && h.At+h.Len == f.At && h.places() != nil
}

// laterCaption returns the sentence above that header.
func (v *view) laterCaption(h *header, next *decode.Field) string {
	f := h.places()
	return fmt.Sprintf("%s=%s (%s), but this is not the first fragment: offset %d*8 = byte %d.",
		next.Name, number(next), follows(next), f.Value, v.Packet.Frag.Offset)
}

// laterFragment shows the bytes that could be mistaken for ports, and where the real ports are.
func (v *view) laterFragment() {
	p := v.Packet
	proto := decode.IPProtoName(p.Frag.Proto)
	if proto == "" {
		proto = fmt.Sprintf("protocol %d", p.Frag.Proto)
	}
	v.strange(p.Frag.At, "not a "+proto+" header, NO PORTS here")
	for _, s := range v.elsewhere() {
		v.hang("  ", 4, render.TonePlain, s)
	}
}

// elsewhere returns sentences about where a later fragment's ports are, and which false ports its
// own first bytes would make.
func (v *view) elsewhere() (out []string) {
	p := v.Packet
	id := fmt.Sprintf("ID 0x%04x", p.Frag.ID)
	where := "not seen"
	if v.Whole {
		where = "not captured"
	}
	var t *analysis.Transport
	for i := range v.Transport {
		if v.Transport[i].InheritedFrom != 0 {
			t = &v.Transport[i]
			where = fmt.Sprintf("frame %d: %s %d -> %d", t.InheritedFrom, protoName(t.Proto), t.Src,
				t.Dst)
		}
	}
	if t == nil && v.First != 0 {
		where = fmt.Sprintf("frame %d, later", v.First)
	}
	out = append(out, fmt.Sprintf("Ports are in the fragment with %s, offset 0 (%s).", id, where))
	if b := p.Data[min(p.Frag.At, len(p.Data)):min(p.Frag.At+4, len(p.Data))]; len(b) == 4 {
		out = append(out, fmt.Sprintf("Reading %s as ports would invent %d -> %d.", hexBytes(b),
			int(b[0])<<8|int(b[1]), int(b[2])<<8|int(b[3])))
	}
	return out
}

// claims describe the source of the length that was too short.
var claims = map[decode.LengthSource]string{
	decode.ClaimWire:     "the frame ends there",
	decode.ClaimCaptured: "the capture's snapshot length cut the rest off",
	decode.ClaimHeader:   "the length in an enclosing header ends the packet there",
	decode.ClaimQuote:    "the ICMP error quotes no more bytes",
	decode.ClaimSelf:     "the header's own length field ends it there",
}

func (v *view) stopped() {
	s := v.Packet.Stop
	text := fmt.Sprintf("Decoding ended at @%d: %s: %v", s.At, titled(name(s.Layer)), s.Err)
	if s.Need > 0 {
		text += fmt.Sprintf("; needed %s, there: %d (%s)", bytesOf(s.Need), s.Have, claims[s.Claim])
	}
	v.say(render.ToneWrong, "%s.", text)
}

// unreachable describes what an ICMP error reports about the ports that it quotes.
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
		return fmt.Sprintf("Meaning: %s -> %s/%d at %s %s.", render.HostPort(t.SrcAddr, t.Src),
			t.Proto, t.Dst, address(t), what)
	}
	return ""
}

// message describes the packet's own ICMP message in a few words, or returns "".
func (v *view) message() string {
	for i := range v.headers {
		if h := &v.headers[i]; h.isICMP() && !h.Quoted {
			return v.icmpMessage(h)
		}
	}
	return ""
}

// icmpMessage describes an ICMP message in a few words, or returns "" if it was truncated.
func (v *view) icmpMessage(h *header) string {
	if h.At+h.Len > len(v.Packet.Data) {
		return ""
	}
	typ, code, _ := v.Packet.ICMPType(h.index)
	return strings.ToLower(decode.ICMPMessage(h.ID == decode.IDICMPv6, typ, code))
}

func address(t *analysis.Transport) string {
	if !t.DstAddr.IsValid() {
		return "an unknown address"
	}
	return t.DstAddr.String()
}
