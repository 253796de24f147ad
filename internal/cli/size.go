package cli

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// A Size is a number of bytes. As a flag it may have the suffix k, M or G for KiB, MiB or GiB.
type Size int64

// Type returns the name of the value in help.
func (b *Size) Type() string { return "size" }

func (b *Size) String() string {
	for _, u := range byteUnits() {
		if *b > 0 && *b%u.bytes == 0 {
			return strconv.FormatInt(int64(*b/u.bytes), 10) + u.letter
		}
	}
	return strconv.FormatInt(int64(*b), 10)
}

type byteUnit struct {
	letter string
	bytes  Size
}

func byteUnits() []byteUnit { return []byteUnit{{"G", 1 << 30}, {"M", 1 << 20}, {"k", 1 << 10}} }

// Set parses a size.
func (b *Size) Set(s string) error {
	unit := Size(1)
	for _, u := range byteUnits() {
		if rest, ok := strings.CutSuffix(strings.ToLower(s), strings.ToLower(u.letter)); ok {
			s, unit = rest, u.bytes
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/int64(unit) {
		return errors.New("not a size: use a number above 0, with k, M or G after it")
	}
	*b = Size(n) * unit
	return nil
}

// A SizeLimit is a Size that can also be 0, for no limit.
type SizeLimit Size

// Type returns the name of the value in help.
func (l *SizeLimit) Type() string   { return "size" }
func (l *SizeLimit) String() string { return (*Size)(l).String() }

// Set parses a size, or 0.
func (l *SizeLimit) Set(s string) error {
	if s == "0" {
		*l = 0
		return nil
	}
	return (*Size)(l).Set(s)
}
