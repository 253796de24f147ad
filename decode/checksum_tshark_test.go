package decode_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
)

// tsharkSums maps the numbers in tshark's checksum status fields to its words.
var tsharkSums = map[string]string{"0": "bad", "1": "good", "2": "unverified", "3": "not present",
	"4": "illegal"}

// sameSum lists tshark's words that match a verdict. tshark reports a checksum as bad if it was
// left to the network card.
var sameSum = map[decode.ChecksumStatus]string{
	decode.Good: "good", decode.Bad: "bad illegal", decode.Offloaded: "bad",
	decode.Absent: "not present", decode.Unknowable: "unverified",
}

// exceptions are the reviewed differences from tshark 4.0.17: rows of columns separated by tabs.
// The last column is a reason.
type exceptions struct {
	rows []string
	used []bool
}

func readExceptions(t *testing.T, name string) *exceptions {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	e := &exceptions{}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			e.rows = append(e.rows, line)
		}
	}
	e.used = make([]bool, len(e.rows))
	return e
}

// allow reports whether a row begins with these columns. A row whose first column is * matches any
// file.
func (e *exceptions) allow(file string, columns ...string) bool {
	rest := "\t" + strings.Join(columns, "\t") + "\t"
	found := false
	for i, row := range e.rows {
		if strings.HasPrefix(row, file+rest) || strings.HasPrefix(row, "*"+rest) {
			e.used[i], found = true, true
		}
	}
	return found
}

// unused reports an error for each row that no comparison used.
func (e *exceptions) unused(t *testing.T) {
	for i, row := range e.rows {
		if !e.used[i] {
			t.Errorf("the exception %q is not needed", row)
		}
	}
}

// TestChecksumsTshark compares the verdict on every checksum of the samples with tshark's.
func TestChecksumsTshark(t *testing.T) {
	n := compareSums(t, sampleFrames(t), readExceptions(t, "testdata/tshark-checksums.tsv"))
	if n < 1500 {
		t.Errorf("%d checksums were compared", n)
	}
}

// TestChecksumsCorpus makes the same comparison on real captures.
func TestChecksumsCorpus(t *testing.T) {
	frames := corpustest.CorpusFrames(t)
	e := readExceptions(t, "testdata/tshark-checksums.tsv")
	if n := compareSums(t, frames, e); n < 55_000 {
		t.Errorf("%d checksums were compared", n)
	}
	e.unused(t)
}

// compareSums returns the number of checksums that it compared.
func compareSums(t *testing.T, frames []corpustest.Frame, e *exceptions) (n int) {
	var p decode.Packet
	seen := make(map[string]int)
	dissect(t, frames, func(f corpustest.Frame, fields []corpustest.Element) {
		status := make(map[int]string)
		for _, q := range fields {
			if strings.HasSuffix(q.Name, ".checksum.status") {
				status[q.Pos] = tsharkSums[q.Show]
			}
		}
		p.Decode(f.Link, f.Data, f.Wire)
		for i, l := range p.Layers {
			theirs, ok := status[sumAt(p.Fields(i))]
			if !ok {
				continue
			}
			n++
			got := p.Check(i)
			if strings.Contains(sameSum[got.Sum], theirs) {
				continue
			}
			ours := strings.TrimSpace(got.Sum.String() + " " + got.Why.String())
			if l.Quoted {
				ours += " quoted"
			}
			if e.allow(f.File, l.ID.String(), ours, theirs) {
				continue
			}
			key := fmt.Sprintf("%s\t%s\t%s\t%s", f.File, l.ID, ours, theirs)
			if seen[key]++; seen[key] == 1 {
				t.Errorf("%s (frame %d, %04x, should be %04x)", key, f.N, got.Wire, got.Want)
			}
		}
	})
	return n
}

// sumAt returns the byte of the frame where the header's checksum is, -1 if it has none.
func sumAt(fields []decode.Field) int {
	for _, f := range fields {
		if f.Show == decode.ShowSum {
			return f.At / 8
		}
	}
	return -1
}
