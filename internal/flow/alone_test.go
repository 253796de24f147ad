package flow_test

import (
	"os"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// Alone returns the same matches as a table with only this packet.
func TestAlone(t *testing.T) {
	frames := corpustest.SampleFrames(t, "../../pcaps")
	if os.Getenv("PORTSNIFF_CORPUS") != "" && !testing.Short() {
		const every = 20 // a table for each frame takes long
		for i, f := range corpustest.CorpusFrames(t) {
			if i%every == 0 {
				frames = append(frames, f)
			}
		}
	}
	for _, kind := range testkit.Nests() {
		data := testkit.Nested(kind, testkit.Flat)
		frames = append(frames, corpustest.Frame{File: kind, Link: linktype.Ethernet, Data: data,
			Wire: len(data)})
	}
	var p decode.Packet
	ports := 0
	for _, f := range frames {
		p.Decode(f.Link, f.Data, f.Wire)
		table := flow.NewTable(flow.Options{})
		want := table.Add(&p, uint32(f.Wire), flow.NoTime, 1)
		if got := flow.Alone(&p); !slices.Equal(got, want) {
			t.Errorf("%s, frame %d: %v, want %v", f.File, f.N, got, want)
		}
		ports += len(want)
	}
	if ports < 300 {
		t.Errorf("only %d headers with ports", ports)
	}
}
