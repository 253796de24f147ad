package pcapfile_test

import (
	"io"
	"os"
	"testing"
	"time"

	"github.com/google/gopacket"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/linktype"
)

// TestRotationNames checks that the names of a rotation's files match its pattern, and no others
// do.
func TestRotationNames(t *testing.T) {
	for _, c := range []struct {
		name  string
		r     pcapfile.Rotation
		files int
		other []string
	}{
		{"a.pcapng", pcapfile.Rotation{Size: 1}, 40,
			[]string{"a.pcapngx", "a.pcapng1/b", "xa.pcapng", "a+pcapng"}},
		{"a%s.pcapng", pcapfile.Rotation{Size: 1, Files: 12}, 12, []string{"a12.pcapng0"}},
		{"%Y%m%d/%H%M%S-%s%%%q.pcapng", pcapfile.Rotation{Every: time.Second}, 40,
			[]string{"x/1-1%%q.pcapng"}},
		{"a%s.pcapng.gz", pcapfile.Rotation{Size: 1, Every: time.Minute}, 40,
			[]string{"a1.pcapng.gz1"}},
		{"a\xff\n.pcapng", pcapfile.Rotation{Size: 1}, 40, []string{"a.pcapng1"}},
		{"(%S%s)", pcapfile.Rotation{Size: 1, Every: time.Minute}, 40,
			[]string{"1", "()", "(../1)"}},
	} {
		pattern := c.r.Names(c.name)
		for _, other := range append(c.other, "", ".", "../"+c.name) {
			if pattern.MatchString(other) {
				t.Errorf("%s: %q is one of its names", c.name, other)
			}
		}
		made := namesMade(t, c.name, c.r)
		if len(made) != c.files {
			t.Errorf("%s: %d names, want %d", c.name, len(made), c.files)
		}
		for name := range made {
			if !pattern.MatchString(name) {
				t.Errorf("%s: %q is not one of its names", c.name, name)
			}
		}
	}
}

// A null opens the null device and records the names.
type null map[string]bool

func (n null) Remove(string) error { return nil }

func (n null) Open(name string) (*os.File, bool, error) {
	n[name] = true
	f, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	return f, true, err
}

// namesMade writes forty packets, a minute apart, some of them before 1970. It returns the names of
// their files.
func namesMade(t *testing.T, name string, r pcapfile.Rotation) map[string]bool {
	t.Helper()
	made := map[string]bool{}
	t.Chdir(t.TempDir())
	s, err := pcapfile.NewRotatingWriter(name, io.Discard, capture.Interface{}, r)
	if err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range first {
		made[f.Name()] = true
	}
	s.OpenBy(null(made))
	for i := range 40 {
		p := &capture.Packet{Link: linktype.Ethernet, Data: make([]byte, 60), HasTime: true,
			FCSLen: -1,
			CaptureInfo: gopacket.CaptureInfo{Timestamp: time.Unix(int64(i-20)*60, 0),
				CaptureLength: 60, Length: 60}}
		if err := s.Write(p,
			func() capture.Interface { return capture.Interface{FCSLen: -1} }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return made
}
