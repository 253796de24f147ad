package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

// TestExplainTellsOfFailures checks that explain returns an error of standard input or output,
// whatever it read or wrote before.
func TestExplainTellsOfFailures(t *testing.T) {
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
