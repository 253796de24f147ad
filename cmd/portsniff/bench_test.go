package main

import (
	"io"
	"os"
	"testing"
)

// benchEnv names a capture, such as bench/gen writes, that the commands are measured on.
const benchEnv = "PORTSNIFF_BENCH"

// BenchmarkCommands runs whole commands over the capture that the environment names.
func BenchmarkCommands(b *testing.B) {
	capture := os.Getenv(benchEnv)
	if capture == "" {
		b.Skipf("SKIPPED: %s is not set, no command was measured", benchEnv)
	}
	for name, args := range map[string][]string{"ports": {"ports"},
		"flows": {"flows", "--top", "20"}, "lines": {}, "json": {"--format", "json"}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				root := newRoot()
				root.SetArgs(append(args, "-r", capture))
				root.SetOut(io.Discard)
				if err := root.Execute(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
