package explain

import (
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// mermaidBit is the number of letters of a label that fit in the width of one bit in Mermaid's
// packet diagrams.
const mermaidBit = 4

// Mermaid writes the headers as packet diagrams of Mermaid. only selects headers by key or name. It
// writes one diagram as it is, and several as blocks of a Markdown text.
func Mermaid(w io.Writer, s *Subject, only string) error {
	v := newView(s, Options{})
	var diagrams []string
	for i := range v.headers {
		if h := &v.headers[i]; len(h.fields) > 0 && h.called(only) {
			diagrams = append(diagrams, v.mermaid(i))
		}
	}
	text := strings.Join(diagrams, "```\n\n```mermaid\n")
	if len(diagrams) > 1 {
		text = "```mermaid\n" + text + "```\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

func (v *view) mermaid(i int) string {
	h := &v.headers[i]
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %q\n---\npacket-beta\n",
		quoteless(strings.Join(v.captions(i), " ")))
	for j := range h.fields {
		f := &h.fields[j]
		from := f.At - 8*h.At
		label := quoteless(h.box(f, mermaidBit*min(f.Width, rowBits)-1))
		if f.Show == decode.ShowFlag && !f.Cut {
			label = f.Label()[:1] + fmt.Sprint(f.Value)
		}
		if f.Width == 1 {
			fmt.Fprintf(&b, "%d: %q\n", from, label)
			continue
		}
		fmt.Fprintf(&b, "%d-%d: %q\n", from, from+f.Width-1, label)
	}
	return b.String()
}

// quoteless replaces double quotation marks by single ones, because double ones end a label.
func quoteless(text string) string { return strings.ReplaceAll(text, `"`, "'") }
