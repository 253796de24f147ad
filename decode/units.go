package decode

import "strconv"

// words says a length in 32-bit words in bytes.
func words(v uint64) string { return strconv.FormatUint(4*v, 10) + " bytes" }

// eights says a length in units of eight bytes in bytes.
func eights(v uint64) string { return strconv.FormatUint(8*v, 10) + " bytes" }

// extension says an extension header's whole length.
func extension(v uint64) string { return strconv.FormatUint(8*v+8, 10) + " bytes" }
