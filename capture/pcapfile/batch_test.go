package pcapfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/portsniff/portsniff/capture"
)

// byBatch reads a file in batches of a size, and calls see for every record with its number. It
// returns the number of records in batches, and the error at the end.
func byBatch(f *File, size int, see func(number int64, r capture.Record)) (batched int, err error) {
	records := make([]capture.Record, size)
	var p capture.Packet
	for {
		n := f.Batch(records)
		for _, r := range records[:n] {
			see(r.Number, r)
		}
		if batched += n; n > 0 {
			continue
		}
		if err = f.Next(&p); err != nil {
			return batched, err
		}
		see(p.Number, p.Record())
	}
}

// sameByBatch reads a file in batches and with Next, and compares the results.
func sameByBatch(t *testing.T, what string, data []byte, size int) (batched int) {
	t.Helper()
	if size == 64 {
		kept := 0
		sameAsNext(t, what+", detached", data, detached(&kept))
	}
	return sameAsNext(t, what+", in batches", data,
		func(f *File, see func(int64, capture.Record)) (int,
			error) {
			return byBatch(f, size, see)
		})
}

// sameAsNext reads a file once with a function and once with Next alone. It compares the packets,
// the end and the position, and returns the function's count.
func sameAsNext(t *testing.T, what string, data []byte,
	way func(f *File, see func(number int64, r capture.Record)) (int, error)) (n int) {
	t.Helper()
	return sameFrom(t, what, data, bytes.NewReader(data), way)
}

// sameFrom is sameAsNext for a reader of the data.
func sameFrom(t *testing.T, what string, data []byte, r io.Reader,
	way func(f *File, see func(number int64, r capture.Record)) (int, error)) (n int) {
	t.Helper()
	one, errOne := NewReader(bytes.NewReader(data), "test", Options{})
	other, errOther := NewReader(r, "test", Options{})
	if errOne != nil || errOther != nil {
		if fmt.Sprint(errOne) != fmt.Sprint(errOther) {
			t.Errorf("%s: opening gives %v and %v", what, errOne, errOther)
		}
		return 0
	}
	var p capture.Packet
	n, errOther = way(other, func(number int64, r capture.Record) {
		if errOne = one.Next(&p); errOne != nil {
			t.Fatalf("%s: packet %d, one by one %v", what, number, errOne)
		}
		want := int64(capture.NoTime)
		if p.HasTime {
			want = capture.Nanos(p.Timestamp.Unix(), int64(p.Timestamp.Nanosecond()))
		}
		if number != p.Number || !bytes.Equal(r.Data, p.Data) || r.Length != uint32(p.Length) ||
			r.Link != p.Link || r.Nanos != want {
			t.Fatalf("%s: packet %d of %d bytes at %d, one by one %+v", what, number, len(r.Data),
				r.Nanos, p)
		}
	})
	if errOne = one.Next(&p); fmt.Sprint(errOne) != fmt.Sprint(errOther) ||
		one.Offset() != other.Offset() || one.Packets() != other.Packets() {
		t.Errorf("%s: it ends with %v at byte %d, one by one %v at %d", what, errOther,
			other.Offset(), errOne, one.Offset())
	}
	return n
}

func TestBatchReturnsTheSame(t *testing.T) {
	for _, format := range []string{"pcap", "pcapng"} {
		for _, size := range []int{1, 7, 64} {
			if n := sameByBatch(t, format, benchFile(format), size); n < benchPackets*9/10 {
				t.Errorf("%s: %d of %d packets came in batches of %d", format, n, benchPackets,
					size)
			}
		}
		data := benchFile(format)[:5000]
		for n := range data {
			sameByBatch(t, fmt.Sprintf("%s, cut to %d bytes", format, n), data[:n], 64)
		}
	}
}

func TestBatchReturnsTheSameOnSamples(t *testing.T) {
	names, err := filepath.Glob("../../pcaps/*.pcap*")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d samples, %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sameByBatch(t, name, data, 64)
	}
}

