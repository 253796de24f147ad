package capture

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// A keptPacket is one that has to stay as it is, and what it was.
type keptPacket struct {
	now  []byte
	then []byte
}

// bySwap reads a file by Next and Frames, and swaps as often as that is possible. Memory is lent again only two swaps later, so that two
// blocks of packets are there at a time; it calls see for every record. With pieces it lends memory that has one.
func bySwap(t *testing.T, f *File, most int, see func(number int64, r Record), pieces *readPieces) (swaps int, err error) {
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
		var piece Piece
		if pieces != nil && len(spare) >= most {
			piece = f.Piece(pieces.after)
			piece.Read(spare[most:])
		}
		raw := f.RawOffset()
		was, ok := f.Swap(spare, most, piece)
		if n := f.RawOffset() - raw; n != 0 {
			pieces.taken += n
		}
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
	return sameAsNext(t, what+", with swapping", data, func(f *File, see func(int64, Record)) (int, error) { return bySwap(t, f, most, see, nil) })
}

// ReadPieces are read before swapping, each so many bytes behind what the file reads next; so many bytes of them were taken.
type readPieces struct{ after, taken int64 }

// sameByPieces does it with pieces of a regular file, and gives how many bytes of them were taken.
func sameByPieces(t *testing.T, what string, data []byte, most int, after int64) int64 {
	t.Helper()
	file, err := fstest.MapFS{"x": {Data: data}}.Open("x")
	if err != nil {
		t.Fatal(err)
	}
	p := readPieces{after: after}
	sameFrom(t, fmt.Sprintf("%s, by pieces %d behind", what, after), data, file, func(f *File, see func(int64, Record)) (int, error) {
		return bySwap(t, f, most, see, &p)
	})
	return p.taken
}

// A piece is taken if it is what the file would read now, and else left alone; either way nothing changes of what the file says.
func TestPiecesGiveTheSame(t *testing.T) {
	const most = 64 << 10
	for _, format := range []string{"pcap", "pcapng"} {
		data := benchFile(format)
		if n := sameByPieces(t, format, data, most, 0); n < int64(len(data))*8/10 {
			t.Errorf("%s: %d of %d bytes came in pieces", format, n, len(data))
		}
		for _, after := range []int64{1, -1, bufferSize, 1 << 40, -1 << 40} {
			if n := sameByPieces(t, format, data, most, after); n != 0 {
				t.Errorf("%s: %d bytes were taken that lie %d behind", format, n, after)
			}
		}
		for n := len(data) - 1500; n < len(data); n += 97 {
			sameByPieces(t, fmt.Sprintf("%s, cut to %d bytes", format, n), data[:n], most, 0)
		}
		if n := sameByPieces(t, format, data, 0, 0); n > int64(len(data)) {
			t.Errorf("%s: %d of %d bytes came in pieces", format, n, len(data))
		}
	}
}

// Memory that is lent has room for a whole block of a given length behind what is copied, and the file reads just that: the next piece is where it can be told.
func TestSwapReadsWholeBlocks(t *testing.T) {
	const most, block = 64 << 10, 512 << 10
	file, err := fstest.MapFS{"x": {Data: benchFile("pcap")}}.Open("x")
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewReader(file, "x", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var p Packet
	for n := range 5 {
		takeAll(f)
		before := f.RawOffset()
		if _, ok := f.Swap(make([]byte, most+block), most, Piece{}); !ok {
			t.Fatalf("block %d is left where it was", n)
		}
		if err := f.Next(&p); err != nil {
			t.Fatal(err)
		}
		if got := f.RawOffset() - before; got != block {
			t.Errorf("block %d: %d bytes are read, want %d", n, got, block)
		}
	}
}

// A piece is left alone that is another file's, that is longer than the memory that is lent, or that came to be behind the file's end once that was met.
func TestPiecesThatDoNotFit(t *testing.T) {
	const most = 64 << 10
	data := benchFile("pcap")
	name := filepath.Join(t.TempDir(), "grows")
	open := func(data []byte) *File {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		takeAll(f)
		return f
	}
	swap := func(what string, f *File, spare []byte, piece Piece, want int64) {
		t.Helper()
		raw := f.RawOffset()
		if _, ok := f.Swap(spare, most, piece); !ok || f.RawOffset()-raw != want {
			t.Errorf("%s: swapped %v, %d bytes taken, want %d", what, ok, f.RawOffset()-raw, want)
		}
	}
	spare := make([]byte, most+2*bufferSize)
	f, other := open(data), open(data)
	piece := f.Piece(0)
	piece.Read(spare[most:])
	swap("another file's", other, spare, piece, 0)
	swap("longer than the memory", f, make([]byte, most+bufferSize), piece, 0)
	swap("its own", f, spare, piece, 2*bufferSize)

	f = open(data[:1000])
	var p Packet
	for f.Next(&p) == nil {
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	piece = f.Piece(0)
	if piece.Read(spare[most:]); piece.n == 0 {
		t.Fatal("the file did not grow")
	}
	swap("behind the end", f, spare, piece, 0)
}

// takeAll takes what a file has in memory.
func takeAll(f *File) {
	var frames Frames
	for f.Frames(&frames, FramesLen); frames.N > 0; f.Frames(&frames, FramesLen) {
	}
}

// A file that is compressed, or none, has no pieces, and neither has one of several before the first is open.
func TestNoPieces(t *testing.T) {
	data := benchFile("pcap")
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(data)
	w.Close()
	if n := sameByPieces(t, "gzip", packed.Bytes(), 64<<10, 0); n != 0 {
		t.Errorf("gzip: %d bytes came in pieces", n)
	}
	f, err := NewReader(bytes.NewReader(data), "a stream", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := f.Piece(0); p != (Piece{}) {
		t.Errorf("a stream has a piece: %+v", p)
	}
	if p := OpenAll([]string{"none"}, Options{}).Piece(0); p != (Piece{}) {
		t.Errorf("no file has a piece: %+v", p)
	}
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
