package pcapfile

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
)

// TestRotationAfterClockStep checks a rotation by time when the clock changes by hours. After a
// step back, it continues after one file's period. After a step forward, it continues immediately.
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
	// Computed by hand: 4 packets until 1 s after the step back, 2 in a file from 4 s after it,
	// then 2 in a file five hours later.
	list, total := packetsIn(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.pcap"))
	if err != nil || len(files) != 3 || total != 8 {
		t.Errorf("%s, %v", list, err)
	}
}
