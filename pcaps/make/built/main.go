// Command built writes the samples for which no real server is available. It uses gopacket's
// serializer: go run ./pcaps/make/built FOLDER.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
)

// A sample is a file name and a function that returns its frames.
type sample struct {
	file   string
	frames func() ([][]byte, error)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: built FOLDER")
		os.Exit(2)
	}
	for _, s := range []sample{
		{"dccp.pcap", dccp},
		{"ipv6-exthdrs.pcap", exthdrs},
		{"pppoe.pcap", pppoe},
		{"gtpu.pcap", gtpu},
		{"teredo.pcap", teredo},
		{"esp-ah.pcap", espAH},
		{"stack.pcap", stack},
		{"tcp-options.pcap", tcpOptions},
	} {
		if err := write(filepath.Join(os.Args[1], s.file), s.frames); err != nil {
			fmt.Fprintf(os.Stderr, "built: %s: %v\n", s.file, err)
			os.Exit(1)
		}
	}
}

// write writes the frames with timestamps one millisecond apart, from a fixed start. So every run
// writes the same bytes.
func write(path string, frames func() ([][]byte, error)) error {
	all, err := frames()
	if err != nil {
		return err
	}
	const start = 1795381200 // 2026-11-22 21:00 UTC
	b := words(0xa1b2c3d4, 4<<16|2, 0, 0, 262144, 1)
	for i, frame := range all {
		b = append(b, words(start, uint32(i)*1000, uint32(len(frame)), uint32(len(frame)))...)
		b = append(b, frame...)
	}
	return os.WriteFile(path, b, 0o644)
}

// words returns a pcap file header or record header: 32-bit words in little-endian order, as the
// magic number indicates.
func words(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}
