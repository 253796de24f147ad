package render

import (
	"strconv"

	"github.com/portsniff/portsniff/internal/textutil"
)

// appendNumber writes a number, with commas between thousands if the style groups them.
func (s Style) appendNumber(out []byte, n uint64) []byte {
	if !s.Group {
		return strconv.AppendUint(out, n, 10)
	}
	var buffer [20]byte
	digits := strconv.AppendUint(buffer[:0], n, 10)
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, digit)
	}
	return out
}

func (s Style) number(n uint64) string { return string(s.appendNumber(nil, n)) }

// count writes a number and its noun, in the plural if needed.
func (s Style) count(n uint64, noun string) string {
	if s.Group && n != 1 {
		return s.number(n) + " " + noun + "s"
	}
	return textutil.Plural(n, noun)
}

// hidden returns a line with the number of rows that were left out.
func (s Style) hidden(n int, what string) string {
	if n == 0 {
		return ""
	}
	return "and " + s.count(uint64(n), what) + " more\n"
}

// si writes a number and its unit with an SI prefix, for example 98.2 Mbit/s.
func si(x float64, unit string) string {
	prefixes := []string{"", "k", "M", "G", "T"}
	i := 0
	for ; x >= 999.95 && i < len(prefixes)-1; i++ {
		x /= 1000
	}
	return strconv.FormatFloat(x, 'f', 1, 64) + " " + prefixes[i] + unit
}
