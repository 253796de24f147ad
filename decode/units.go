package decode

import "strconv"

// words converts a length in 32-bit words to bytes.
func words(v uint64) string { return strconv.FormatUint(4*v, 10) + " bytes" }

// eights converts a length in units of eight bytes to bytes.
func eights(v uint64) string { return strconv.FormatUint(8*v, 10) + " bytes" }

// extension returns the total length of an extension header in bytes.
func extension(v uint64) string { return strconv.FormatUint(8*v+8, 10) + " bytes" }
