package textutil

import (
	"strconv"
	"strings"
)

// Plural returns a number with its noun: "1 packet", "2 packets", "2 processes".
func Plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") {
		noun += "e"
	}
	return strconv.FormatUint(n, 10) + " " + noun + "s"
}
