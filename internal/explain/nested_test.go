package explain_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// TestViewsAreLinearInHeaders checks that the cost of every view is proportional to the number of
// headers. Whoever makes a packet can nest headers as deep as they like.
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
		"svg": func(w io.Writer, s *explain.Subject) error {
			return explain.SVG(w,
				explain.Drawings(s, ""))
		},
		"mermaid": func(w io.Writer, s *explain.Subject) error { return explain.Mermaid(w, s, "") },
		"account": func(_ io.Writer, s *explain.Subject) error {
			new(explain.Explainer).Explain(s, len(s.Transport)-1)
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

// TestLongHeaders checks that a header of megabytes is drawn as quickly as a short one. What is not
// drawn costs nothing.
func TestLongHeaders(t *testing.T) {
	for name, view := range map[string]func(io.Writer, *explain.Subject) error{
		"wide": func(w io.Writer, s *explain.Subject) error {
			return explain.Text(w, s,
				explain.Options{})
		},
		"plain": func(w io.Writer, s *explain.Subject) error {
			return explain.Text(w, s,
				explain.Options{Plain: true})
		},
		"svg": func(w io.Writer, s *explain.Subject) error {
			return explain.SVG(w,
				explain.Drawings(s, ""))
		},
		"mermaid": func(w io.Writer, s *explain.Subject) error { return explain.Mermaid(w, s, "") },
	} {
		var memory [2]uint64
		for i, n := range []int{1 << 16, 1 << 24} {
			data := make([]byte, n)
			binary.LittleEndian.PutUint32(data, uint32(n-100)) // PKTAP's length
			p := new(decode.Packet)
			p.DecodeAs(decode.IDPKTAP, data, n)
			s := &explain.Subject{Frame: &analysis.Frame{Packet: p, Len: n}}
			if len(p.Layers) == 0 || p.Layers[0].Len != n-100 {
				t.Fatalf("%+v", p.Layers)
			}
			memory[i] = testkit.Allocated(func() {
				if err := view(io.Discard, s); err != nil {
					t.Fatal(err)
				}
			})
		}
		if memory[1] > 2*memory[0] {
			t.Errorf("%s: %d bytes of memory for a short header, %d for a long one", name,
				memory[0], memory[1])
		}
	}
}
