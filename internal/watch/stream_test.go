package watch_test

import (
	"errors"
	"io"
	"testing"

	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/watch"
	"github.com/portsniff/portsniff/pcaps"
)

// The numbers of packets and flows that were read from a pipe are reported at the end. capinfos and
// tshark's conversations have the same numbers.
func TestStreamCounts(t *testing.T) {
	const sample = "services"
	f, err := pcaps.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.NewReader(f, sample, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := watch.NewStream(pipeline.New(pipeline.Options{Source: src, Status: io.Discard,
		Table: flow.Options{Memory: flow.DefaultMemory}}))
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	if packets, flows := s.Read(); packets != 232 || flows != 13 {
		t.Errorf("%d packets, %d flows; want 232 and 13", packets, flows)
	}
	if err := s.End(true); err != nil {
		t.Error(err)
	}
}

// TestStreamNeverWaitsForOwners checks that the stream looks up no owner while it holds the
// packets, because such a lookup can wait. The screen gets the owners of flows later.
func TestStreamNeverWaitsForOwners(t *testing.T) {
	f, err := pcaps.Open("http")
	if err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.NewReader(f, "http", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := pipeline.New(pipeline.Options{Source: src, Status: io.Discard,
		Table: flow.Options{Memory: flow.DefaultMemory}})
	asked := 0
	p.Analyzer.Attributor = analysis.NewAttributor(
		func(sockets.Flow, sockets.Flow, bool) (src, dst sockets.Owner) {
			asked++
			return src, dst
		})
	s := watch.NewStream(p)
	if err := errors.Join(s.Run(), s.End(true)); err != nil {
		t.Fatal(err)
	}
	if packets, _ := s.Read(); packets == 0 || asked > 0 {
		t.Errorf("%d lookups for %d packets", asked, packets)
	}
}
