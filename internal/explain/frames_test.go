package explain

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/pcaps"
)

// corpusEnv is the environment variable with the folder of real captures. corpusMin is the least
// number of frames in it.
const (
	corpusEnv = "PORTSNIFF_CORPUS"
	corpusMin = 30_000
)

// TestEverySample draws every frame of every sample in every form.
func TestEverySample(t *testing.T) {
	for _, s := range pcaps.List() {
		f, err := pcaps.Open(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		src, err := pcapfile.NewReader(f, s.Name, pcapfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := eachFrame(src, func(f *analysis.Frame) { drawn(t, s.Name, f) }); n == 0 {
			t.Errorf("%s: no frames", s.Name)
		}
		src.Close()
	}
}

// TestEveryRealFrame is like TestEverySample for captures of other projects' test suites.
func TestEveryRealFrame(t *testing.T) {
	root := os.Getenv(corpusEnv)
	if root == "" {
		t.Skipf("SKIPPED: %s is not set: real captures were NOT drawn", corpusEnv)
	}
	if testing.Short() {
		t.Skip("SKIPPED: -short: real captures were NOT drawn")
	}
	frames := 0
	err := filepath.WalkDir(filepath.Join(root, "files"),
		func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			src, err := pcapfile.Open(file, pcapfile.Options{})
			var format *pcapfile.FormatError
			switch {
			case errors.As(err, &format): // not a capture; the reader's tests cover those
				return nil
			case err != nil:
				return err
			}
			defer src.Close()
			frames += eachFrame(src, func(f *analysis.Frame) { drawn(t, filepath.Base(file), f) })
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if frames < corpusMin {
		t.Errorf("%d frames, at least %d are expected: is %s right?", frames, corpusMin, root)
	}
}

// drawn draws one frame at one width of each form, and checks what every drawing must satisfy.
func drawn(t *testing.T, name string, f *analysis.Frame) {
	t.Helper()
	if !covered(t, name, f) {
		return
	}
	s := &Subject{Frame: f}
	v := newView(s, Options{})
	for i := range v.headers {
		if h := &v.headers[i]; h.isTransport() && worth(t, v.start(i)) != h.At {
			t.Errorf("%s frame %d: %s begins at %d, not %s", name, f.Number, h.ID, h.At, v.start(i))
		}
	}
	at := fmt.Sprintf("%s frame %d", name, f.Number)
	for _, width := range []int{60, 76, 80, 100} {
		wellFormed(t, at, s, Options{Style: render.Style{Width: width, Unicode: f.Number%2 == 0},
			Verbose: int(f.Number % 2)})
	}
	switch f.Number % 8 { // forms that vary little are drawn for some frames only
	case 1:
		wellFormed(t, at+", plain", s, Options{Style: render.Style{Width: 80}, Plain: true})
	case 3:
		wellFormed(t, at, s, Options{Style: render.Style{Width: 40}, Verbose: 2})
	case 5:
		wellFormed(t, at, s, Options{Style: render.Style{}, Verbose: 2})
	}
}

// worth evaluates a sum in a caption: "@34 + UDP(8) + 4*IHL(5) + extension headers(8+24)".
func worth(t *testing.T, sum string) (n int) {
	t.Helper()
	if sum == "the first byte" {
		return 0
	}
	for term := range strings.SplitSeq(sum, " + ") {
		factor := 1
		if rest, ok := strings.CutPrefix(term, "4*"); ok {
			factor, term = 4, rest
		}
		if _, in, ok := strings.Cut(term, "("); ok {
			term = strings.TrimSuffix(in, ")")
		}
		term = strings.TrimSuffix(strings.TrimPrefix(term, "@"), " between")
		for part := range strings.SplitSeq(term, "+") {
			v, err := strconv.Atoi(part)
			if err != nil {
				t.Errorf("%q: %v", sum, err)
			}
			n += factor * v
		}
	}
	return n
}

// TestHostileText checks texts from a capture that contain terminal controls.
func TestHostileText(t *testing.T) {
	s := sample(t, "dns", 1)
	s.Comments = [][]byte{[]byte("\x1b]0;title\x07 \xff\xfe \u202e")}
	s.Source = "file\x1b[2J\n.pcap"
	wellFormed(t, "hostile", s, Options{Style: render.Style{Width: 80}})
	// The sender of a packet or a process on the capturing host chooses NFLOG's prefix and PKTAP's
	// names.
	wellFormed(t, "hostile", pasted(decode.IDPKTAP, bytes.Repeat([]byte("\x1b]0;\x07\x9b"), 200)),
		Options{Style: render.Style{Width: 80}})
}

// wellFormed checks a page: no line is too wide, and there are no control characters.
func wellFormed(t testing.TB, name string, s *Subject, opt Options) {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, s, opt); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		if n := utf8.RuneCountInString(line); opt.Width > 0 && n > opt.Width {
			t.Errorf("%s, %d columns: a line has %d: %q", name, opt.Width, n, line)
		}
		for _, r := range line {
			if !unicode.IsPrint(r) || r == utf8.RuneError {
				t.Errorf("%s, %d columns: control character %q in %q", name, opt.Width, r, line)
			}
		}
	}
}

// TestDumpFits checks that rows of the dump fit the width, down to one byte per row. If not even
// one byte fits, there are no rows.
func TestDumpFits(t *testing.T) {
	s := sample(t, "http", 1)
	for width := 1; width <= 40; width++ {
		var b bytes.Buffer
		if err := Text(&b, s, Options{Style: render.Style{Width: width}}); err != nil {
			t.Fatal(err)
		}
		rows := 0
		for line := range strings.Lines(b.String()) {
			if !strings.HasPrefix(line, "  0000 ") {
				continue
			}
			rows++
			if n := len(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns: %q has %d", width, line, n)
			}
		}
		const offset, one = len("  0000   "), len("ff") // and the mark after it
		if want := width >= offset+one+2; rows > 0 != want {
			t.Errorf("%d columns: %d rows", width, rows)
		}
	}
}

// covered checks that every bit of every header is in exactly one field.
func covered(t testing.TB, name string, f *analysis.Frame) bool {
	t.Helper()
	for i, l := range f.Packet.Layers {
		if what := gap(l, f.Packet.Fields(i)); what != "" {
			t.Errorf("%s frame %d, %s at byte %d: %s", name, f.Number, l.ID, l.At, what)
			return false
		}
	}
	return true
}

// gap describes the first position where fields overlap or do not cover a header. It returns "" if
// there is none.
func gap(l decode.Layer, fields []decode.Field) string {
	next := 8 * l.At
	for _, f := range fields {
		if f.At != next {
			return fmt.Sprintf("%s is at bit %d, the field before it ends at %d", f.Key, f.At, next)
		}
		next = f.At + f.Width
	}
	if end := 8 * (l.At + l.Len); next != end && len(l.ID.Protocol().Fields) > 0 {
		return fmt.Sprintf("the fields end at bit %d, the header at %d", next, end)
	}
	return ""
}

// TestGap checks that gap detects a missing field at every position, and a repeated field.
func TestGap(t *testing.T) {
	p := sample(t, "dns", 1).Packet
	for i, l := range p.Layers {
		fields := p.Fields(i)
		if what := gap(l, fields); what != "" {
			t.Errorf("%s: %s", l.ID, what)
		}
		for n := range fields {
			if without := slices.Delete(slices.Clone(fields), n, n+1); gap(l, without) == "" {
				t.Errorf("%s without its field %d passed", l.ID, n)
			}
			if twice := slices.Insert(slices.Clone(fields), n, fields[n]); gap(l, twice) == "" {
				t.Errorf("%s with its field %d twice passed", l.ID, n)
			}
		}
	}
}

// FuzzText decodes arbitrary bytes as any header, and writes them in any form and width.
func FuzzText(f *testing.F) {
	for _, name := range []string{"dns", "https6", "udp-closed", "stack", "ipv6-exthdrs",
		"tcp-options", "gtpu", "sctp", "dccp", "vlan"} {
		f.Add(uint8(decode.IDEthernet), sample(f, name, 1).Packet.Data, uint8(80), uint8(0))
	}
	f.Add(uint8(decode.IDTCP), sample(f, "http", 1).Packet.Data[34:], uint8(100), uint8(1))
	f.Fuzz(func(t *testing.T, id uint8, data []byte, width, how uint8) {
		ids := decode.IDs()
		s := pasted(ids[int(id)%len(ids)], data)
		covered(t, "fuzz", s.Frame)
		const least = 20 // columns; in fewer no word would be whole
		opt := Options{Style: render.Style{Width: max(int(width), least), Unicode: how&1 != 0},
			Plain: how&2 != 0, Verbose: int(how >> 2 & 3)}
		wellFormed(t, "fuzz", s, opt)
		for _, write := range []func(io.Writer) error{
			func(w io.Writer) error { return JSON(w, s) },
			func(w io.Writer) error { return SVG(w, Drawings(s, "")) },
			func(w io.Writer) error { return Mermaid(w, s, "") },
			func(w io.Writer) error { return Compare(w, s, s, opt) },
		} {
			if err := write(io.Discard); err != nil {
				t.Fatal(err)
			}
		}
	})
}
