package pcapfile

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
)

// Where the clock is set back by hours in the middle of a capture, a rotation by time continues
// after the time that a file has; where it is set forward, at once.
func TestRotationAfterClockStep(t *testing.T) {
	dir := t.TempDir()
	about := func() capture.Interface {
		return capture.Interface{Name: "eth0", Link: 1,
			FCSLen: -1}
	}
	s, err := NewRotatingWriter(filepath.Join(dir, "%s.pcap"), nil, about(),
		Rotation{Every: 4 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now().Truncate(time.Second)
	at := began
	for i, step := range []time.Duration{0, time.Second, -3 * time.Hour, time.Second,
		3 * time.Second, time.Second, 5 * time.Hour, time.Second} {
		at = at.Add(step)
		if err := s.Write(written(i+1, "eth0", 0, 1, at, frame(100, 1)), about); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// By hand: 4 packets until 1 s after the step back; 4 s after it a file for two; then one 5
	// hours on for two.
	list, total := packetsIn(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.pcap"))
	if err != nil || len(files) != 3 || total != 8 {
		t.Errorf("%s, %v", list, err)
	}
}
