package capture

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// byBatch reads a file in batches of a size, and calls see for every record with its number. It gives how many came in batches, and the end.
func byBatch(f *File, size int, see func(number int64, r Record)) (batched int, err error) {
	records := make([]Record, size)
	var p Packet
	for {
		n, first := f.Batch(records)
		for i, r := range records[:n] {
			see(first+int64(i), r)
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

// sameByBatch reads a file in batches and one by one, and compares all that both say.
func sameByBatch(t *testing.T, what string, data []byte, size int) (batched int) {
	t.Helper()
	return sameAsNext(t, what+", in batches", data, func(f *File, see func(int64, Record)) (int, error) { return byBatch(f, size, see) })
}

// sameAsNext reads a file in a way that is told, and with Next alone, and compares all that both say. It gives what that way gives.
func sameAsNext(t *testing.T, what string, data []byte, way func(f *File, see func(number int64, r Record)) (int, error)) (n int) {
	t.Helper()
	one, errOne := NewReader(bytes.NewReader(data), "test", Options{})
	other, errOther := NewReader(bytes.NewReader(data), "test", Options{})
	if errOne != nil || errOther != nil {
		if fmt.Sprint(errOne) != fmt.Sprint(errOther) {
			t.Errorf("%s: opening gives %v and %v", what, errOne, errOther)
		}
		return 0
	}
	var p Packet
	n, errOther = way(other, func(number int64, r Record) {
		if errOne = one.Next(&p); errOne != nil {
			t.Fatalf("%s: packet %d, one by one %v", what, number, errOne)
		}
		want := NoTime
		if p.HasTime {
			want = int(p.Timestamp.UnixNano())
		}
		if number != p.Number || !bytes.Equal(r.Data, p.Data) || r.Length != uint32(p.Length) || r.Link != p.Link || r.Nanos != int64(want) {
			t.Fatalf("%s: packet %d of %d bytes at %d, one by one %+v", what, number, len(r.Data), r.Nanos, p)
		}
	})
	if errOne = one.Next(&p); fmt.Sprint(errOne) != fmt.Sprint(errOther) || one.Offset() != other.Offset() || one.Packets() != other.Packets() {
		t.Errorf("%s: it ends with %v at byte %d, one by one %v at %d", what, errOther, other.Offset(), errOne, one.Offset())
	}
	return n
}

func TestBatchGivesTheSame(t *testing.T) {
	for _, format := range []string{"pcap", "pcapng"} {
		for _, size := range []int{1, 7, 64} {
			if n := sameByBatch(t, format, benchFile(format), size); n < benchPackets*9/10 {
				t.Errorf("%s: %d of %d packets came in batches of %d", format, n, benchPackets, size)
			}
		}
		data := benchFile(format)[:5000]
		for n := range data {
			sameByBatch(t, fmt.Sprintf("%s, cut to %d bytes", format, n), data[:n], 64)
		}
	}
}

func TestBatchGivesTheSameOfSamples(t *testing.T) {
	names, err := filepath.Glob("../pcaps/*.pcap*")
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

// Times that 64 bits of nanoseconds don't hold become the nearest that they do, and none of them becomes NoTime.
func TestNanos(t *testing.T) {
	for _, c := range []struct{ sec, ns, want int64 }{
		{0, 0, 0}, {1, 5, 1_000_000_005}, {-1, 5, -999_999_995}, {1 << 60, 0, 1<<63 - 1}, {-1 << 60, 0, -1<<63 + 1},
		{maxNanosSec, 999_999_999, maxNanosSec*1_000_000_000 + 999_999_999},
	} {
		if got := nanos(c.sec, c.ns); got != c.want {
			t.Errorf("%d s and %d ns: %d, want %d", c.sec, c.ns, got, c.want)
		}
	}
	if got := nanosOf(time.Date(2026, 11, 24, 0, 0, 0, 7, time.UTC)); got != 1795478400000000007 {
		t.Errorf("%d", got)
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
				if _, err := byBatch(f, 64, func(int64, Record) { n++ }); err != io.EOF {
					b.Fatal(err)
				}
			}
		})
	}
}
