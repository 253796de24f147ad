package decode

// Show is the format of a field's value.
type Show uint8

// The ways to write a value.
const (
	ShowDec   Show = iota // unsigned decimal
	ShowHex               // 0x and two digits per byte
	ShowFlag              // one bit: set or not
	ShowAddr              // IPv4 (32 bits) or IPv6 (128 bits) address
	ShowMAC               // 48-bit hardware address
	ShowPort              // a port number
	ShowBytes             // uninterpreted bytes
	ShowRsv               // reserved bits
	ShowSum               // a checksum, hexadecimal
	ShowText              // bytes that are ASCII text; the renderer escapes them
	ShowLE                // unsigned decimal, least significant byte first
)

// A Spec is one row of a header's field table.
type Spec struct {
	Key   string // Wireshark's key if it has one: "udp.srcport"
	Name  string // the RFC's name: "Source Port"
	Short string // a short name for a box of a diagram, or a flag's letter; empty means Name
	Bits         // position of the field
	Show  Show
	Role  Role
	Ref   string // source: "RFC 768"
	Doc   string // one sentence on what the field is for
	// Mean returns the meaning of a value, or "".
	Mean func(v uint64) string
}

// Label returns a short name for narrow boxes.
func (s *Spec) Label() string {
	if s.Short != "" {
		return s.Short
	}
	return s.Name
}

// A Field is one Spec with its value in one frame.
type Field struct {
	*Spec
	At    int    // bit offset in the frame
	Width int    // in bits; the Spec's own width unless the field's length varies
	Value uint64 // meaningful only if !Cut and Width <= 64
	Raw   []byte // the captured bytes that hold the field
	Cut   bool   // the capture or the enclosing header ends before the field does
}

// Meaning returns the meaning of the field's value, or "".
func (f Field) Meaning() string {
	if f.Mean == nil || f.Cut {
		return ""
	}
	return f.Mean(f.Value)
}

// A Protocol is one kind of header: its names, its field table and its specification.
type Protocol struct {
	Key    string // Wireshark's short name, as in frame.protocols: "ip"
	Name   string // "Internet Protocol version 4"
	Ref    string // the specification
	Fields []Spec // the fixed part, in order, without gaps or overlap

	// none is the reason that a frame ending with this header has no ports, or HasPorts if the
	// header is not the reason.
	none Reason
	// walk steps over the header and continues with the next one.
	walk func(w *walker, s step) step
	// more adds the fields after the fixed part.
	more func(f *fieldList)
}

// A fieldList formats one header.
type fieldList struct {
	p     *Packet
	layer *Layer
	at    int // the header's first byte in the frame
	end   int // the first byte of the frame after the header
	out   []Field
	from  int // index in out of the header's first field
}

// bytes returns the header's captured bytes.
func (f *fieldList) bytes() []byte {
	return f.p.Data[min(f.at, len(f.p.Data)):min(f.end, len(f.p.Data))]
}

// spec adds one field of a table that begins base bytes after the header's start. It leaves out a
// field outside the header, and marks a field as cut if the header or the capture ends inside it.
func (f *fieldList) spec(s *Spec, base int) { f.wide(s, 8*base+s.First(), s.Width()) }

// wide adds a field of width bits at the given bit of the header.
func (f *fieldList) wide(s *Spec, bit, width int) {
	if width <= 0 || bit >= 8*(f.end-f.at) {
		return
	}
	fd := Field{Spec: s, At: 8*f.at + bit, Width: width}
	limit := 8 * min(len(f.p.Data), f.end)
	from, to := fd.At/8, (fd.At+width+7)/8
	if fd.At+width > limit {
		fd.Cut = true
		to = max(from, limit/8)
		fd.Width = min(width, 8*f.end-fd.At)
	}
	fd.Raw = f.p.Data[min(from, len(f.p.Data)):min(to, len(f.p.Data))]
	if !fd.Cut && width <= 64 {
		if s.Show == ShowLE {
			for i := len(fd.Raw) - 1; i >= 0; i-- {
				fd.Value = fd.Value<<8 | uint64(fd.Raw[i])
			}
		} else {
			fd.Value, _ = readBits(f.p.Data, fd.At, width)
		}
	}
	f.out = append(f.out, fd)
}

// instead replaces the row of a field in the fixed part by another row for the same bits. It is for
// a field whose meaning depends on the rest of the header. It does nothing if s is nil.
func (f *fieldList) instead(s *Spec) {
	for i := f.from; i < len(f.out); i++ {
		if x := &f.out[i]; s != nil && x.Key == s.Key && x.At == 8*f.at+s.First() {
			x.Spec = s
		}
	}
}

// group adds the rows of a table that begins base bytes after the header's start.
func (f *fieldList) group(specs []Spec, base int) {
	for i := range specs {
		f.spec(&specs[i], base)
	}
}

// rest adds the bytes from base to the header's end as one field.
func (f *fieldList) rest(s *Spec, base int) {
	f.wide(s, 8*base, 8*(f.end-f.at-base))
}

// Fields returns the fields of the layer with the given index, in wire order. Every bit of the
// header is in exactly one field.
func (p *Packet) Fields(layer int) []Field { return p.AppendFields(nil, layer) }

// AppendFields appends the fields that Fields returns to out and returns it.
func (p *Packet) AppendFields(out []Field, layer int) []Field {
	l := &p.Layers[layer]
	pr := l.Protocol()
	f := fieldList{p: p, layer: l, at: l.At, end: l.At + l.Len, out: out, from: len(out)}
	for i := range pr.Fields {
		f.spec(&pr.Fields[i], 0)
	}
	if pr.more != nil {
		pr.more(&f)
	}
	bit := 0
	if len(f.out) > f.from {
		last := f.out[len(f.out)-1]
		bit = last.At + last.Width - 8*f.at
	}
	f.wide(&headerRest, bit, 8*(f.end-f.at)-bit)
	return f.out
}

// headerRest is the rest of a header that was cut before the bytes that determine its fields.
var headerRest = Spec{Key: "data", Name: "Rest of Header", Short: "Rest", Show: ShowBytes,
	Doc: "The header is too short for these fields."}
