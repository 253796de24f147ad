package explain_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/render"
)

// TestDrawingsAgreeWithPDML compares the cells of every drawn header of every sample with tshark's
// fields in the same bytes. Each cell has a value that tshark shows there, and no field of tshark's
// is missing from the cells.
func TestDrawingsAgreeWithPDML(t *testing.T) {
	frames := corpustest.SampleFrames(t, "../../pcaps")
	cells, fields := 0, 0
	found := make(map[string]string) // maps each difference to its first frame
	corpustest.PDML(t, frames, wireshark(), nil, func(i int, theirs []corpustest.Element) {
		f := frames[i]
		theirs = ofHeaders(theirs)
		d := draw(t, f)
		at := fmt.Sprintf("%s frame %d", f.File, f.N)
		for _, c := range d.cells {
			if there := inside(theirs, c); len(there) > 0 && !c.cut() {
				cells++
				if !slices.ContainsFunc(there, c.shows) && !c.continues(f.Data) {
					key := fmt.Sprintf("cell %q: tshark has %s", c.label(), names(there))
					found[key] = cmp.Or(found[key], at)
				}
			}
		}
		for _, q := range theirs {
			if !d.drawn(q) || composite[q.Name] {
				continue
			}
			fields++
			has := func(c cell) bool { return c.overlaps(q) && c.shows(q) }
			if !slices.ContainsFunc(d.cells, has) {
				key := fmt.Sprintf("%s is not drawn", q.Name)
				found[key] = cmp.Or(found[key], fmt.Sprintf("%s: %s", at, q.Show))
			}
		}
	})
	for _, key := range slices.Sorted(maps.Keys(found)) {
		t.Errorf("%s: %s", found[key], key)
	}
	if cells < 30_000 || fields < 40_000 {
		t.Errorf("only %d cells and %d fields were compared", cells, fields)
	}
}

// composite lists tshark's fields whose parts have their own cells, and fields that are parts of
// one cell.
var composite = map[string]bool{
	"":           true, // a line of text above the fields of an option
	"ip.dsfield": true, "ip.options.routeralert": true, "ipv6.opt": true,
	"tcp.options": true, "tcp.options.mss": true, "tcp.options.sack": true,
	"tcp.options.sack_perm": true, "tcp.options.timestamp": true, "tcp.options.wscale": true,
	"udp.payload":      true,                          // contains the headers of a tunnel
	"ipv6.tclass.dscp": true, "ipv6.tclass.ecn": true, // drawn as one number, the traffic class
}

// inWords lists the fields that tshark shows in bytes and the header has in 32-bit words.
var inWords = map[string]bool{"ip.hdr_len": true, "tcp.hdr_len": true}

// wireshark returns Wireshark's names of the protocols of headers.
func wireshark() (names []string) {
	for _, id := range decode.IDs() {
		names = append(names, id.String())
	}
	return names
}

// ofHeaders returns the fields that have a position, except those of the frame as a whole.
func ofHeaders(elements []corpustest.Element) (out []corpustest.Element) {
	whole := false
	for _, q := range elements {
		if q.Protocol {
			whole = q.Name == "geninfo" || q.Name == "frame"
		} else if !whole && q.Size > 0 && q.Pos >= 0 {
			out = append(out, q)
		}
	}
	return out
}

func inside(theirs []corpustest.Element, c cell) (out []corpustest.Element) {
	for _, q := range theirs {
		if c.overlaps(q) {
			out = append(out, q)
		}
	}
	return out
}

func names(elements []corpustest.Element) string {
	var s []string
	for _, q := range elements {
		s = append(s, q.Name)
	}
	return strings.Join(s, " ")
}

// A drawing holds the cells of all diagrams of a packet.
type drawing struct {
	layers []decode.Layer
	cells  []cell
}

// A cell is a box of a diagram. Its position is in bits of the frame.
type cell struct {
	bit, width int
	text       string
}

