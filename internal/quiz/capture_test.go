package quiz_test

import (
	"bytes"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/quiz"
)

// A file is the frames of a capture.
type file struct {
	name   string
	frames []corpustest.Frame
}

func samples(t testing.TB) []file {
	t.Helper()
	return byFile(corpustest.SampleFrames(t, "../../pcaps"))
}

func corpus(t *testing.T) []file {
	t.Helper()
	return byFile(corpustest.CorpusFrames(t))
}

// byFile splits frames by capture.
func byFile(frames []corpustest.Frame) (out []file) {
	for _, f := range frames {
		if len(out) == 0 || out[len(out)-1].name != f.File {
			out = append(out, file{name: f.File})
		}
		last := &out[len(out)-1]
		last.frames = append(last.frames, f)
	}
	return out
}

// collect passes a capture to a collector, as the command does.
func collect(f file, seed uint64) *quiz.Collector {
	c := quiz.NewCollector(seed, "-r x.pcap")
	fragments := decode.NewFragments(0)
	table := flow.NewTable(flow.Options{Memory: flow.DefaultMemory})
	var p decode.Packet
	fr := analysis.Frame{Packet: &p}
	for i, raw := range f.frames {
		data := bytes.Clone(raw.Data)
		p.Decode(raw.Link, data, raw.Wire)
		fr.Number, fr.Len = int64(i+1), raw.Wire
		fragments.Observe(&p, fr.Number, fr.Time)
		fr.Annotate(table.Add(&p, uint32(raw.Wire), flow.NoTime, fr.Number))
		c.Add(&fr)
		for j := range data {
			data[j] = 0xff // a reader also reuses its buffer
		}
	}
	return c
}
