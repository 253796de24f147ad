package explain_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/pcaps"
)

// firstFrame returns the first frame of a sample.
func firstFrame(t *testing.T, sample string) *analysis.Frame {
	t.Helper()
	file, err := pcaps.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.NewReader(file, sample, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var p capture.Packet
	if err := src.Next(&p); err != nil {
		t.Fatal(err)
	}
	return analysis.New(flow.Options{}).Packet(&p)
}

// TestPicturesStack checks the positions in a picture of several headers. Each header begins where
// the previous one ends, and the picture is as high as all of them. Each row of fields is inside
// its header, below the previous row.
func TestPicturesStack(t *testing.T) {
	drawings := explain.Drawings(&explain.Subject{Frame: firstFrame(t, "dns")}, "")
	if len(drawings) != 3 { // Ethernet, IPv4, UDP
		t.Fatalf("%d headers", len(drawings))
	}
	var out bytes.Buffer
	if err := explain.SVG(&out, drawings); err != nil {
		t.Fatal(err)
	}
	var whole, height, sum, headers, row, rows int
	d := xml.NewDecoder(&out)
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attr := map[string]string{}
		for _, a := range e.Attr {
			attr[a.Name.Local] = a.Value
		}
		switch e.Name.Local {
		case "g":
			if want := fmt.Sprintf("translate(0,%d)", sum); attr["transform"] != want {
				t.Errorf("header %d is at %s, want %s", headers+1, attr["transform"], want)
			}
		case "svg":
			h, _ := strconv.Atoi(attr["height"])
			if whole == 0 {
				whole = h
				continue
			}
			headers, height, sum, row = headers+1, h, sum+h, 0
		case "rect":
			y, err := strconv.Atoi(attr["y"])
			if err != nil {
				continue // the background
			}
			h, _ := strconv.Atoi(attr["height"])
			if y < row || y+h > height {
				t.Errorf("header %d: a field at %d of height %d, after one at %d, in %d", headers,
					y, h, row, height)
			}
			if y > row {
				rows++
			}
			row = y
		}
	}
	// headers of 14, 20 and 8 bytes, with four bytes per row
	if headers != 3 || whole != sum || rows != 4+5+2 {
		t.Errorf("%d headers, %d rows, height %d of %d", headers, rows, whole, sum)
	}
}
