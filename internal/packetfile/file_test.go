package packetfile_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/packetfile"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/pcaps"
)

// write writes the packets of a sample, and returns the notices.
func write(t *testing.T, sample string, opt packetfile.Options) (status string, err error) {
	t.Helper()
	f, err := pcaps.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.NewReader(f, sample, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := pipeline.New(pipeline.Options{Source: src, Status: io.Discard,
		Table: flow.Options{Memory: flow.DefaultMemory}})
	var said bytes.Buffer
	opt.Status = &said
	w, err := packetfile.Open(opt, io.Discard, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Each(func(f *analysis.Frame) error { return w.Packet(f) }); err != nil {
		t.Fatal(err)
	}
	err = w.End(&said)
	if e := p.Close(); e != nil {
		t.Fatal(e)
	}
	return said.String(), err
}

// packets reads the packets and comments of a file.
func packets(t *testing.T, name string) (list [][]byte, comments []string) {
	t.Helper()
	f, err := pcapfile.Open(name, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var p capture.Packet
	for {
		switch err := f.Next(&p); err {
		case nil:
		case io.EOF:
			return list, comments
		default:
			t.Fatal(err)
		}
		list = append(list, bytes.Clone(p.Data))
		for _, c := range p.Comments {
			comments = append(comments, string(c))
		}
	}
}

func TestWritesPacketsWithComments(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.pcapng")
	status, err := write(t, "http", packetfile.Options{Name: name, Comment: true})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := packets(t, "../../pcaps/http.pcap")
	got, comments := packets(t, name)
	if len(got) != len(want) || len(comments) != len(want) || !strings.Contains(comments[0], "80") {
		t.Fatalf("%d packets, %d comments %q, want %d", len(got), len(comments), comments,
			len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("packet %d differs", i+1)
		}
	}
	if !strings.HasSuffix(status, " packets written to "+name+"\n") {
		t.Errorf("%q", status)
	}
}

// TestCommandOnFinishedFiles checks that a rotation runs a command on each finished file, and
// reports the first failure.
func TestCommandOnFinishedFiles(t *testing.T) {
	corpustest.Tool(t, "gzip")
	dir := t.TempDir()
	opt := packetfile.Options{Name: filepath.Join(dir, "f.pcapng"), Command: "gzip",
		Rotation: pcapfile.Rotation{Size: 1000, Files: 1000}}
	if _, err := write(t, "http", opt); err != nil {
		t.Fatal(err)
	}
	packed, err := filepath.Glob(filepath.Join(dir, "*.gz"))
	if err != nil || len(packed) < 2 {
		t.Errorf("%v, %v", packed, err)
	}
	opt.Command = filepath.Join(dir, "missing")
	if _, err := write(t, "http", opt); err == nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing command: %v", err)
	}
}
