package top

import (
	"fmt"
	"strconv"
	"strings"
)

// scaled returns a number in at most six columns: 72.1 M. A number between 0 and 1 becomes "<1".
func scaled(n float64) string {
	if n <= 0 {
		return "0"
	}
	if n < 1 {
		return "<1"
	}
	for i, unit := range []string{"", " k", " M", " G", " T"} {
		scale := 1.0
		for range i {
			scale *= 1000
		}
		x := n / scale
		switch {
		case unit == "" && x < 999.5:
			return fmt.Sprintf("%.0f", x)
		case unit != "" && x < 99.95:
			return fmt.Sprintf("%.1f%s", x, unit)
		case unit != "" && x < 999.5:
			return fmt.Sprintf("%.0f%s", x, unit)
		}
	}
	return ">999 T"
}

// grouped returns a number with commas between groups of three digits.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted returns a number with its noun in singular or plural.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "ss") {
		noun += "e"
	}
	return grouped(uint64(n)) + " " + noun + "s"
}

// clock returns a duration in nanoseconds as hours, minutes and seconds.
func clock(nanos int64) string {
	s := max(nanos, 0) / 1e9
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Marks of a sparkline, from nothing to the highest.
const (
	sparkASCII   = " .:-=+*#%"
	sparkUnicode = " ▁▂▃▄▅▆▇█"
)

// sparkline returns one mark per number, scaled to the largest number. Every number above 0 has a
// visible mark.
func sparkline(list []uint64, unicode bool) string {
	marks := []rune(sparkASCII)
	if unicode {
		marks = []rune(sparkUnicode)
	}
	largest := uint64(0)
	for _, n := range list {
		largest = max(largest, n)
	}
	var b strings.Builder
	for _, n := range list {
		level := 0
		if n > 0 {
			level = 1 + int(float64(n)/float64(largest)*float64(len(marks)-2)+0.5)
		}
		b.WriteRune(marks[min(level, len(marks)-1)])
	}
	return b.String()
}
