package corpustest_test

import (
	"bytes"
	"errors"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/pcaps"
)

// `make mutate` sets this to mutate every sample completely. Without it, the tests mutate fewer.
const mutateAll = "PORTSNIFF_MUTATE"

// Limits for each sample without it.
const (
	fewSeeds  = 4
	shortFile = 300 // bytes: shorter files are cut everywhere
	// bytes: longer files are cut at every cutStride-th byte only; files between the two limits
	// also at the bounds of records and next to them
	longFile  = 3500
	cutStride = 499
)

// cutHere reports whether a file is cut to n bytes.
func (f *framing) cutHere(n, size int) bool {
	return os.Getenv(mutateAll) != "" || size <= shortFile || n%cutStride == 0 ||
		size <= longFile && (f.bound(n-1) || f.bound(n) || f.bound(n+1))
}

// flipRates returns the fractions of a file's bytes that are changed.
func flipRates() []float64 { return []float64{0.001, 0.02, 0.1} }

// sampleFile returns a sample's bytes.
func sampleFile(t testing.TB, name string) []byte {
	t.Helper()
	f, err := pcaps.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return data
}

// TestCuts cuts each sample after every byte. All complete packets are read and shown as before.
// Only a file that ends between two records has a regular end.
func TestCuts(t *testing.T) {
	files, cuts := 0, 0
	for _, s := range pcaps.List() {
		t.Run(s.Name, func(t *testing.T) {
			data := sampleFile(t, s.Name)
			records := frameCapture(t, data)
			whole := readHostile(t, data)
			if whole.err != nil || len(whole.json) != len(records.ends) {
				t.Fatalf("the whole file: %d packets, %v; the test counts %d", whole.packets,
					whole.err, len(records.ends))
			}
			files++
			for n := range data {
				if !records.cutHere(n, len(data)) {
					continue
				}
				cuts++
				if cutHolds(t, data[:n:n], &records, &whole); t.Failed() {
					t.Fatalf("cut to %d of %d bytes", n, len(data))
				}
			}
		})
	}
	t.Logf("%d files, %d cuts", files, cuts)
}

// cutHolds reads the start of a file, and compares it with the reading of the whole file.
func cutHolds(t *testing.T, data []byte, records *framing, whole *reading) {
	t.Helper()
	r := readHostile(t, data)
	want := records.whole(len(data))
	if r.packets != int64(want) {
		t.Errorf("%d packets read, %d are whole", r.packets, want)
	}
	sameStart(t, &r, whole, want)
	if (r.err == nil) != records.bound(len(data)) {
		t.Errorf("between two records: %v; it ended with %v", records.bound(len(data)), r.err)
	}
	var fe *pcapfile.FormatError
	if errors.As(r.err, &fe) {
		last := int64(0)
		for _, b := range records.bounds {
			if b <= len(data) {
				last = int64(b)
			}
		}
		if !errors.Is(r.err, pcapfile.ErrCut) || fe.Packet != int64(want) || fe.Offset != last {
			t.Errorf("the error is for packet %d and byte %d, should be a cut after packet %d "+
				"at byte %d: %v", fe.Packet, fe.Offset, want, last, fe)
		}
	}
}

// sameStart checks that the first n packets are shown as in another reading.
func sameStart(t *testing.T, got, want *reading, n int) {
	t.Helper()
	for i := range min(n, len(got.json)) {
		if !bytes.Equal(got.json[i], want.json[i]) {
			t.Errorf("packet %d is shown as %s, should be %s", i+1, got.json[i], want.json[i])
		}
	}
}

// TestFlips changes bytes at random, 200 times at each rate. Packets before the first change are
// shown as before. Only a file that was read to its last byte has a regular end.
func TestFlips(t *testing.T) {
	seeds := uint64(200)
	if os.Getenv(mutateAll) == "" {
		seeds = fewSeeds
	}
	files, mutations, well := 0, 0, 0
	for _, s := range pcaps.List() {
		t.Run(s.Name, func(t *testing.T) {
			data := sampleFile(t, s.Name)
			records := frameCapture(t, data)
			whole := readHostile(t, data)
			files++
			for _, rate := range flipRates() {
				for seed := range seeds {
					mutated, first := flip(data, s.Name, rate, seed)
					r := readHostile(t, mutated)
					flipHolds(t, &r, &whole, &records, mutated, first)
					if mutations++; r.err == nil {
						well++
					}
					if t.Failed() {
						t.Fatalf("rate %v, seed %d: the first change is at byte %d", rate, seed,
							first)
					}
				}
			}
		})
	}
	t.Logf("%d files, %d mutations; %d of them were captures still", files, mutations, well)
}

func flipHolds(t *testing.T, r, whole *reading, records *framing, mutated []byte, first int) {
	t.Helper()
	if r.err == nil && r.offset != int64(len(mutated)) {
		t.Errorf("a good end at byte %d of %d", r.offset, len(mutated))
	}
	before := records.whole(first)
	if first < records.header {
		before = 0 // because then every record may have another meaning
	}
	// without a magic number, the records determine the format: another format changes all of them
	if r.format != whole.format {
		before = 0
	}
	if r.packets < int64(before) {
		t.Errorf("%d packets read, %d are whole before the first change", r.packets, before)
	}
	sameStart(t, r, whole, before)
}

// flip changes bytes of a copy, at least one, and returns the position of the first one. The result
// depends only on name, rate and seed.
func flip(data []byte, name string, rate float64, seed uint64) (mutated []byte, first int) {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	r := rand.New(rand.NewPCG(seed, h.Sum64()^uint64(rate*1e6)))
	mutated, first = bytes.Clone(data), -1
	for i := range mutated {
		if r.Float64() < rate {
			mutated[i] ^= byte(1 + r.IntN(255))
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		first = r.IntN(len(mutated))
		mutated[first] ^= byte(1 + r.IntN(255))
	}
	return mutated, first
}
