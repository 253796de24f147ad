package quiz_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/flow"
	"github.com/portsniff/portsniff/internal/quiz"
	"github.com/portsniff/portsniff/render"
)

// minSamples and minCorpus are how many captures there are at least; fewer are a mistake in the path.
const (
	minSamples = 40
	minCorpus  = 600
)

// A file is a capture's frames.
type file struct {
	name   string
	frames []frame
}

type frame struct {
	link decode.LinkType
	data []byte
	wire int
}

func samples(t testing.TB) []file {
	t.Helper()
	names, err := filepath.Glob("../../pcaps/*.pcap*")
	if err != nil || len(names) < minSamples {
		t.Fatalf("%d samples, %v", len(names), err)
	}
	return readFiles(t, names)
}

func corpus(t *testing.T) []file {
	t.Helper()
	root := os.Getenv("PORTSNIFF_CORPUS")
	if root == "" {
		if os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
			t.Fatal("PORTSNIFF_CORPUS is not set")
		}
		t.Skip("SKIPPED: PORTSNIFF_CORPUS is not set, questions about real captures were not compared with tshark")
	}
	var names []string
	err := filepath.WalkDir(filepath.Join(root, "files"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) < minCorpus {
		t.Fatalf("%d captures, %v", len(names), err)
	}
	return readFiles(t, names)
}

// readFiles reads captures as far as they can be read.
func readFiles(t testing.TB, names []string) (out []file) {
	t.Helper()
	for _, name := range names {
		f, err := capture.Open(name, capture.Options{})
		if err != nil {
			var format *capture.FormatError
			if !errors.As(err, &format) {
				t.Fatal(err)
			}
			continue
		}
		one := file{name: name}
		var p capture.Packet
		for f.Next(&p) == nil {
			one.frames = append(one.frames, frame{decode.LinkType(p.Link), bytes.Clone(p.Data), p.Length})
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		out = append(out, one)
	}
	return out
}

func findTshark(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
			t.Fatal(err)
		}
		t.Skip("SKIPPED: tshark is not installed, no question was compared with it")
	}
	return path
}

// collect shows a capture to a collector, as the command does.
func collect(f file, seed uint64) *quiz.Collector {
	c := quiz.NewCollector(seed, "-r x.pcap")
	fragments := decode.NewFragments(0)
	table := flow.NewTable(flow.Options{Memory: flow.DefaultMemory, Service: render.ServiceSide})
	var p decode.Packet
	fr := render.Frame{Packet: &p}
	for i, raw := range f.frames {
		data := bytes.Clone(raw.data)
		p.Decode(raw.link, data, raw.wire)
		fr.Number, fr.Len = int64(i+1), raw.wire
		fragments.Observe(&p, fr.Number, fr.Time)
		fr.Annotate(table.Add(&p, uint32(raw.wire), flow.NoTime, fr.Number))
		c.Add(&fr)
		for j := range data {
			data[j] = 0xff // as the reader will, which reuses its buffer
		}
	}
	return c
}
