package textutil

import "strconv"

// Plural writes a number with its noun: "1 packet", "2 packets".
func Plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatUint(n, 10) + " " + noun + "s"
}
