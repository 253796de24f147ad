package explain

import (
	"encoding/hex"
	"io"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
)

// Schema names the schema of the JSON object. A change that breaks readers gets a new number.
const Schema = "portsniff.explain/1"

type jsonSubject struct {
	Schema  string       `json:"schema"`
	Frame   int64        `json:"frame"` // 0 for pasted bytes
	Time    *string      `json:"time"`
	Taken   string       `json:"taken,omitempty"`
	Link    string       `json:"link"`
	Len     int          `json:"len"`
	CapLen  int          `json:"caplen"`
	NoPorts string       `json:"no_ports"`
	Why     string       `json:"why,omitempty"`
	Headers []jsonHeader `json:"headers"`
	Ports   []jsonPorts  `json:"ports"`
	Stop    string       `json:"stop,omitempty"`
	First   int64        `json:"first_fragment,omitempty"`
	Reply   int64        `json:"reply,omitempty"`
}

type jsonHeader struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	RFC    string `json:"rfc"`
	At     int    `json:"at"`  // bytes
	Len    int    `json:"len"` // bytes
	Level  int    `json:"level"`
	Quoted bool   `json:"quoted"`
	// UDP port that identified this header, 0 if another header did
	Via         uint16      `json:"via"`
	Checksum    string      `json:"checksum,omitempty"`
	ChecksumWhy string      `json:"checksum_why,omitempty"`
	Fields      []jsonField `json:"fields"`
}

type jsonField struct {
	Key     string  `json:"key"`
	Name    string  `json:"name"`
	Bit     int     `json:"bit"`   // in the frame, from 0
	Width   int     `json:"width"` // in bits
	Raw     string  `json:"raw"`   // the bytes that contain it
	Value   *uint64 `json:"value"` // null if the value is not a number or was truncated
	Text    string  `json:"text"`  // in the usual notation
	Meaning string  `json:"meaning"`
	RFC     string  `json:"rfc"`
	Doc     string  `json:"doc"`
	Port    bool    `json:"port"`
	Cut     bool    `json:"cut"`
}

type jsonPorts struct {
	Proto         string  `json:"proto"`
	Quoted        bool    `json:"quoted"`
	InheritedFrom int64   `json:"inherited_from"`
	Start         string  `json:"start"` // how its offset is computed
	Src           jsonEnd `json:"src"`
	Dst           jsonEnd `json:"dst"`
}

type jsonEnd struct {
	Port      uint16   `json:"port"`
	Addr      string   `json:"addr"`
	At        int      `json:"at"` // offset in the frame, -1 if the port is in another frame
	Sum       string   `json:"sum"`
	Range     string   `json:"range"`
	Name      string   `json:"name"`    // registered name of the number
	Service   string   `json:"service"` // the same, if the port identifies a service at this end
	Role      string   `json:"role"`
	Evidence  string   `json:"evidence"`
	Ephemeral []string `json:"ephemeral"`
	Process   string   `json:"process"`
}

// JSON writes the packet with all fields of all headers as one object on one line.
func JSON(w io.Writer, s *Subject) error {
	v := newView(s, Options{})
	p := s.Packet
	o := jsonSubject{Schema: Schema, Frame: s.Number, Taken: s.Taken, Link: p.Link.String(),
		Len: s.Len, CapLen: len(p.Data),
		NoPorts: p.NoPorts.String(), Headers: []jsonHeader{}, Ports: []jsonPorts{}, First: s.First,
		Reply: s.Reply}
	if s.Taken != "" {
		o.Link = ""
	}
	if s.HasTime {
		at := s.Time.UTC().Format("2006-01-02T15:04:05.000000000Z")
		o.Time = &at
	}
	if p.NoPorts != decode.HasPorts {
		o.Why = v.because()
	}
	if p.Stop.Err != nil {
		o.Stop = p.Stop.Error()
	}
	for i := range v.headers {
		o.Headers = append(o.Headers, v.jsonHeader(i))
	}
	for i := range v.Transport {
		o.Ports = append(o.Ports, v.jsonPorts(&v.Transport[i]))
	}
	return render.JSONLines(w, []jsonSubject{o})
}

func (v *view) jsonHeader(i int) jsonHeader {
	h := &v.headers[i]
	out := jsonHeader{Key: h.ID.String(), Name: h.Protocol().Name, RFC: h.Protocol().Ref, At: h.At,
		Len: h.Len, Level: h.level, Quoted: h.Quoted, Via: h.Via,
		Checksum: h.check.Sum.String(), ChecksumWhy: h.check.Why.String(), Fields: []jsonField{}}
	for i := range h.fields {
		f := &h.fields[i]
		j := jsonField{Key: f.Key, Name: f.Name, Bit: f.At, Width: f.Width,
			Raw: hex.EncodeToString(f.Raw), Text: render.Value(*f),
			Meaning: f.Meaning(), RFC: f.Ref, Doc: f.Doc, Port: f.Show == decode.ShowPort,
			Cut: f.Cut}
		if isNumber(f) {
			j.Value = &f.Value
		}
		out.Fields = append(out.Fields, j)
	}
	return out
}

// isNumber reports whether a field's value is a number that JSON can hold exactly.
func isNumber(f *decode.Field) bool {
	const exact = 53 // bits of a double's fraction
	switch f.Show {
	case decode.ShowAddr, decode.ShowMAC, decode.ShowBytes, decode.ShowText:
		return false
	}
	return !f.Cut && f.Width <= exact
}

func (v *view) jsonPorts(t *analysis.Transport) jsonPorts {
	out := jsonPorts{Proto: t.Proto.String(), Quoted: t.Quoted, InheritedFrom: t.InheritedFrom}
	if t.InheritedFrom == 0 {
		out.Start = v.start(t.Layer)
	}
	es := v.ends(t)
	out.Src, out.Dst = es[0].json(t), es[1].json(t)
	return out
}

func (e *end) json(t *analysis.Transport) jsonEnd {
	j := jsonEnd{Port: e.port, At: e.at, Range: e.Range.String(), Name: e.name, Service: e.shown,
		Role: e.role, Evidence: string(t.Evidence),
		Ephemeral: []string{}, Process: "not in the capture"}
	if e.addr.IsValid() {
		j.Addr = e.addr.String()
	}
	if e.raw != nil {
		j.Sum = e.sum()
	}
	for _, h := range e.handing {
		j.Ephemeral = append(j.Ephemeral, h.OS)
	}
	return j
}
