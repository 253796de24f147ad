package hexdump_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/hexdump"
)

// TestDamage changes, removes and adds single characters and lines of dumps. The parser must return
// an error or the same bytes. After a changed digit the bytes may differ in that position only. No
// bytes may be lost or added.
func TestDamage(t *testing.T) {
	samples := [][]byte{syn, tricky, syn[:37]}
	for _, f := range slices.Concat(dumpFormats, moreFormats) {
		if f.loose {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			for _, data := range samples {
				if f.of > 0 {
					data = data[:len(data)/f.of*f.of]
				}
				if len(data) < f.least || testing.Short() && len(data) == len(tricky) {
					continue
				}
				text := f.write(data)
				damageCharacters(t, random, text, data)
				damageLines(t, f, text, data)
			}
		})
	}
}

func damageCharacters(t *testing.T, random *rand.Rand, text string, data []byte) {
	const with = "0f7x :.|"
	for range min(200, len(text)) {
		i := random.IntN(len(text))
		c := with[random.IntN(len(with))]
		for _, damaged := range []string{
			text[:i] + text[i+1:],
			text[:i] + string(c) + text[i+1:],
			text[:i] + string(c) + text[i:],
		} {
			if got, ok := read(damaged); ok && !bytes.Equal(got, data) && !oneDiffers(got, data) {
				t.Errorf("byte %d:\n%s\n%x\nwant %x", i, damaged, got, data)
				return
			}
		}
	}
}

func damageLines(t *testing.T, f format, text string, data []byte) {
	all := strings.SplitAfter(text, "\n")
	for i, l := range all {
		before, after := strings.Join(all[:i], ""), strings.Join(all[i+1:], "")
		for what, damaged := range map[string]string{
			"lost":   before + after,
			"twice":  before + l + l + after,
			"at end": before + after + l,
		} {
			got, ok := read(damaged)
			isEnd := what == "lost" && i >= len(all)-3 && bytes.HasPrefix(data, got)
			isStart := f.address && what != "twice" && bytes.HasSuffix(data, got)
			if !ok || bytes.Equal(got, data) || isEnd || isStart {
				continue
			}
			t.Errorf("line %d %s:\n%s\n%x\nwant %x", i+1, what, damaged, got, data)
			return
		}
	}
}

// read returns the bytes of all packets together.
func read(text string) ([]byte, bool) {
	blocks, err := hexdump.Parse(text)
	var out []byte
	for _, b := range blocks {
		out = append(out, b.Data...)
	}
	return out, err == nil
}

func oneDiffers(a, b []byte) bool {
	n := 0
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			n++
		}
	}
	return len(a) == len(b) && n == 1
}
