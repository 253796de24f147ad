package store_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/store"
)

// A store counts the inputs that are not complete and the packets that the kernel lost, but only
// those of the filter's time. The samples are of 2026-11-23, 03:06.
func TestPartial(t *testing.T) {
	d := newFolder(t)
	for name, sum := range map[string]store.Summary{
		"http": {Complete: true}, "dns": {},
		"ntp": {Complete: true, Live: &store.Live{Received: 9, Dropped: 3}},
		"ssh": {Live: &store.Live{Received: 9, Dropped: 4}},
	} {
		id, err := store.ID(d.Sensor, bytes.NewReader([]byte(name)))
		if err != nil {
			t.Fatal(err)
		}
		in := d.NewInput(id)
		fill(in, packets(t, name), timeouts)
		if err := in.Close(&sum); err != nil {
			t.Fatal(err)
		}
	}
	later := nothing()
	later.Start = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC).UnixNano()
	earlier := nothing()
	earlier.End = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).UnixNano()
	for _, c := range []struct {
		what    string
		only    *flow.Filter
		partial int
		dropped int64
	}{{"all", nil, 2, 7}, {"later", &later, 0, 0}, {"earlier", &earlier, 0, 0}} {
		s, err := store.Open(d.Path, c.only)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.LoadPorts(flow.NewPortTable(flow.PortOptions{})); err != nil {
			t.Fatal(err)
		}
		if s.Partial != c.partial || s.Dropped != c.dropped {
			t.Errorf("%s: %d inputs and %d packets, want %d and %d", c.what, s.Partial, s.Dropped,
				c.partial, c.dropped)
		}
	}
}