// TestBatchReturnsTheSameOnOddBlocks checks blocks that differ from plain ones in one property.
func TestBatchReturnsTheSameOnOddBlocks(t *testing.T) {
	odd := []func(data []byte) []byte{
		// another interface, with another link type
		func(data []byte) []byte { return epb(le, 1, 7e9, data) },
		// an interface whose units are fractions of a nanosecond
		func(data []byte) []byte { return epb(le, 2, 7e9, data) },
		func(data []byte) []byte { return epb(le, 3, 7e9, data) }, // an interface with an offset
		func(data []byte) []byte { return epb(le, 4, 7e9, data) }, // a missing interface
		func(data []byte) []byte { return epb(le, 0, 1<<63+1, data) },
		func(data []byte) []byte {
			return epb(le, 0, 7e9, data,
				option(le, 1, []byte("a comment")))
		},
		func(data []byte) []byte { return epb(le, 0, 7e9, data, option(le, 2, make([]byte, 4))) },
		func(data []byte) []byte { return spb(le, uint32(len(data)), data) },
		func(data []byte) []byte { return block(le, 0x0bad, data) },
		// like a packet except for its type
		func(data []byte) []byte {
			return block(le, 0x0bad,
				epbBody(le, 0, 7e9, uint32(len(data)), 99, data))
		},
		func(data []byte) []byte {
			return block(le, blockEnhanced, epbBody(le, 0, 7e9, uint32(len(data))+8, 99, data))
		},
		func(data []byte) []byte {
			return block(le, blockEnhanced,
				epbBody(le, 0, 7e9, 1<<31, 99, data))
		},
		func(data []byte) []byte {
			body := epbBody(le, 0, 7e9, uint32(len(data)), 99, data)
			return rawBlock(le, blockEnhanced, uint32(len(body)+12), uint32(len(body)+16), body)
		},
		func(data []byte) []byte {
			body := epbBody(le, 0, 7e9, uint32(len(data)), 99,
				append(data[:len(data):len(data)], 0, 0))
			body = body[:len(body)-2] // a length that is not a multiple of four
			return rawBlock(le, blockEnhanced, uint32(len(body)+12), uint32(len(body)+12), body)
		},
		func(data []byte) []byte { return rawBlock(le, blockEnhanced, 28, 28, make([]byte, 16)) },
		func(data []byte) []byte { return rawBlock(le, blockEnhanced, 1<<30, 1<<30, data) },
		func(data []byte) []byte { return rawBlock(le, blockEnhanced, 0, 0, data) },
	}
	for i, make1 := range odd {
		for before := range 4 {
			data := join(shb(le), idb(le, 1, 0, option(le, 9, []byte{9})), idb(le, 101, 0),
				idb(le, 1, 0, option(le, 9, []byte{12})),
				idb(le, 1, 0, option(le, 14, []byte{5, 0, 0, 0, 0, 0, 0, 0})))
			for n := range 20 {
				if n == before+3 {
					data = append(data, make1(frame(64, 9))...)
				}
				data = append(data, epb(le, 0, uint64(n)*1e9, frame(61+n, byte(n)))...)
			}
			sameByBatch(t, fmt.Sprintf("odd block %d after %d", i, before+3), data, 64)
			for n := len(data) - 900; n < len(data); n++ {
				sameByBatch(t, fmt.Sprintf("odd block %d after %d, cut to %d", i, before+3, n),
					data[:n], 64)
			}
		}
	}
}

func BenchmarkBatch(b *testing.B) {
	for _, format := range []string{"pcap", "pcapng"} {
		data := benchFile(format)
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; n < b.N; {
				f, err := NewReader(bytes.NewReader(data), "bench", Options{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := byBatch(f, 64, func(int64, capture.Record) { n++ }); err != io.EOF {
					b.Fatal(err)
				}
			}
		})
	}
}
