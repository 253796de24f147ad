package explain

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/render"
)

// fieldsOf returns adjacent fields of the given widths in bits, from bit start of the frame on.
func fieldsOf(start int, widths ...int) (out []decode.Field) {
	for _, w := range widths {
		out = append(out, decode.Field{Spec: &decode.Spec{Name: "Field"}, At: start, Width: w})
		start += w
	}
	return out
}

// TestGrid compares rows with a layout worked out by hand. Each row has its first bit and its
// segments. A segment has the field, its first bit, the bit after its last one, and * if it has the
// name.
func TestGrid(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields []decode.Field
		want   string
	}{
		{"two ports and a word", fieldsOf(272, 16, 16, 32), "0: 0 0-16* 1 16-32*; 32: 2 0-32*"},
		{"Ethernet's addresses", fieldsOf(0, 48, 48, 16),
			"0: 0 0-32*; 32: 0 0-16 1 16-32; 64: 1 0-32*; 96: 2 0-16*"},
		{"an IPv6 address", fieldsOf(0, 128), "0: 0 0-32*; 32: 0 0-32; 64: 0 0-32; 96: 0 0-32"},
		{"five rows are drawn", fieldsOf(0, 160),
			"0: 0 0-32*; 32: 0 0-32; 64: 0 0-32; 96: 0 0-32; 128: 0 0-32"},
		{"of six rows the middle three are folded", fieldsOf(0, 192),
			"0: 0 0-32*; 32: 0 0-32; 64: 12 bytes folded; 160: 0 0-32"},
		{"a long field after a short one", fieldsOf(0, 16, 16+8*64),
			"0: 0 0-16* 1 16-32; 32: 1 0-32*; 64: 1 0-32; 96: 52 bytes folded; 512: 1 0-32"},
		{"none", nil, ""},
	} {
		start := 0
		if len(c.fields) > 0 {
			start = c.fields[0].At
		}
		var rows []string
		for _, r := range grid(c.fields, start) {
			if r.folded > 0 {
				rows = append(rows, fmt.Sprintf("%d: %d bytes folded", r.bit, r.folded))
				continue
			}
			text := fmt.Sprintf("%d:", r.bit)
			for _, s := range r.segs {
				text += fmt.Sprintf(" %d %d-%d", s.field, s.from, s.to)
				if s.main {
					text += "*"
				}
			}
			rows = append(rows, text)
		}
		if got := strings.Join(rows, "; "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestPlaces checks that the offsets of a row have the same width in small and in large frames.
func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		frame  int
		header string
		want   string
	}{
		{14, "+0", "  @14   +0 "}, {104, "+12", " @104  +12 "}, {9999, "+4", "@9999   +4 "},
		{65535, "+4", "@65535  +4 "}, {34, "n/a", "  @34  n/a "},
		{12332, "+123", "@12332+123 "}, {12332, "+12332", "    @12332 "},
		{1234567, "+123", "  @1234567 "},
	} {
		if got := places(c.frame, c.header); got != c.want {
			t.Errorf("%d %s: %q, want %q", c.frame, c.header, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text                   string
		columns, first, indent int
		want                   string
	}{
		{"one two three", 0, 0, 0, "one two three"},
		{"one two three", 13, 0, 0, "one two three"},
		{"one two three", 12, 0, 0, "one two|three"},
		{"one two three", 7, 0, 3, "one two|thre|e"},
		{"one two", 6, 3, 0, "one|two"},
		{"abcdefgh", 4, 0, 0, "abcd|efgh"},
		{"", 4, 0, 0, ""},
	} {
		if got := strings.Join(wrap(c.text, c.columns, c.first, c.indent), "|"); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// TestBoxes checks fields in boxes too small for their whole text. The number is always shown.
func TestBoxes(t *testing.T) {
	spec := &decode.Spec{Name: "Protocol", Role: decode.NextIPProtocol,
		Mean: func(uint64) string { return "UDPLite" }}
	f := decode.Field{Spec: spec, Width: 8, Value: 136}
	h := &header{}
	for columns, want := range map[int]string{40: "PROTOCOL 136=UDPLite", 18: "PROTO 136=UDPLite",
		15: "P 136=UDPLite", 11: "136=UDPLite", 5: "136", 2: "1~", 0: ""} {
		if got := h.box(&f, columns); got != want {
			t.Errorf("%d columns: %q, want %q", columns, got, want)
		}
	}
	port := decode.Field{Spec: &decode.Spec{Name: "Source Port", Short: "SRC PORT",
		Show: decode.ShowPort}, Width: 16, Value: 443}
	if got := h.box(&port, 31); got != "[SRC PORT 443 = 0x01bb]" {
		t.Error(got)
	}
	h.Quoted = true
	if got := h.box(&port, 31); got != `"SRC PORT 443 = 0x01bb"` {
		t.Error(got)
	}
	h.check = decode.Check{Sum: decode.Bad, Wire: 1, Want: 0x3246}
	sum := decode.Field{Spec: &decode.Spec{Name: "Checksum", Show: decode.ShowSum}, Width: 16,
		Value: 0x3245}
	if got := h.box(&sum, 31); got != "Checksum 0x3245 BAD, not 0x3246" {
		t.Error(got)
	}
}

// TestMarks checks marked bytes at the end of a dump's row and at the start of the next one.
func TestMarks(t *testing.T) {
	data := make([]byte, 32)
	v := view{page: page{opt: Options{}}}
	marks := []mark{{14, 16, '[', ']', render.TonePort, "ports"},
		{16, 18, '[', ']', render.TonePort, "ports"}}
	for at, want := range map[int]string{0: "  0000   00 00 00 00 00 00 00 00 00 00 00 00 00 " +
		"00[00 00|", 16: "  0010  |00 00]00 00 00 00 00 00 00 00 00 00 00 00 00 00"} {
		v.out = nil
		v.line(dumpRow(data, at, at+16, markedBytes(marks))...)
		if got := strings.TrimSuffix(string(v.out), "\n"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
