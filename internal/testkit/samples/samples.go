// Package samples makes large captures for tests from the frames of small ones.
package samples

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
)

// Mixed returns the Ethernet frames of the captures in a folder (fragments, VLANs, IPv6, tunnels
// ...), each as often as times, in a pseudo-random order that is always the same.
func Mixed(t testing.TB, folder string, times int) (frames [][]byte) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.pcap"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d captures, %v", len(names), err)
	}
	for _, name := range names {
		f, err := pcapfile.Open(name, pcapfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var p capture.Packet
		for f.Next(&p) == nil {
			if data := bytes.Clone(p.Data); p.Link == 1 {
				for range times {
					frames = append(frames, data)
				}
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(frames), func(i, k int) { frames[i], frames[k] = frames[k], frames[i] })
	return frames
}

// Pcap returns Ethernet frames as a pcap file, in little-endian order and microseconds, 20
// milliseconds apart.
func Pcap(frames [][]byte) (out []byte) {
	word := binary.LittleEndian.AppendUint32
	for _, x := range []uint32{0xa1b2c3d4, 4<<16 | 2, 0, 0, 262144, 1} {
		out = word(out, x)
	}
	for i, data := range frames {
		out = word(word(out, uint32(i/50)), uint32(i%50*20_000))
		out = word(word(out, uint32(len(data))), uint32(len(data)))
		out = append(out, data...)
	}
	return out
}
