package render

import (
	"encoding/json"
	"io"
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// PacketSchema names the form of a packet's JSON object. A change that a reader can trip over gets a new number.
const PacketSchema = "portsniff.packet/1"

// timeLayout is RFC 3339 with all nine digits of the nanoseconds.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

type jsonPacket struct {
	Schema    string          `json:"schema"`
	Frame     int64           `json:"frame"`
	Time      *string         `json:"time"`
	Interface int             `json:"interface"`
	Link      string          `json:"link"`
	Len       int             `json:"len"`
	CapLen    int             `json:"caplen"`
	Layers    []string        `json:"layers"`
	Transport []jsonTransport `json:"transport"`
	NoPorts   string          `json:"no_ports"`
	What      string          `json:"what,omitempty"`
	Stop      *jsonStop       `json:"stop"`
	Comments  []string        `json:"comments,omitempty"`
}

type jsonTransport struct {
	Proto         string `json:"proto"`
	Src           string `json:"src"`
	Dst           string `json:"dst"`
	SrcPort       uint16 `json:"src_port"`
	DstPort       uint16 `json:"dst_port"`
	Offset        int    `json:"offset"`
	Quoted        bool   `json:"quoted"`
	InheritedFrom int64  `json:"inherited_from"`
	SrcRange      string `json:"src_range"`
	DstRange      string `json:"dst_range"`
	SrcService    string `json:"src_service"`
	DstService    string `json:"dst_service"`
	Client        string `json:"client"`
	Evidence      string `json:"client_evidence"`
	Checksum      string `json:"checksum"`
	Via           uint16 `json:"via"`
}

type jsonStop struct {
	Layer string `json:"layer"`
	At    int    `json:"at"`
	Need  int    `json:"need"`
	Have  int    `json:"have"`
	Claim string `json:"claim"`
	Error string `json:"error"`
}

// A JSONWriter writes packets as JSON, one object a line.
type JSONWriter struct {
	enc *json.Encoder
	obj jsonPacket
	at  string
}

// NewJSONWriter writes to w.
func NewJSONWriter(w io.Writer) *JSONWriter {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &JSONWriter{enc: enc}
}

// Packet writes one packet.
func (j *JSONWriter) Packet(f *Frame) error {
	p, o := f.Packet, &j.obj
	*o = jsonPacket{Schema: PacketSchema, Frame: f.Number, Interface: f.Interface, Link: p.Link.String(), Len: f.Len, CapLen: len(p.Data),
		Layers: o.Layers[:0], Transport: o.Transport[:0], NoPorts: p.NoPorts.String(), Stop: stopOf(p)}
	if f.HasTime {
		j.at = f.Time.UTC().Format(timeLayout)
		o.Time = &j.at
	}
	for _, c := range f.Comments {
		o.Comments = append(o.Comments, string(c))
	}
	for _, l := range p.Layers {
		o.Layers = append(o.Layers, l.ID.String())
	}
	if p.NoPorts != decode.HasPorts {
		o.What = what(p)
	}
	for i := range f.Transport {
		t := &f.Transport[i]
		o.Transport = append(o.Transport, jsonTransport{t.Proto.String(), address(t.SrcAddr), address(t.DstAddr), t.Src, t.Dst,
			t.At, t.Quoted, t.InheritedFrom, t.SrcRange.String(), t.DstRange.String(), t.SrcService, t.DstService,
			t.Client, string(t.Evidence), checksum(p, t), via(p, outside(f, i), t.Layer)})
	}
	if o.Layers == nil {
		o.Layers = []string{}
	}
	if o.Transport == nil {
		o.Transport = []jsonTransport{}
	}
	return j.enc.Encode(o)
}

// checksum is the state of a transport header's checksum; an inherited header has none of its own.
func checksum(p *decode.Packet, t *Transport) string {
	if t.InheritedFrom != 0 {
		return ""
	}
	return p.Checksum(t.Layer).String()
}

func stopOf(p *decode.Packet) *jsonStop {
	s := p.Stop
	if s.Err == nil {
		return nil
	}
	return &jsonStop{s.Layer.String(), s.At, s.Need, s.Have, s.Claim.String(), s.Err.Error()}
}

// address writes an address, "" for none.
func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
