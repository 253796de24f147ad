//go:build !race

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestExplainPeak checks that frames are drawn and written one by one. For many large frames,
// explain uses less than 100 MiB more than for a small one.
func TestExplainPeak(t *testing.T) {
	t.Parallel()
	requireTool(t, "python3")
	bomb := largeBomb(t)
	peak := func(args string) (kib int) {
		cmd := exec.Command("python3", append([]string{"-c", measure, os.Args[0]},
			strings.Fields("explain "+args)...)...)
		cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var status int
		if _, err := fmt.Sscan(string(out), &status, &kib); err != nil || status != 0 {
			t.Fatalf("%s: status %d, %v", args, status, err)
		}
		return kib
	}
	small := peak("--demo http")
	for _, args := range []string{"", "--plain", "--format json", "--format svg",
		"--format mermaid", "-vv -f 1,2"} {
		const limit = 100 << 10 // KiB
		if n := peak("-f 1-12 -r "+bomb+" "+args) - small; n > limit {
			t.Errorf("%q: %d KiB more than for a small packet", args, n)
		}
	}
}
