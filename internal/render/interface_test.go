package render

import (
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/linktype"
)

// TestInterfaceNameIsEscaped checks that an interface's name, which is untrusted, is escaped in
// text, JSON and CSV.
func TestInterfaceNameIsEscaped(t *testing.T) {
	p := &decode.Packet{}
	p.Decode(linktype.Raw, []byte{0x45}, 1)
	f := &analysis.Frame{Packet: p, Number: 1, Len: 1, Interface: 3,
		InterfaceName: "=e\x1b[2Jth\n0", InterfaceAbout: "up\x07link"}
	var text, data, cells strings.Builder
	if err := NewLineWriter(LineOptions{Verbose: 1}).Packet(&text, f); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "\n     interface 3: =e\\x1b[2Jth\\n0 (up\\alink)\n") {
		t.Errorf("%q", text.String())
	}
	if err := NewJSONWriter(&data).Packet(f); err != nil ||
		!strings.Contains(data.String(),
			`,"interface":3,"interface_name":"=e\u001b[2Jth\u000a0",`) {
		t.Errorf("%v: %q", err, data.String())
	}
	w, err := NewCSVWriter(&cells)
	if err == nil {
		err = w.Packet(f)
	}
	if err != nil || !strings.HasSuffix(cells.String(), `,'=e\x1b[2Jth\n0,,,,,,,`+"\n") {
		t.Errorf("%v: %q", err, cells.String())
	}
	f.InterfaceName = ""
	text.Reset()
	if err := NewLineWriter(LineOptions{Verbose: 1}).Packet(&text, f); err != nil ||
		!strings.Contains(text.String(), "\n     interface 3 (up\\alink)\n") {
		t.Errorf("%v: %q", err, text.String())
	}
}
