package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestPacketsAllocateNothing runs whole commands over captures of the same packet, few and many:
// what a packet more costs is no allocation.
func TestPacketsAllocateNothing(t *testing.T) {
	const few, many = 10_000, 20_000 // few fill every chunk of eight workers
	const fileHeader, record = 24, 16 + 74 // of http.pcap, whose first packet is a SYN of 74 bytes
	sample, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	written := func(n int) string {
		name := filepath.Join(t.TempDir(), "a.pcap")
		data := append(bytes.Clone(sample[:fileHeader]),
			bytes.Repeat(sample[fileHeader:fileHeader+record], n)...)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	files := map[int]string{few: written(few), many: written(many)}
	for _, args := range [][]string{{}, {"--format", "json"}, {"ports"}, {"flows"}} {
		allocs := func(n int) float64 {
			return testing.AllocsPerRun(2, func() {
				root := newRoot()
				root.SetArgs(append(args[:len(args):len(args)], "-r", files[n]))
				root.SetOut(io.Discard)
				if err := root.Execute(); err != nil {
					t.Fatal(err)
				}
			})
		}
		// buffers that grow, and a line a second
		if each := (allocs(many) - allocs(few)) / (many - few); each > 0.02 {
			t.Errorf("%v: %.2f allocations for each packet", args, each)
		}
	}
}
