package pcapfile

import "strconv"

// grouped formats a number with a space between thousands, from five digits on, as in the SI.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	if n < 10_000 {
		return s
	}
	var out []byte
	for i, c := range []byte(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			out = append(out, ' ')
		}
		out = append(out, c)
	}
	return string(out)
}

// bytesOf formats a length: exactly below a mebibyte, in rounded units above.
func bytesOf[T ~int | ~int64 | ~uint32](n T) string {
	switch v := float64(n); {
	case n == 1:
		return "1 byte"
	case v < 1<<20:
		return grouped(int64(n)) + " bytes"
	case v < 1<<30:
		return rounded(v/(1<<20)) + " MiB"
	default:
		return rounded(v/(1<<30)) + " GiB"
	}
}

// rounded formats a number with one decimal, or none if that is zero.
func rounded(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	if s[len(s)-2:] == ".0" {
		return s[:len(s)-2]
	}
	return s
}
