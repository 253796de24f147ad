package page

import (
	"encoding/binary"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/textutil"
)

// Bounds on the data that packets share. A capture may be made so that nothing repeats. If a table
// is full, packets contain their own copy.
const (
	maxTexts      = 100_000
	maxTextBytes  = 16 << 20
	maxShapes     = 10_000
	maxShapeParts = 400_000 // fields of all shapes
)

// A spec is one kind of field, as in decode's tables.
type spec struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	RFC  string `json:"rfc"`
	Doc  string `json:"doc"`
	Port bool   `json:"port"`
	// how a view uses the field's value; "" if it only shows it
	Use string `json:"use,omitempty"`
}

// A kind is one kind of header.
type kind struct {
	Key   string `json:"key"`
	Name  string `json:"name"`
	RFC   string `json:"rfc"`
	Label string `json:"label"` // common name
}

// A place is the position of a field in its header: the index of its spec, its first bit, and its
// width in bits.
type place [3]int

// A shape is a list of fields.
type shape []place

// tables hold data that many packets share. They only grow.
type tables struct {
	Specs  []spec
	Kinds  []kind
	Shapes []shape
	Texts  []string

	specOf    map[*decode.Spec]int // its size is bounded by decode's tables
	kindOf    map[decode.ProtocolID]int
	shapeOf   map[string]int
	textOf    map[string]int
	textBytes int
	parts     int
	key       []byte
}

func newTables() *tables {
	return &tables{specOf: map[*decode.Spec]int{}, kindOf: map[decode.ProtocolID]int{},
		shapeOf: map[string]int{}, textOf: map[string]int{}}
}

func (t *tables) spec(s *decode.Spec) int {
	i, ok := t.specOf[s]
	if !ok {
		i = len(t.Specs)
		t.specOf[s] = i
		t.Specs = append(t.Specs, spec{s.Key, s.Name, s.Ref, s.Doc,
			s.Show == decode.ShowPort, use(s)})
	}
	return i
}

// use returns the role of a field. next identifies the next header; src and dst are addresses of
// hosts. from and to are addresses of stations on a link; flag is one bit.
func use(s *decode.Spec) string {
	_, last, _ := strings.Cut(s.Key, ".")
	if s.Show == decode.ShowAddr {
		last, _, _ = strings.Cut(last, ".") // src.proto_ipv4 of ARP
	}
	switch end := last == "src" || last == "dst"; {
	case s.Role.SaysNext():
		return "next"
	case s.Show == decode.ShowAddr && end:
		return last
	case s.Show == decode.ShowMAC && end:
		return map[string]string{"src": "from", "dst": "to"}[last]
	case s.Show == decode.ShowFlag:
		return "flag"
	}
	return ""
}

func (t *tables) kind(id decode.ProtocolID) int {
	i, ok := t.kindOf[id]
	if !ok {
		i = len(t.Kinds)
		t.kindOf[id] = i
		p := id.Protocol()
		t.Kinds = append(t.Kinds, kind{p.Key, p.Name, p.Ref, explain.Name(id)})
	}
	return i
}

// shape returns the index of a header's shape. If the shape is new and the table is full, it
// returns -1 and the shape itself.
func (t *tables) shape(at int, fields []decode.Field) (int, shape) {
	t.key = t.key[:0]
	for i := range fields {
		f := &fields[i]
		for _, n := range [3]int{t.spec(f.Spec), f.At - 8*at, f.Width} {
			t.key = binary.AppendUvarint(t.key, uint64(n))
		}
	}
	if i, ok := t.shapeOf[string(t.key)]; ok {
		return i, nil
	}
	s := make(shape, len(fields))
	for i := range fields {
		f := &fields[i]
		s[i] = place{t.spec(f.Spec), f.At - 8*at, f.Width}
	}
	if len(t.Shapes) >= maxShapes || t.parts+len(s) > maxShapeParts {
		return -1, s
	}
	t.parts += len(s)
	t.shapeOf[string(t.key)] = len(t.Shapes)
	t.Shapes = append(t.Shapes, s)
	return len(t.Shapes) - 1, nil
}

// A text is a sentence or a few words. It is an index in Texts, or the text if that table is full.
type text struct {
	index int // -1 for none
	own   string
}

// MarshalJSON writes the index, or the text itself.
func (x text) MarshalJSON() ([]byte, error) { return x.append(nil), nil }

func (x text) append(out []byte) []byte {
	if x.index < 0 {
		return appendText(out, x.own)
	}
	return appendNumber(out, "", x.index)
}

// text returns a text from a capture or from portsniff. It escapes what a page must not show.
func (t *tables) text(s string) text {
	s = textutil.Escape(s)
	i, ok := t.textOf[s]
	if ok {
		return text{index: i}
	}
	if len(t.Texts) >= maxTexts || t.textBytes+len(s) > maxTextBytes {
		return text{-1, s}
	}
	t.textBytes += len(s)
	t.textOf[s] = len(t.Texts)
	t.Texts = append(t.Texts, s)
	return text{index: len(t.Texts) - 1}
}
