package pipeline_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/testkit/samples"
)

// open returns a pipeline for the bytes of a capture.
func open(t testing.TB, r io.Reader, opt pipeline.Options) *pipeline.Pipeline {
	t.Helper()
	f, err := pcapfile.NewReader(r, "-", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	opt.Source = f
	return pipeline.New(opt)
}

// lines returns a view that writes packets as lines.
func lines(w io.Writer) (pipeline.View, *bufio.Writer) {
	out := bufio.NewWriter(w)
	return pipeline.View{Out: out, New: func(w io.Writer) (func(*analysis.Frame) error, error) {
		l := render.NewLineWriter(render.LineOptions{Dump: render.DumpHex})
		return func(f *analysis.Frame) error { return l.Packet(w, f) }, nil
	}}, out
}

// shown returns the output of a pipeline for a capture, and the error.
func shown(t testing.TB, data []byte, opt pipeline.Options) (string, error) {
	t.Helper()
	var text bytes.Buffer
	v, out := lines(&text)
	err := open(t, bytes.NewReader(data), opt).Show(v)
	if e := out.Flush(); e != nil {
		t.Fatal(e)
	}
	return text.String(), err
}

// TestLargeRecords mixes small records with records that are too large to be copied. All must be
// shown in order, and large records must not keep memory.
func TestLargeRecords(t *testing.T) {
	word := binary.LittleEndian.AppendUint32
	data := samples.Pcap(nil)
	data = slices.Replace(data, 16, 20, word(nil, 16<<20)...) // the snapshot length
	for i := range 60 {
		n := uint32(60)
		if i%20 == 7 {
			n = 3 << 20
		}
		data = word(word(word(word(data, uint32(i)), 0), n), n)
		data = append(data, bytes.Repeat([]byte{byte(i)}, int(n))...)
	}
	want, err := shown(t, data, pipeline.Options{})
	if err != nil || len(want) < 9<<20 {
		t.Fatalf("%d bytes, %v", len(want), err)
	}
	for _, jobs := range []int{2, 8} {
		if got, err := shown(t, data, pipeline.Options{Jobs: jobs}); got != want || err != nil {
			t.Errorf("%d workers: %d bytes, want %d, %v", jobs, len(got), len(want), err)
		}
	}
}

// TestLargeRecordsStay checks that a record that is too large to be copied stays in the source's
// memory while it is shown. No worker may overwrite that memory or keep a copy.
func TestLargeRecordsStay(t *testing.T) {
	const large, small = 6 << 20, 60
	word := binary.LittleEndian.AppendUint32
	data := samples.Pcap(nil)
	data = slices.Replace(data, 16, 20, word(nil, 16<<20)...) // the snapshot length
	var want strings.Builder
	for i := range 48 {
		body := bytes.Repeat([]byte{byte(i)}, small)
		if i%4 == 1 {
			body = bytes.Repeat(body, large/small)
		}
		n := uint32(len(body))
		data = append(word(word(word(word(data, uint32(i)), 0), n), n), body...)
		fmt.Fprintf(&want, "%d %08x\n", i+1, crc32.ChecksumIEEE(body))
	}
	for _, jobs := range []int{1, 2} {
		var text bytes.Buffer
		out := bufio.NewWriter(&text)
		v := pipeline.View{Out: out, New: func(w io.Writer) (func(*analysis.Frame) error, error) {
			return func(f *analysis.Frame) error {
				if f.Len > small {
					time.Sleep(10 * time.Millisecond) // gives other workers time to read on
				}
				_, err := fmt.Fprintf(w, "%d %08x\n", f.Number, crc32.ChecksumIEEE(f.Packet.Data))
				return err
			}, nil
		}}
		var before, after runtime.MemStats
		p := open(t, bytes.NewReader(data), pipeline.Options{Jobs: jobs})
		runtime.ReadMemStats(&before)
		err := errors.Join(p.Show(v), out.Flush())
		runtime.ReadMemStats(&after)
		if err != nil || text.String() != want.String() {
			t.Errorf("%d workers: %v\n%swant\n%s", jobs, err, &text, &want)
		}
		if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 40 {
			t.Errorf("%d workers: %d MiB were allocated", jobs, n)
		}
	}
}

// A full writer accepts left bytes and then fails.
type full struct{ left int }

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestOutputFails checks that a failed output ends the input, with one error.
func TestOutputFails(t *testing.T) {
	data := samples.Pcap(samples.Mixed(t, "../../pcaps", 60))
	for _, jobs := range []int{1, 2, 8} {
		v, _ := lines(&full{left: 100_000})
		p := open(t, bytes.NewReader(data), pipeline.Options{Jobs: jobs})
		err := p.Show(v)
		var output *pipeline.OutputError
		if !errors.As(err, &output) || output.Err != errFull || p.Packets() > 8000 {
			t.Errorf("%d workers: %v after %d packets", jobs, err, p.Packets())
		}
	}
}

// TestEachEnds checks that Each returns nil after ErrEnough, and an error after any other one.
func TestEachEnds(t *testing.T) {
	data := samples.Pcap(samples.Mixed(t, "../../pcaps", 1))
	for _, c := range []error{pipeline.ErrEnough, errFull} {
		n := 0
		p := open(t, bytes.NewReader(data), pipeline.Options{})
		err := p.Each(func(f *analysis.Frame) error {
			if n++; f.Number == 7 {
				return fmt.Errorf("wrapped: %w", c)
			}
			return nil
		})
		if n != 7 || errors.Is(err, errFull) != (c == errFull) || c != errFull && err != nil {
			t.Errorf("%v: %d packets, %v", c, n, err)
		}
	}
}

// TestShowAllocatesNothing checks that packets cost no allocation, with one worker or several. The
// number of chunks in use depends on how the workers run, and each chunk costs some thousands of
// allocations. So the longer capture is much longer.
func TestShowAllocatesNothing(t *testing.T) {
	frames := samples.Mixed(t, "../../pcaps", 1)
	frames = slices.DeleteFunc(frames, func(f []byte) bool { return f[12] != 8 || f[13] != 0 })
	few, many := samples.Pcap(slices.Repeat(frames[:50], 400)),
		samples.Pcap(slices.Repeat(frames[:50], 2000))
	for _, jobs := range []int{1, 2} {
		cost := func(data []byte) float64 {
			return testing.AllocsPerRun(2, func() {
				v, _ := lines(io.Discard)
				v.New = func(w io.Writer) (func(*analysis.Frame) error, error) {
					return render.NewJSONWriter(w).Packet, nil
				}
				p := open(t, bytes.NewReader(data), pipeline.Options{Jobs: jobs})
				if err := p.Show(v); err != nil {
					t.Fatal(err)
				}
			})
		}
		if n := (cost(many) - cost(few)) / (1600 * 50); n > 0.5 {
			t.Errorf("%d workers: %.2f allocations a packet", jobs, n)
		}
	}
}
