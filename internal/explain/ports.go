package explain

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
)

// An end is one of a transport header's two ports, with each known fact as a separate field.
type end struct {
	word    string // "Source" or "Destination"
	port    uint16
	addr    netip.Addr
	at      int // offset in the frame, -1 if it is in another frame
	own     string
	raw     []byte
	Range   annotate.Range
	name    string // registered name of the number, for any role
	alias   string // common name of that service, if different
	shown   string // the name, if it identifies a service at this end
	role    string // client, server or unknown
	why     string
	handing []annotate.Ephemeral
}

// ends returns both ports of a transport header.
func (v *view) ends(t *analysis.Transport) [2]end {
	src := end{word: "Source", port: t.Src, addr: t.SrcAddr, at: t.At, Range: t.SrcRange,
		shown: t.SrcService}
	dst := end{word: "Destination", port: t.Dst, addr: t.DstAddr, at: t.At, Range: t.DstRange,
		shown: t.DstService}
	if t.InheritedFrom == 0 {
		dst.at = t.At + 2
	}
	both := [2]end{src, dst}
	for i := range both {
		e := &both[i]
		s := annotate.Registered(t.Proto, e.port)
		e.name, e.alias = s.Name, s.Alias
		e.handing = annotate.EphemeralIn(e.port)
		e.role = "unknown"
		switch {
		case t.Client == "":
		case (t.Client == "src") == (i == 0):
			e.role = "client"
		default:
			e.role = "server"
		}
		e.why = Evidence(t.Evidence, t.Proto)
		if e.at >= 0 && e.at+2 <= len(v.Packet.Data) {
			e.raw = v.Packet.Data[e.at : e.at+2]
			e.own = fmt.Sprintf("%s bytes %d-%d", name(v.Packet.Layers[t.Layer].ID),
				e.at-v.Packet.Layers[t.Layer].At, e.at-v.Packet.Layers[t.Layer].At+1)
		}
	}
	return both
}

// Evidence returns a sentence: why this end is the client.
func Evidence(why annotate.Evidence, proto decode.Transport) string {
	asks, answers := "SYN", "SYN-ACK"
	switch proto {
	case decode.ProtoSCTP:
		asks, answers = "INIT", "INIT-ACK"
	case decode.ProtoDCCP:
		asks, answers = "DCCP-Request", "DCCP-Response"
	}
	switch why {
	case annotate.BySYN:
		return "the client sent the " + asks + ", which opens the connection"
	case annotate.BySYNACK:
		return "the server sent the " + answers + ", which accepts the connection"
	case annotate.ByRegisteredPort:
		return "a guess: only the server's port is registered for a service"
	case annotate.ByWellKnownUse:
		return "a guess: only the server's port is widely used"
	case annotate.ByLowerPort:
		return "a guess: the lower port is probably the server's"
	case annotate.ByFirstSender:
		return "a guess: the client sent first in this capture"
	}
	return "the capture does not show it"
}

// ports writes what is known about every port, one fact per line.
func (v *view) ports() {
	for i := range v.Transport {
		t := &v.Transport[i]
		for _, e := range v.ends(t) {
			v.blank()
			v.port(t, &e)
		}
	}
	if v.Reply > 0 {
		v.reply()
	}
}

func (v *view) port(t *analysis.Transport, e *end) {
	head := fmt.Sprintf("%s port %d", e.word, e.port)
	if t.Quoted {
		head = "Quoted " + strings.ToLower(head[:1]) + head[1:]
	}
	if e.addr.IsValid() {
		head += " of " + e.addr.String()
	}
	if t.InheritedFrom != 0 {
		head += fmt.Sprintf(", in frame %d", t.InheritedFrom)
	}
	v.say(render.ToneHead, "%s", head)
	for _, f := range e.facts(t) {
		v.hang(fmt.Sprintf("  %-9s ", f[0]), 12, render.TonePlain, f[1])
	}
}

// facts returns pairs of a label and a sentence about one port.
func (e *end) facts(t *analysis.Transport) [][2]string {
	low, high := e.Range.Bounds()
	var out [][2]string
	if e.raw != nil {
		out = append(out, [2]string{"bytes", fmt.Sprintf("frame %d-%d, %s: %s", e.at, e.at+1, e.own,
			e.sum())})
	}
	out = append(out, [2]string{"range", fmt.Sprintf("%s, %d-%d", e.Range.Name(), low, high)},
		[2]string{"name", e.named(t)}, [2]string{"role", e.roles()})
	if h := e.hands(); h != "" {
		out = append(out, [2]string{"ephemeral", h})
	}
	return append(out, [2]string{"process",
		"not in the capture: no header names the program"})
}

// sum shows how the two bytes on the wire form the number.
func (e *end) sum() string {
	return fmt.Sprintf("%s = %d*256 + %d = %d", hexBytes(e.raw), e.raw[0], e.raw[1], e.port)
}

// named returns the registered name of the number, and a warning that a name is no proof.
func (e *end) named(t *analysis.Transport) string {
	switch {
	case e.name == "":
		return fmt.Sprintf("none: no service is registered for %d/%s", e.port, t.Proto)
	case e.shown == "":
		return fmt.Sprintf("%q is registered for %d/%s, but a client's port means no service",
			e.name, e.port, t.Proto)
	}
	also := ""
	if e.alias != "" && !strings.EqualFold(e.alias, e.name) {
		also = ", also called " + e.alias
	}
	return fmt.Sprintf("%q%s, registered with IANA; a name is no proof", e.name, also)
}

func (e *end) roles() string {
	if e.role == "unknown" {
		return "unknown: " + e.why
	}
	this, other := "client", "server"
	if e.role == "server" {
		this, other = other, this
	}
	return e.role + ": " + strings.NewReplacer("the "+this, "this end", "the "+other,
		"the other end").Replace(e.why)
}

// hands returns the systems that assign the port to clients, or "" for a server's end.
func (e *end) hands() string {
	if len(e.handing) == 0 || e.role == "server" {
		return ""
	}
	var names []string
	for _, h := range e.handing {
		names = append(names, fmt.Sprintf("%s (%d-%d)", h.OS, h.Low, h.High))
	}
	text := "on " + strings.Join(names, ", ")
	if e.role == "client" && e.Range == annotate.User {
		text += "; registered by range, ephemeral by role"
	}
	return text
}

// inShort describes a port in half a line.
func (v *view) inShort(h *header, f *decode.Field) string {
	if h.ports == nil {
		return ""
	}
	for _, e := range v.ends(h.ports) {
		if 8*e.at != f.At {
			continue
		}
		low, high := e.Range.Bounds()
		text := fmt.Sprintf("%s (%d-%d)", e.Range, low, high)
		switch {
		case e.shown != "":
			text += fmt.Sprintf(", registered to %q", e.shown)
		case e.role == "client" && len(e.handing) > 0:
			text += ", the client's ephemeral port"
		case e.role == "client":
			text += ", the client's port"
		}
		return text
	}
	return ""
}

// reply writes the ports that a reply has.
func (v *view) reply() {
	for i := range v.Transport {
		if t := &v.Transport[i]; !t.Quoted {
			v.blank()
			v.hang("", 2, render.TonePlain, fmt.Sprintf(
				"The reply's ports change places: %d -> %d (frame %d).", t.Dst, t.Src, v.Reply))
			return
		}
	}
}
