package render

import (
	"io"
	"net/netip"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/communityid"
)

// PacketSchema names the schema of a packet's JSON object. A change that breaks readers gets a new
// number.
const PacketSchema = "portsniff.packet/1"

// timeLayout is RFC 3339 with all nine digits of the nanoseconds.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// A JSONWriter writes packets as JSON, one object per line.
type JSONWriter struct {
	// CommunityID adds the ID of each packet and transport header. Set it before the first packet.
	CommunityID bool

	w      io.Writer
	out    []byte
	second timeCache
}

// NewJSONWriter writes to w.
func NewJSONWriter(w io.Writer) *JSONWriter {
	return &JSONWriter{w: w, second: newTimeCache()}
}

// Packet writes one packet. For most packets it allocates nothing.
func (j *JSONWriter) Packet(f *analysis.Frame) error {
	p := f.Packet
	j.out = j.out[:0]
	j.text(`{"schema":`, PacketSchema)
	j.number(`,"frame":`, f.Number)
	j.time(f)
	j.number(`,"interface":`, int64(f.Interface))
	if f.InterfaceName != "" {
		j.text(`,"interface_name":`, f.InterfaceName)
	}
	j.text(`,"link":`, p.Link.String())
	j.number(`,"len":`, int64(f.Len))
	j.number(`,"caplen":`, int64(len(p.Data)))
	j.layers(p)
	j.ip(p, p.NetLayer())
	j.raw(`,"transport":[`)
	for i := range f.Transport {
		if i > 0 {
			j.raw(",")
		}
		j.transport(f, i)
	}
	j.text(`],"no_ports":`, p.NoPorts.String())
	if p.NoPorts != decode.HasPorts {
		if s := Summary(p); s != "" {
			j.text(`,"what":`, s)
		}
	}
	if j.CommunityID {
		j.out = append(j.out, `,"community_id":"`...)
		j.out = append(communityid.AppendPacket(j.out, p), '"')
	}
	j.stop(p.Stop)
	for i, c := range f.Comments {
		j.text([...]string{`,"comments":[`, `,`}[min(i, 1)], string(c))
	}
	if len(f.Comments) > 0 {
		j.raw("]")
	}
	j.raw("}\n")
	_, err := j.w.Write(j.out)
	return err
}

func (j *JSONWriter) time(f *analysis.Frame) {
	if !f.HasTime || !inRange(f.Time) {
		j.raw(`,"time":null`)
		return
	}
	j.raw(`,"time":"`)
	j.out = append(j.second.appendNano(j.out, f.Time), '"')
}

func (j *JSONWriter) layers(p *decode.Packet) {
	j.raw(`,"layers":[`)
	for i := range p.Layers {
		if i > 0 {
			j.raw(",")
		}
		j.text("", p.Layers[i].ID.String())
	}
	j.raw("]")
}

func (j *JSONWriter) transport(f *analysis.Frame, i int) {
	p, t := f.Packet, &f.Transport[i]
	j.text(`{"proto":`, t.Proto.String())
	j.addr(`,"src":"`, t.SrcAddr)
	j.addr(`,"dst":"`, t.DstAddr)
	j.number(`,"src_port":`, int64(t.Src))
	j.number(`,"dst_port":`, int64(t.Dst))
	j.number(`,"offset":`, int64(t.At))
	j.out = strconv.AppendBool(append(j.out, `,"quoted":`...), t.Quoted)
	j.number(`,"inherited_from":`, t.InheritedFrom)
	j.text(`,"src_range":`, t.SrcRange.String())
	j.text(`,"dst_range":`, t.DstRange.String())
	j.text(`,"src_service":`, t.SrcService)
	j.text(`,"dst_service":`, t.DstService)
	j.text(`,"client":`, t.Client)
	j.text(`,"client_evidence":`, string(t.Evidence))
	j.text(`,"checksum":`, checksum(p, t))
	j.number(`,"via":`, int64(via(p, t.Layer)))
	j.ip(p, t.Net)
	if j.CommunityID {
		j.out = append(j.out, `,"community_id":"`...)
		j.out = append(communityid.AppendHeader(j.out, p, t.TransportHeader), '"')
	}
	j.tcp(p, t.TransportHeader)
	if i < len(f.Owners) {
		j.owners(&f.Owners[i])
	}
	j.raw("}")
}

func (j *JSONWriter) stop(s decode.DecodeError) {
	if s.Err == nil {
		j.raw(`,"stop":null`)
		return
	}
	j.text(`,"stop":{"layer":`, s.Layer.String())
	j.number(`,"at":`, int64(s.At))
	j.number(`,"need":`, int64(s.Need))
	j.number(`,"have":`, int64(s.Have))
	j.text(`,"claim":`, s.Claim.String())
	j.text(`,"error":`, s.Err.Error())
	j.raw("}")
}

func (j *JSONWriter) raw(s string) { j.out = append(j.out, s...) }

// number writes a key and a number. The key includes the preceding punctuation.
func (j *JSONWriter) number(key string, n int64) {
	j.out = strconv.AppendInt(append(j.out, key...), n, 10)
}

// addr writes an address, or an empty text if there is none. The key ends with the opening
// quotation mark.
func (j *JSONWriter) addr(key string, a netip.Addr) {
	j.raw(key)
	j.out = append(appendAddr(j.out, a), '"')
}

// text writes a key and a text. The key includes the preceding punctuation.
func (j *JSONWriter) text(key, s string) {
	j.raw(key)
	j.out = appendText(j.out, s)
}

// appendText writes a text in quotation marks.
func appendText(out []byte, s string) []byte {
	if !plainText(s) {
		return appendJSONText(out, s)
	}
	return append(append(append(out, '"'), s...), '"')
}

// plainText reports whether JSON contains a text unchanged.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendJSONText writes a text from a capture. It writes non-printable characters as \u and their
// code: JSON allows most of them unescaped, but some control a terminal. A byte that is not UTF-8
// becomes U+FFFD.
func appendJSONText(out []byte, s string) []byte {
	out = append(out, '"')
	for _, r := range s {
		if r == '"' || r == '\\' {
			out = append(out, '\\')
		}
		out = appendVisible(out, r)
	}
	return append(out, '"')
}

// appendVisible writes a character, or \u and its code if it is not printable.
func appendVisible(out []byte, r rune) []byte {
	switch {
	case unicode.IsPrint(r):
		return utf8.AppendRune(out, r)
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		return appendCode(appendCode(out, high), low)
	}
	return appendCode(out, r)
}

func appendCode(out []byte, r rune) []byte {
	return appendHex(append(out, `\u`...), int(r), 4)
}

// checksum returns the state of a transport header's checksum, or "" for an inherited header.
func checksum(p *decode.Packet, t *analysis.Transport) string {
	if t.InheritedFrom != 0 {
		return ""
	}
	return p.Checksum(t.Layer).String()
}
