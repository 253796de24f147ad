package render_test

import (
	"bytes"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// TestPacketsAreLinearInHeaders checks that the cost of lines and JSON is proportional to the
// number of headers, however they are nested.
func TestPacketsAreLinearInHeaders(t *testing.T) {
	var out bytes.Buffer
	lines := render.NewLineWriter(render.LineOptions{Verbose: 2, Link: true})
	json := render.NewJSONWriter(&out)
	testkit.Linear(t, func(frame []byte) func() int {
		p := new(decode.Packet)
		p.Decode(linktype.Ethernet, frame, len(frame))
		f := &analysis.Frame{Packet: p, Len: len(frame)}
		f.AnnotateAlone()
		return func() int {
			out.Reset()
			if err := lines.Packet(&out, f); err != nil {
				t.Fatal(err)
			}
			if err := json.Packet(f); err != nil {
				t.Fatal(err)
			}
			return out.Len()
		}
	})
}
