package explain

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/internal/render"
)

// A Drawing is one header's diagram as a separate picture.
type Drawing struct {
	Name string // usable as a file name: "frame3-2-tcp"
	SVG  []byte
	high int // height in pixels
}

// Sizes in the picture, in pixels. The width of a monospaced letter is about six tenths of svgFont.
const (
	svgBit    = 26
	svgRow    = 32
	svgFont   = 13
	svgLeft   = 96
	svgTop    = 52
	svgRight  = 14
	svgBottom = 16
	svgWidth  = svgLeft + rowBits*svgBit + svgRight
	// perBit is the number of letters that fit in the width of one bit.
	perBit = 3
)

// svgFills are colors that people with color blindness can distinguish (Okabe and Ito), light
// enough for black text. A mark or capitals show the same.
var svgFills = map[render.Tone]string{render.TonePort: "#F0C05A", render.ToneNext: "#E5BCD2",
	render.ToneNone: "#F0E442", render.ToneWrong: "#F2B08A", render.TonePlain: "#FFFFFF"}

// Drawings returns the diagrams of the packet's headers. only selects headers by key or name, for
// example "tcp".
func Drawings(s *Subject, only string) (out []Drawing) {
	v := newView(s, Options{})
	for i := range v.headers {
		h := &v.headers[i]
		if len(h.fields) > 0 && h.called(only) {
			out = append(out, v.drawing(i))
		}
	}
	return out
}

// called reports whether a header has the name. The empty name matches every header.
func (h *header) called(name string) bool {
	return name == "" || strings.EqualFold(name, h.ID.String()) || strings.EqualFold(name, h.name)
}

// SVG writes diagrams below each other as one picture.
func SVG(w io.Writer, drawings []Drawing) error {
	high := 0
	for _, d := range drawings {
		high += d.high
	}
	var b bytes.Buffer
	fmt.Fprintf(&b,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "+
			"%d\">\n", svgWidth, high, svgWidth, high)
	y := 0
	for _, d := range drawings {
		fmt.Fprintf(&b, "<g transform=\"translate(0,%d)\">\n%s</g>\n", y, d.SVG)
		y += d.high
	}
	b.WriteString("</svg>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// drawing draws one header.
func (v *view) drawing(i int) Drawing {
	h := &v.headers[i]
	rows := grid(h.fields, 8*h.At)
	high := svgTop + len(rows)*svgRow + svgBottom
	var b bytes.Buffer
	title := strings.Join(v.captions(i), " ")
	fmt.Fprintf(&b,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "+
			"%d\" role=\"img\" font-family=\"monospace\" font-size=\"%d\">\n",
		svgWidth, high, svgWidth, high, svgFont)
	fmt.Fprintf(&b, "<title>%s</title>\n", escaped(title))
	fmt.Fprintf(&b, "<rect width=\"100%%\" height=\"100%%\" fill=\"#FFFFFF\"/>\n")
	const heading = (svgWidth - svgRight) * 10 / (svgFont * 6)
	fmt.Fprintf(&b, "<text x=\"6\" y=\"16\" font-weight=\"bold\">%s</text>\n",
		escaped(clip(title, heading)))
	for bit := range rowBits {
		fmt.Fprintf(&b,
			"<text x=\"%d\" y=\"%d\" font-size=\"10\" text-anchor=\"middle\">%d</text>\n", svgLeft+
				bit*svgBit+svgBit/2, svgTop-6, bit)
	}
	for n := range rows {
		v.svgRow(&b, h, &rows[n], svgTop+n*svgRow)
	}
	for n := 0; n <= len(rows); n++ {
		svgBorders(&b, h, rowAt(rows, n-1), rowAt(rows, n), svgTop+n*svgRow)
	}
	b.WriteString("</svg>\n")
	return Drawing{fmt.Sprintf("frame%d-%d-%s", v.Number, i+1,
		strings.ReplaceAll(h.ID.String(), ".", "-")), b.Bytes(), high}
}

func rowAt(rows []row, n int) *row {
	if n < 0 || n >= len(rows) {
		return nil
	}
	return &rows[n]
}

// svgRow draws a row's boxes and their text. The lines between rows are drawn later.
func (v *view) svgRow(b *bytes.Buffer, h *header, r *row, y int) {
	middle := y + svgRow/2 + svgFont/2 - 2
	fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">@%d +%d</text>\n", svgLeft-8,
		middle, h.At+r.bit/8, r.bit/8)
	for _, s := range r.segs {
		f := &h.fields[s.field]
		bits := s.to - s.from
		text, fill := h.segment(f, s, perBit*bits-1), svgFills[h.tone(f)]
		if r.folded > 0 {
			text = fmt.Sprintf("... %s not drawn ...", bytesOf(r.folded))
		}
		x := svgLeft + s.from*svgBit
		fmt.Fprintf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", x, y,
			bits*svgBit, svgRow, fill)
		fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x+
			bits*svgBit/2, middle, escaped(text))
		fmt.Fprintf(b, "<path d=\"M%d %dv%dM%d %dv%d\" stroke=\"#000000\"/>\n", x, y, svgRow, x+
			bits*svgBit, y, svgRow)
	}
}

// svgBorders draws the lines between two rows, thick next to ports.
func svgBorders(b *bytes.Buffer, h *header, above, below *row, y int) {
	thick := 1
	if holdsPort(h, above) || holdsPort(h, below) {
		thick = 3
	}
	var path strings.Builder
	for bit := range rowBits {
		if a, c := fieldAt(above, bit), fieldAt(below, bit); a != c {
			fmt.Fprintf(&path, "M%d %dh%d", svgLeft+bit*svgBit, y, svgBit)
		}
	}
	if path.Len() > 0 {
		fmt.Fprintf(b, "<path d=\"%s\" stroke=\"#000000\" stroke-width=\"%d\"/>\n", path.String(),
			thick)
	}
}

// escaped escapes text for XML.
func escaped(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		return "" // a strings.Builder never fails
	}
	return b.String()
}
