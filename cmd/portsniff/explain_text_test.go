package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/hexdump"
	"github.com/portsniff/portsniff/pcaps"
)

// TestExplainReportsFailures checks that explain returns an error of standard input or output,
// whatever it read or wrote before.
func TestExplainReportsFailures(t *testing.T) {
	failure := errors.New("the cable is out")
	run := func(args, text string, in, out error) error {
		cmd := newRoot()
		cmd.SetArgs(append([]string{"explain"}, strings.Fields(args)...))
		cmd.SetIn(strings.NewReader(text))
		if in != nil {
			cmd.SetIn(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(text))))
		}
		cmd.SetOut(new(bytes.Buffer))
		if out != nil {
			cmd.SetOut(failing{out})
		}
		cmd.SetErr(new(bytes.Buffer))
		return cmd.Execute()
	}
	const packet = "9c40003500080000"
	if err := run("--as udp", packet, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := run("--as udp", packet, iotest.ErrTimeout, nil); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("standard input: %v", err)
	}
	for _, args := range []string{"", "--plain", "--format json", "--format svg",
		"--format mermaid", "-f 1-10", "--compare 1 2"} {
		from := " --demo http"
		if err := run(args+from, "", nil, failure); !errors.Is(err, failure) {
			t.Errorf("%s: %v", args, err)
		}
	}
	if err := run("--as udp --format json", packet, nil, failure); !errors.Is(err, failure) {
		t.Errorf("pasted: %v", err)
	}
}

// failing is a writer that fails on every write.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestExplainReadsOwnDumps checks that explain reads what portsniff itself prints at any width: all
// bytes of each frame, and nothing of the lines and tables around them.
func TestExplainReadsOwnDumps(t *testing.T) {
	for _, s := range pcaps.List() {
		for _, args := range []string{"-xx --width 0", "-xx --width 120", "-XX", "-xx"} {
			out := run(t, append(strings.Fields(args), "--demo", s.Name)...)
			blocks, err := hexdump.Parse(out)
			if err != nil {
				t.Errorf("%s --demo %s: %v", args, s.Name, err)
				continue
			}
			frames := framesOf(t, s.Name)
			if len(blocks) != len(frames) {
				t.Errorf("%s --demo %s: %d dumps, %d frames", args, s.Name, len(blocks),
					len(frames))
				continue
			}
			for i, data := range frames {
				if !bytes.Equal(blocks[i].Data, data) {
					t.Errorf("%s --demo %s: frame %d differs", args, s.Name, i+1)
					break
				}
			}
		}
	}
}

// framesOf returns the bytes of all frames of a sample.
func framesOf(t *testing.T, sample string) (frames [][]byte) {
	t.Helper()
	f, err := pcaps.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.NewReader(f, sample, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var p capture.Packet
	for src.Next(&p) == nil {
		frames = append(frames, bytes.Clone(p.Data))
	}
	return frames
}
