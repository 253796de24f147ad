package hexdump

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// portRow matches a row of portsniff's own table after packets, which is full of numbers:
// "80/tcp  http  system  1  1  1  10  992  100.0%".
var portRow = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\d+/[a-z]+ +\S.* \d+\.\d%(?: |$)`)
})

// looksLikeRow reports whether a line of text, without its prefix, may be a damaged row of a dump.
func looksLikeRow(line string) bool {
	words, cells, equal, numbers, last := 0, 0, 0, 0, 0
	if strings.Contains(line, "%") && portRow().MatchString(line) {
		return false
	}
	var start []string
	for w := range strings.FieldsSeq(line) {
		if words++; words <= 3 {
			start = append(start, w)
		}
		if isNumeral(w) {
			numbers++
		} else {
			numbers = 0
		}
		digits, _ := cutFold(w, "0x")
		isHex := digits != "" && hexLen(digits) == len(digits)
		switch {
		case !isHex:
			equal = 0
		case len(digits) != last:
			equal = 1
		default:
			equal++
		}
		last = len(digits)
		if isHexCell(digits) {
			cells++
		}
		if equal >= 4 && last > 1 || numbers >= 6 {
			return !isBitField(line)
		}
	}
	others := words - cells
	return !isBitField(line) && (cells > 0 && others == 0 || cells >= 2 && others == 1 ||
		words > 1 && len(start[0]) > 3 && isDamagedOffset(start[0]) && startsWithCells(start[1:]))
}

// isBitField reports whether a line shows the bits of a field as Wireshark does:
// "...0 0000 0000 0000 = Fragment Offset: 0".
func isBitField(line string) bool {
	bits, name, ok := strings.Cut(strings.TrimLeft(line, " \t"), " = ")
	return ok && name != "" && strings.Trim(bits, "01. ") == "" &&
		strings.ContainsRune(bits, '.')
}

// isDamagedOffset reports whether a word may be an offset with a wrong character. It excludes
// dates, times, addresses and words with fewer digits than other characters.
func isDamagedOffset(w string) bool {
	digits := 0
	for i := range len(w) {
		if isHex(w[i]) {
			digits++
		}
	}
	if 2*digits < len(w) {
		return false
	}
	parts := strings.FieldsFunc(w, func(r rune) bool { return strings.ContainsRune("-:./", r) })
	numbers := 0
	for _, p := range parts {
		if isNumeral(p) {
			numbers++
		}
	}
	return len(w) > 1 && strings.ContainsAny(w, "0123456789") && numbers < 3
}

// startsWithCells reports whether the first two words, or the only word, are cells.
func startsWithCells(words []string) bool {
	for _, w := range words[:min(2, len(words))] {
		if !isHexCell(w) {
			return false
		}
	}
	return true
}

// hasCells reports whether words may be a row whose cells have the given number of characters.
// Either a cell follows a possible offset, or two cells follow each other.
func hasCells(words []string, width int) bool {
	if len(words) > 1 && isDamagedOffset(words[0]) {
		for _, w := range words[1:min(3, len(words))] {
			digits, _ := cutFold(w, "0x")
			if digits != "" && hexLen(digits) == len(digits) && len(w)%2 == 0 && len(w) <= width {
				return true
			}
		}
	}
	run := 0
	for _, w := range words {
		if len(w) != width || hexLen(w) != len(w) && !strings.HasPrefix(w, "0x") {
			run = 0
		} else if run++; run == 2 {
			return true
		}
	}
	return false
}

// cellsIn counts the words that may be bytes.
func cellsIn(line string) (n int) {
	for _, w := range strings.Fields(line) {
		if digits, _ := cutFold(w, "0x"); isHexCell(digits) {
			n++
		}
	}
	return n
}

// hasOffset reports whether a word of a line looks like an offset.
func hasOffset(line string) bool {
	for _, w := range strings.Fields(line) {
		digits := strings.TrimSuffix(w, ":")
		digits, zeroX := cutFold(digits, "0x")
		isHex := digits != "" && hexLen(digits) == len(digits)
		if isHex && (zeroX || len(digits) >= 4 && len(digits) < len(w)) {
			return true
		}
	}
	return false
}

// isNumeral reports whether a word is a decimal number, which may be negative.
func isNumeral(w string) bool {
	w = strings.TrimPrefix(w, "-")
	return w != "" && strings.Trim(w, "0123456789") == ""
}

// isHexCell reports whether a word has as many hexadecimal digits as the cells of some dumps.
func isHexCell(w string) bool {
	switch n := len(w); {
	case n == 2, n == 4, n == 8, n >= 16 && n%2 == 0:
		return hexLen(w) == n
	}
	return false
}

// isNumber reports whether a line contains only the number of the next packet, counted from 0 or 1.
// packets is the number of packets before it.
func isNumber(line string, packets int) bool {
	n, err := strconv.Atoi(strings.TrimSpace(line))
	return err == nil && (n == packets || n == packets+1)
}

// longestRuler is the greatest length of a ruler, for rows of 64 bytes.
const longestRuler = 400

// isRuler reports whether a line numbers the columns below it: 00 01 02 ..., with or without
// "0123456789ABCDEF" and names.
func isRuler(line string) bool {
	if len(line) > longestRuler {
		return false
	}
	words := strings.Fields(line)
	count := 0
	for i, w := range words {
		v, err := strconv.ParseUint(w, 16, 8)
		switch {
		case err == nil && len(w) <= 2 && int(v) == count:
			count++
		case count == 0 && !isHexCell(w): // "Offset(h)" before the numbers
		default:
			rest := strings.Join(words[i:], "")
			return count >= 4 && (strings.HasPrefix("0123456789ABCDEF", strings.ToUpper(rest)) ||
				!isHexCell(w) && !strings.ContainsAny(rest, "0123456789"))
		}
	}
	return count >= 4
}
