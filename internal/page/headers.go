package page

import (
	"encoding/json"
	"strconv"

	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/render"
)

// shown returns the number of headers of a packet that fit within maxFields.
func shown(hs []explain.Header) int {
	fields := 0
	for i := range hs {
		if fields += len(hs[i].Fields); fields > maxFields {
			return i
		}
	}
	return len(hs)
}

// headers appends a packet's headers as a JSON array. They are most of a page, and a packet may
// have hundreds. The code avoids encoding/json, which took most of the time of a report.
//
// A header has the members k (index in kinds), at, len, level, quoted, via, checksum, why (why the
// state of the checksum is unknown), s (index in shapes, or -1 followed by the shape itself), f
// (each field's value and, if known, its meaning) and cut (which fields were truncated).
func (e *encoder) headers(out []byte, hs []explain.Header) []byte {
	out = append(out, '[')
	for i := range hs {
		if i > 0 {
			out = append(out, ',')
		}
		out = e.header(out, &hs[i])
	}
	return append(out, ']')
}

func (e *encoder) header(out []byte, h *explain.Header) []byte {
	out = appendNumber(out, `{"k":`, e.kind(h.ID))
	out = appendNumber(out, `,"at":`, h.At)
	out = appendNumber(out, `,"len":`, h.Len)
	out = appendNumber(out, `,"level":`, h.Level)
	if h.Quoted {
		out = append(out, `,"quoted":true`...)
	}
	if h.Via != 0 {
		out = appendNumber(out, `,"via":`, int(h.Via))
	}
	if s := h.Check.Sum.String(); s != "" {
		out = appendText(append(out, `,"checksum":`...), s)
	}
	if s := h.Check.Why.String(); s != "" {
		out = appendText(append(out, `,"why":`...), s)
	}
	index, own := e.shape(h.At, h.Fields)
	out = appendNumber(out, `,"s":`, index)
	if len(own) > 0 {
		out = appendShape(append(out, `,"shape":`...), own)
	}
	return append(e.values(out, h), '}')
}

// values appends the members f and cut of a header.
func (e *encoder) values(out []byte, h *explain.Header) []byte {
	out = append(out, `,"f":[`...)
	cut := 0
	for i := range h.Fields {
		f := &h.Fields[i]
		if i > 0 {
			out = append(out, ',')
		}
		e.value = render.AppendValue(e.value[:0], f)
		if m := f.Meaning(); m != "" {
			out = appendText(append(out, '['), e.value)
			out = e.text(m).append(append(out, ','))
			out = append(out, ']')
		} else {
			out = appendText(out, e.value)
		}
		if f.Cut {
			cut++
		}
	}
	out = append(out, ']')
	if cut == 0 {
		return out
	}
	before := `,"cut":[`
	for i := range h.Fields {
		if h.Fields[i].Cut {
			out = appendNumber(out, before, i)
			before = ","
		}
	}
	return append(out, ']')
}

func appendShape(out []byte, s shape) []byte {
	before := "[["
	for _, p := range s {
		for _, n := range p {
			out = appendNumber(out, before, n)
			before = ","
		}
		before = "],["
	}
	return append(out, "]]"...)
}

// appendNumber writes the text before a number, and the number.
func appendNumber(out []byte, before string, n int) []byte {
	return strconv.AppendInt(append(out, before...), int64(n), 10)
}

// appendText writes a string like encoding/json, including the escapes that keep HTML safe.
func appendText[T string | []byte](out []byte, s T) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' ||
			c == '&' {
			text, _ := json.Marshal(string(s)) // a string cannot fail
			return append(out, text...)
		}
	}
	out = append(append(out, '"'), s...)
	return append(out, '"')
}
