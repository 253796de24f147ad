// Package page builds the page that shows a capture in a browser: its data, which other packages
// derive from each packet, and the file that contains it. It does not parse headers.
package page

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/textutil"
)

// Bounds on one packet. The headers of an ordinary packet have a few dozen fields and a hundred
// bytes.
const (
	maxBytes   = 512  // bytes of the frame
	maxFields  = 1000 // fields of all its headers
	maxRemark  = 2000 // bytes of a comment
	maxRemarks = 20   // comments
)

// A packet is one packet in the page's data.
type packet struct {
	N        int64    `json:"n"`
	T        *float64 `json:"t,omitempty"` // seconds since the first packet
	Time     string   `json:"time,omitempty"`
	Len      int      `json:"len"`
	CapLen   int      `json:"caplen"`
	Bytes    []byte   `json:"bytes"` // base64
	Link     string   `json:"link"`
	Proto    string   `json:"proto"`
	Src      string   `json:"src,omitempty"`
	Dst      string   `json:"dst,omitempty"`
	SPort    *uint16  `json:"sport,omitempty"`
	DPort    *uint16  `json:"dport,omitempty"`
	Line     string   `json:"line"`
	NoPorts  string   `json:"no_ports,omitempty"`
	Why      string   `json:"why,omitempty"`
	What     text     `json:"what"`              // what the packet does, in a few words
	Payload  *int     `json:"payload,omitempty"` // bytes after the transport header
	Seq      []uint32 `json:"seq,omitempty"`     // sequence and acknowledgment, from 0
	Start    text     `json:"start"`             // how the header with the ports starts
	Ends     *ends    `json:"ends,omitempty"`    // of those ports
	Quoted   []quoted `json:"quoted,omitempty"`  // headers quoted by an ICMP error
	Notes    []text   `json:"notes,omitempty"`
	Client   string   `json:"client,omitempty"`
	Evidence string   `json:"evidence,omitempty"`
	Iface    string   `json:"iface,omitempty"`
	Process  string   `json:"process,omitempty"` // of the sender, of the receiver, or of both
	Comments []string `json:"comments,omitempty"`
	Stop     string   `json:"stop,omitempty"`
	// headers that are left out because they have too many fields
	More int `json:"more,omitempty"`
	// The last member is headers, which encoder.headers writes.
}

// An encoder encodes packets as the page's JSON.
type encoder struct {
	*tables
	lines      *render.LineWriter
	explainer  explain.Explainer
	line       bytes.Buffer
	out, value []byte    // the last packet, and the last field
	first      time.Time // time of the first packet that has one
}

func newEncoder() *encoder {
	return &encoder{tables: newTables(), lines: render.NewLineWriter(
		render.LineOptions{Stamp: render.StampNone, NoNumber: true})}
}

// packet encodes one packet. The result is valid until the next call. iface is the name of the
// packet's interface in the file.
func (e *encoder) packet(f *analysis.Frame, iface string) ([]byte, error) {
	p := f.Packet
	t := innermost(f)
	story := e.explainer.Explain(&explain.Subject{Frame: f}, t)
	out := packet{N: f.Number, Len: f.Len, CapLen: len(p.Data),
		Bytes: p.Data[:min(len(p.Data), maxBytes)], Link: p.Link.String(), Proto: proto(f, t),
		NoPorts: p.NoPorts.String(), Why: textutil.Escape(story.Why), Iface: textutil.Escape(iface),
		Stop: textutil.Escape(story.Stop)}
	e.time(f, &out)
	if t >= 0 {
		h := &f.Transport[t]
		out.Src, out.Dst, out.SPort, out.DPort = address(h.SrcAddr), address(h.DstAddr), &h.Src,
			&h.Dst
		out.Client, out.Evidence = h.Client, string(h.Evidence)
		if t < len(f.Owners) {
			out.Process = owners(&f.Owners[t])
		}
	} else {
		src, dst := p.Addrs(p.LastNet())
		out.Src, out.Dst = address(src), address(dst)
	}
	e.meaning(f, t, &story, &out)
	for _, c := range f.Comments[:min(len(f.Comments), maxRemarks)] {
		out.Comments = append(out.Comments, textutil.Escape(string(c[:min(len(c), maxRemark)])))
	}
	hs := story.Headers[:shown(story.Headers)]
	out.More = len(story.Headers) - len(hs)
	if err := e.say(f, &out); err != nil {
		return nil, err
	}
	text, err := json.Marshal(&out)
	if err != nil {
		return nil, err
	}
	e.out = append(append(e.out[:0], text[:len(text)-1]...), `,"headers":`...)
	e.out = append(e.headers(e.out, hs), '}')
	return e.out, nil
}

// owners names the processes at both ends of a packet, the sender first, or returns "".
func owners(o *analysis.EndOwners) string {
	var names []string
	for _, end := range []*sockets.Owner{&o.Src, &o.Dst} {
		if end.Known() {
			names = append(names, textutil.Escape(end.Name)+"/"+strconv.Itoa(end.PID))
		}
	}
	return strings.Join(names, " → ")
}

// say joins the packet's lines into one, in the order of a terminal. Comments are a member of their
// own.
func (e *encoder) say(f *analysis.Frame, out *packet) error {
	plain := *f
	plain.Comments = nil
	e.line.Reset()
	if err := e.lines.Packet(&e.line, &plain); err != nil {
		return err
	}
	var parts []string
	for line := range strings.Lines(e.line.String()) {
		parts = append(parts, strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), `\_`)))
	}
	out.Line = strings.Join(parts, "; ")
	return nil
}

func (e *encoder) time(f *analysis.Frame, out *packet) {
	at := f.Time.Local()
	if !f.HasTime || at.Year() < 0 || at.Year() > 9999 {
		return
	}
	if e.first.IsZero() {
		e.first = f.Time
	}
	since := f.Time.Sub(e.first).Seconds()
	out.T, out.Time = &since, at.Format(timeLayout)
}

// timeLayout is RFC 3339 in the local zone with all nine digits of the nanoseconds.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

// innermost returns the index of the packet's own innermost transport header, or -1.
func innermost(f *analysis.Frame) int {
	for i := len(f.Transport) - 1; i >= 0; i-- {
		if !f.Transport[i].Quoted {
			return i
		}
	}
	return -1
}

// proto names the transport protocol, or the packet's own last header if it has none.
func proto(f *analysis.Frame, t int) string {
	if t >= 0 {
		return f.Transport[t].Proto.String()
	}
	for i := len(f.Packet.Layers) - 1; i >= 0; i-- {
		if l := &f.Packet.Layers[i]; !l.Quoted {
			return l.ID.String()
		}
	}
	return ""
}

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// odd reports whether a packet is notable for a learner: without ports, truncated, malformed, or
// with a wrong checksum.
func odd(p *decode.Packet) bool {
	if p.NoPorts != decode.HasPorts || p.Stop.Err != nil {
		return true
	}
	for i := range p.Layers {
		if p.Checksum(i) == decode.Bad {
			return true
		}
	}
	return false
}
