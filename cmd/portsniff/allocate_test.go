package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestPacketsAllocateNothing runs whole commands over captures of the same packet, few and many. An
// additional packet must not allocate memory.
func TestPacketsAllocateNothing(t *testing.T) {
	const few, many = 10_000, 20_000       // few packets fill every chunk of eight workers
	const fileHeader, record = 24, 16 + 74 // of http.pcap; its first packet is a SYN of 74 bytes
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
		// growing buffers and a line each second may allocate
		if each := (allocs(many) - allocs(few)) / (many - few); each > 0.02 {
			t.Errorf("%v: %.2f allocations for each packet", args, each)
		}
	}
}