var row = regexp.MustCompile(`^ *@(\d+) +\+\d+ \|(.*)\|(?: <<| q)?$`)

// draw draws a frame and parses the diagrams.
func draw(t *testing.T, f corpustest.Frame) (d drawing) {
	t.Helper()
	packet := new(decode.Packet)
	packet.Decode(f.Link, f.Data, f.Wire)
	s := &explain.Subject{Frame: &analysis.Frame{Packet: packet, Number: f.N, Len: f.Wire}}
	d.layers = packet.Layers
	var text bytes.Buffer
	if err := explain.Text(&text, s, explain.Options{Style: render.Style{Width: 80}}); err != nil {
		t.Fatal(err)
	}
	follows := false // there is no line between this row and the previous one
	for line := range strings.Lines(text.String()) {
		m := row.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			follows = false
			continue
		}
		at, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		d.row(at*8, m[2], follows)
		follows = true
	}
	return d
}

// row adds the cells of a row. A bit is two columns wide, and a bar separates cells.
func (d *drawing) row(bit int, body string, follows bool) {
	begin := 0
	for i := 1; i <= len(body); i += 2 {
		if i < len(body) && body[i] != '|' {
			continue
		}
		c := cell{bit + begin/2, (i - begin + 1) / 2, body[begin:i]}
		begin = i + 1
		if last := len(d.cells) - 1; follows && c.bit == bit && last >= 0 &&
			d.cells[last].bit+d.cells[last].width == c.bit {
			d.cells[last].width += c.width
			d.cells[last].text = strings.TrimSpace(d.cells[last].text) + " " +
				strings.TrimSpace(c.text)
			continue
		}
		d.cells = append(d.cells, c)
	}
}

// drawn reports whether a field is in a header that has cells. Ethernet is a line of text instead.
func (d *drawing) drawn(q corpustest.Element) bool {
	for _, l := range d.layers {
		if q.Pos < l.At || q.Pos >= l.At+l.Len {
			continue
		}
		return slices.ContainsFunc(d.cells, func(c cell) bool {
			return c.bit >= l.At*8 && c.bit < (l.At+l.Len)*8
		})
	}
	return false
}

func (c cell) overlaps(q corpustest.Element) bool {
	return q.Pos*8 < c.bit+c.width && c.bit < (q.Pos+q.Size)*8
}

func (c cell) cut() bool { return strings.Contains(c.text, "cut") || strings.Contains(c.text, "?") }

func (c cell) label() string { return strings.TrimSpace(c.text) }

// continues reports whether the cell is the rest of a field from the previous row, and shows the
// captured bytes.
func (c cell) continues(data []byte) bool {
	at := c.bit / 8
	return c.label() == fmt.Sprintf("% x", data[at:at+c.width/8])
}

var number = regexp.MustCompile(`0x[0-9a-f]+|[0-9]+`)

// shows reports whether the cell contains the value of a field: as tshark shows it, or its bytes.
func (c cell) shows(q corpustest.Element) bool {
	shown, err := strconv.ParseUint(q.Show, 0, 64)
	value, valueErr := strconv.ParseUint(q.Value, 16, 64)
	switch {
	case inWords[q.Name]:
		return strings.HasSuffix(c.label(), " "+strconv.FormatUint(shown/4, 10))
	case c.width == 1 && err == nil:
		return (c.label() == ".") == (shown == 0)
	case c.width == 1:
		return valueErr == nil && (c.label() == ".") == (value == 0)
	}
	for _, n := range number.FindAllString(c.text, -1) {
		v, e := strconv.ParseUint(n, 0, 64)
		if e == nil && (err == nil && v == shown || valueErr == nil && v == value) {
			return true
		}
	}
	var spaced []string
	for i := 0; i+1 < len(q.Value); i += 2 {
		spaced = append(spaced, q.Value[i:i+2])
	}
	return q.Show != "" && strings.Contains(c.text, q.Show) ||
		q.Value != "" && strings.Contains(c.text, strings.Join(spaced, " "))
}
