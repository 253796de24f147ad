package capture

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// A keptPacket is one that has to stay as it is, and what it was.
type keptPacket struct {
	now  []byte
	then []byte
}

// bySwap reads a file by Next and Frames, and swaps as often as that is possible. Memory is lent again only two swaps later, so that two
// blocks of packets are there at a time; it calls see for every record.
func bySwap(t *testing.T, f *File, most int, see func(number int64, r Record)) (swaps int, err error) {
	t.Helper()
	var p Packet
	var frames Frames
	var spare, older []byte
	var packets, before []keptPacket
	keep := func(number int64, r Record) {
		packets = append(packets, keptPacket{r.Data, bytes.Clone(r.Data)})
		see(number, r)
	}
	for {
		if err = f.Next(&p); err != nil {
			return swaps, err
		}
		keep(p.Number, p.Record())
		for f.Frames(&frames, FramesLen); frames.N > 0; f.Frames(&frames, FramesLen) {
			for i := range frames.N {
				keep(frames.First+int64(i), frames.Record(i))
			}
		}
		for _, k := range append(before, packets...) {
			if !bytes.Equal(k.now, k.then) {
				t.Fatalf("before packet %d a packet of %d bytes changed in memory", p.Number, len(k.then))
			}
		}
		was, ok := f.Swap(spare, most)
		if !ok {
			before, packets = nil, nil // the next one may overwrite them
			continue
		}
		swaps++
		spare, older = older, was
		before, packets = packets, nil
	}
}

// sameBySwap compares all that a file says with swapping and without.
func sameBySwap(t *testing.T, what string, data []byte, most int) (swaps int) {
	t.Helper()
	return sameAsNext(t, what+", with swapping", data, func(f *File, see func(int64, Record)) (int, error) { return bySwap(t, f, most, see) })
}

// Swapping changes nothing of what a file says, whole or cut anywhere, and the packets of the block before stay as they were.
func TestSwapGivesTheSame(t *testing.T) {
	for _, format := range []string{"pcap", "pcapng"} {
		data := benchFile(format)
		if n := sameBySwap(t, format, data, 64<<10); n < len(data)/bufferSize*9/10 {
			t.Errorf("%s: %d swaps in %d bytes", format, n, len(data))
		}
		for n := range 5000 {
			sameBySwap(t, fmt.Sprintf("%s, cut to %d bytes", format, n), data[:n], 64<<10)
		}
	}
	names, err := filepath.Glob("../pcaps/*.pcap*")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d samples, %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, most := range []int{0, 100, 64 << 10} {
			sameBySwap(t, fmt.Sprintf("%s, %d", name, most), data, most)
		}
	}
}

// A record of megabytes between short ones has the buffer grow, and lent memory that is too small is left alone.
func TestSwapLongRecord(t *testing.T) {
	data := plainHeader().bytes(le)
	for i := range 20_000 {
		n := 60
		if i == 7000 || i == 15_000 {
			n = 250 << 10
		}
		data = append(data, simpleRecord(le, uint32(i), 2, frame(n, byte(i)))...)
	}
	if n := sameBySwap(t, "long records", data, 64<<10); n < 5 {
		t.Errorf("%d swaps", n)
	}
}
