package explain

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/pcaps"
)

// TestFormats compares the JSON, the pictures and the Mermaid diagrams of every frame of every
// sample with the frame's bytes.
func TestFormats(t *testing.T) {
	fields := 0
	for _, s := range pcaps.List() {
		f, err := pcaps.Open(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		src, err := pcapfile.NewReader(f, s.Name, pcapfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		eachFrame(src, func(f *analysis.Frame) {
			where := fmt.Sprintf("%s frame %d", s.Name, f.Number)
			subject := &Subject{Frame: f}
			fields += jsonHolds(t, where, subject)
			for _, d := range Drawings(subject, "") {
				selfContained(t, where+" "+d.Name, d.SVG)
			}
			mermaidHolds(t, where, subject)
		})
		src.Close()
	}
	const least = 40_000 // the samples have more
	if fields < least {
		t.Errorf("%d fields, at least %d are expected", fields, least)
	}
}

// jsonHolds extracts every field's bits from the frame by the position in the JSON and compares
// them. It returns the number of fields.
func jsonHolds(t *testing.T, where string, s *Subject) (n int) {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, s); err != nil {
		t.Fatal(err)
	}
	if bytes.Count(b.Bytes(), []byte("\n")) != 1 {
		t.Errorf("%s: not one line", where)
	}
	var o jsonSubject
	if err := json.Unmarshal(b.Bytes(), &o); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	frame := new(big.Int).SetBytes(s.Packet.Data)
	for _, h := range o.Headers {
		for _, f := range h.Fields {
			n++
			if f.Key == "" || f.Name == "" {
				t.Errorf("%s: a field without a name: %+v", where, f)
			}
			if f.Cut {
				continue
			}
			from, to := f.Bit/8, (f.Bit+f.Width+7)/8
			if raw := hex.EncodeToString(s.Packet.Data[from:to]); raw != f.Raw {
				t.Errorf("%s %s: raw %s, the frame has %s", where, f.Key, f.Raw, raw)
			}
			if f.Value == nil {
				continue
			}
			shifted := new(big.Int).Rsh(frame, uint(8*len(s.Packet.Data)-f.Bit-f.Width))
			mask := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(f.Width)), big.NewInt(1))
			if v := shifted.And(shifted, mask); v.Uint64() != *f.Value {
				t.Errorf("%s %s: %d, the frame has %d", where, f.Key, *f.Value, v)
			}
		}
	}
	return n
}

// selfContained checks that a picture is XML and refers to no external resource.
func selfContained(t *testing.T, where string, svg []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Errorf("%s: %v", where, err)
			return
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !strings.Contains(" svg title rect text path g ", " "+e.Name.Local+" ") {
			t.Errorf("%s: an element <%s>", where, e.Name.Local)
		}
		for _, a := range e.Attr {
			if strings.Contains(a.Value, "url(") || a.Name.Local == "href" {
				t.Errorf("%s: names something outside: %s=%s", where, a.Name.Local, a.Value)
			}
		}
	}
}

var mermaidLine = regexp.MustCompile(`^(\d+)(?:-(\d+))?: "[^"]*"$`)

// mermaidHolds checks that the bits of each diagram are contiguous, as Mermaid requires.
func mermaidHolds(t *testing.T, where string, s *Subject) {
	t.Helper()
	var b bytes.Buffer
	if err := Mermaid(&b, s, ""); err != nil {
		t.Fatal(err)
	}
	next, inside := 0, false
	for line := range strings.Lines(b.String()) {
		switch line = strings.TrimSuffix(line, "\n"); {
		case line == "packet-beta":
			next, inside = 0, true
			continue
		case !inside || line == "" || strings.HasPrefix(line, "```") ||
			strings.HasPrefix(line, "---") || strings.HasPrefix(line, "title: "):
			continue
		}
		m := mermaidLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("%s: %q is no line of a packet diagram", where, line)
			continue
		}
		var from, to int
		fmt.Sscan(m[1], &from)
		to = from
		if m[2] != "" {
			fmt.Sscan(m[2], &to)
		}
		if from != next || to < from {
			t.Errorf("%s: %q, bit %d is next", where, line, next)
		}
		next = to + 1
	}
}
