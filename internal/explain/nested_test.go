package explain_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// Headers can be nested as deep as somebody wants who sends or stores a packet, so every view has to
// take work in proportion to their number.
func TestViewsAreLinearInHeaders(t *testing.T) {
	text := func(opt explain.Options) func(io.Writer, *explain.Subject) error {
		return func(w io.Writer, s *explain.Subject) error { return explain.Text(w, s, opt) }
	}
	for name, view := range map[string]func(io.Writer, *explain.Subject) error{
		"wide":    text(explain.Options{Verbose: 2}),
		"diagram": text(explain.Options{Style: render.Style{Width: 80}}),
		"list":    text(explain.Options{Style: render.Style{Width: 60}}),
		"plain":   text(explain.Options{Plain: true}),
		"json":    explain.JSON,
		"svg":     func(w io.Writer, s *explain.Subject) error { return explain.SVG(w, explain.Drawings(s, "")) },
		"mermaid": func(w io.Writer, s *explain.Subject) error { return explain.Mermaid(w, s, "") },
		"account": func(_ io.Writer, s *explain.Subject) error {
			new(explain.Teller).Tell(s, len(s.Transport)-1)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Linear(t, func(frame []byte) func() int {
				p := new(decode.Packet)
				p.Decode(linktype.Ethernet, frame, len(frame))
				f := &analysis.Frame{Packet: p, Len: len(frame)}
				f.AnnotateAlone()
				return func() int {
					var out bytes.Buffer
					if err := view(&out, &explain.Subject{Frame: f}); err != nil {
						t.Fatal(err)
					}
					return out.Len()
				}
			})
		})
	}
}
