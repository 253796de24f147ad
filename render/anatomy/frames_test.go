package anatomy

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/pcaps"
	"github.com/portsniff/portsniff/render"
)

// corpusEnv names a folder of real captures in the environment; corpusMin frames are in it at least.
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
		src, err := capture.NewReader(f, s.Name, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := eachFrame(src, func(f *render.Frame) { drawn(t, s.Name, f) }); n == 0 {
			t.Errorf("%s: no frames", s.Name)
		}
		src.Close()
	}
}

// TestEveryRealFrame does the same with captures of other projects' test suites.
func TestEveryRealFrame(t *testing.T) {
	root := os.Getenv(corpusEnv)
	if root == "" {
		t.Skipf("SKIPPED: %s is not set: real captures were NOT drawn", corpusEnv)
	}
	if testing.Short() {
		t.Skip("SKIPPED: -short: real captures were NOT drawn")
	}
	frames := 0
	err := filepath.WalkDir(filepath.Join(root, "files"), func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := capture.Open(file, capture.Options{})
		var format *capture.FormatError
		switch {
		case errors.As(err, &format): // no capture; the reader's tests say which
			return nil
		case err != nil:
			return err
		}
		defer src.Close()
		frames += eachFrame(src, func(f *render.Frame) { drawn(t, filepath.Base(file), f) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if frames < corpusMin {
		t.Errorf("%d frames, at least %d are expected: is %s right?", frames, corpusMin, root)
	}
}

// drawn draws one frame in every form and checks what holds for any of them.
func drawn(t *testing.T, name string, f *render.Frame) {
	t.Helper()
	if !covered(t, name, f) {
		return
	}
	s := &Subject{Frame: f}
	for _, width := range []int{40, 60, 76, 80, 100} {
		opt := Options{Style: render.Style{Width: width, Unicode: f.Number%2 == 0}, Verbose: int(f.Number % 3)}
		wellFormed(t, fmt.Sprintf("%s frame %d", name, f.Number), s, opt)
	}
	wellFormed(t, fmt.Sprintf("%s frame %d, plain", name, f.Number), s, Options{Style: render.Style{Width: 80}, Plain: true})
}

// wellFormed checks a page: no line is wider than asked, and no byte of it is a control character.
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
			if r < ' ' || r == 0x7f || r == utf8.RuneError {
				t.Errorf("%s, %d columns: control character %q in %q", name, opt.Width, r, line)
			}
		}
	}
}

// covered checks that every bit of every header is in exactly one field.
func covered(t testing.TB, name string, f *render.Frame) bool {
	t.Helper()
	p := f.Packet
	for i, l := range p.Layers {
		next := 8 * l.At
		for _, fd := range p.Fields(i) {
			if fd.At != next {
				t.Errorf("%s frame %d, %s at byte %d: %s is at bit %d, the one before it ends at %d", name, f.Number, l.ID, l.At, fd.Key, fd.At, next)
				return false
			}
			next = fd.At + fd.Width
		}
		if want := 8 * (l.At + l.Len); next != want && len(l.ID.Protocol().Fields) > 0 {
			t.Errorf("%s frame %d, %s at byte %d: its fields end at bit %d, the header at %d", name, f.Number, l.ID, l.At, next, want)
			return false
		}
	}
	return true
}

// TestCovered shows that the check above can fail: a header that is longer than its fields.
func TestCovered(t *testing.T) {
	var quiet testing.T
	s := sample(t, "dns", 1)
	s.Packet.Layers[0].Len++
	if covered(&quiet, "dns", s.Frame) {
		t.Error("a header with a byte outside of all fields passed")
	}
}
