package decode_test

import (
	"bufio"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestMeaningsTshark compares the meanings of field values with tshark's. Each value with a meaning
// here must have one in tshark, and the two must share a word. EtherTypes and protocol numbers have
// one meaning in all fields.
func TestMeaningsTshark(t *testing.T) {
	theirs := tsharkValues(t)
	allowed := readExceptions(t, "testdata/tshark-meanings.tsv")
	compared := map[string]bool{}
	for _, id := range decode.IDs() {
		for _, s := range id.Protocol().Fields {
			if s.Mean == nil || theirs[s.Key] == nil || s.Width() > 16 {
				continue
			}
			for v := range uint64(1) << s.Width() {
				ours, number := s.Mean(v), strconv.FormatUint(v, 10)
				what := number + " " + ours
				if ours == "" || ours == "length" || compared[what] {
					continue
				}
				compared[what] = true
				text := theirs[s.Key][v]
				if !shareWord(ours, text) && !allowed.allow(s.Key, number, ours) {
					t.Errorf("%s\t%d\t%s\ttshark: %q", s.Key, v, ours, text)
				}
			}
		}
	}
	if len(compared) < 250 {
		t.Errorf("%d meanings were compared", len(compared))
	}
	allowed.unused(t)
}

// tsharkValues returns tshark's texts for values, by field. Some values have several.
func tsharkValues(t *testing.T) map[string]map[uint64]string {
	t.Helper()
	cmd := exec.Command(corpustest.Tool(t, "tshark"), "-G", "values")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	values := map[string]map[uint64]string{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) < 4 || cells[0] != "V" {
			continue
		}
		v, err := strconv.ParseUint(cells[2], 0, 64)
		if err != nil {
			continue
		}
		if values[cells[1]] == nil {
			values[cells[1]] = map[uint64]string{}
		}
		values[cells[1]][v] += cells[3] + "\n"
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return values
}

// shareWord reports whether two texts share a word, ignoring case. A word of the first may also be
// the initials of words of the second.
func shareWord(a, b string) bool {
	words := func(s string) []string {
		return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r)
		})
	}
	there, initials := words(b), ""
	for _, w := range there {
		initials += w[:1]
	}
	return slices.ContainsFunc(words(a), func(w string) bool {
		return slices.Contains(there, w) || len(w) > 2 && strings.Contains(initials, w)
	})
}
