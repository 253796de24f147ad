package main

import (
	"io"
	"os"
	"testing"
)

// benchEnv is the environment variable with the name of the capture to measure, such as one of
// bench/gen.
const benchEnv = "PORTSNIFF_BENCH"

// BenchmarkCommands runs whole commands over the capture that benchEnv names.
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
