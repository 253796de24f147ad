package corpustest

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/linktype"
)

// minSamples and minCorpus are the minimum numbers of captures; fewer indicate a wrong path.
const (
	minSamples = 40
	minCorpus  = 600
)

// A Frame is one packet of a capture that is given to another program and to this one.
type Frame struct {
	File string // the capture's path below its root
	N    int64  // its number in the capture, from 1
	Link linktype.Type
	Data []byte
	Wire int // length on the wire in bytes
}

// SampleFrames returns the frames of every sample in the folder, which is the test's path of
// pcaps/.
func SampleFrames(t testing.TB, pcaps string) []Frame {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(pcaps, "*.pcap*"))
	if err != nil || len(names) < minSamples {
		t.Fatalf("%d samples, %v", len(names), err)
	}
	return ReadFrames(t, pcaps, names)
}

// CorpusFrames returns the frames of all real captures.
func CorpusFrames(t testing.TB) []Frame {
	t.Helper()
	root := Corpus(t)
	var names []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) < minCorpus {
		t.Fatalf("%d captures, %v", len(names), err)
	}
	return ReadFrames(t, root, names)
}

// ReadFrames reads captures up to their first error. Frames contain the captures' paths below root.
// The package that reads captures tests how damaged ones end.
func ReadFrames(t testing.TB, root string, names []string) (frames []Frame) {
	t.Helper()
	for _, name := range names {
		rel, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := pcapfile.Open(name, pcapfile.Options{})
		if err != nil {
			var format *pcapfile.FormatError
			if !errors.As(err, &format) {
				t.Fatal(err)
			}
			continue
		}
		var p capture.Packet
		for f.Next(&p) == nil {
			frames = append(frames, Frame{rel, p.Number, p.Link, bytes.Clone(p.Data), p.Length})
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return frames
}
