package hexdump

import "strconv"

// Notations of bytes in lists of numbers.
const (
	formHex     = "hexadecimal digits"
	formDecimal = "decimal bytes"
	formOctal   = "octal bytes"
)

// hexPrefixes mark a hexadecimal number in various languages.
var hexPrefixes = [...]string{"0x", "&h", `\x`, "$", "#x"}

// cutHexPrefix removes the mark of a hexadecimal word, before or after its digits.
func cutHexPrefix(word string) (digits string, ok bool) {
	for _, p := range hexPrefixes {
		if digits, ok = cutFold(word, p); ok {
			return digits, true
		}
	}
	if n := len(word) - 1; n > 0 && (word[n] == 'h' || word[n] == 'H') {
		return word[:n], true
	}
	return word, false
}

// numbers reads a list of numbers of one byte each and returns the notation. All numbers have the
// same notation, or some are hexadecimal with a prefix and the others decimal, as in C.
func numbers(words []string) (data []byte, form string, wrong int, err error) {
	f := facts(words)
	base := 10
	switch {
	case f.marked > 0:
		form = formHex
	case f.octal && f.decimal && !f.unpadded:
		return nil, "", 0, ErrDecimal
	case f.octal && !f.unpadded:
		base, form = 8, formOctal
	case f.hex && f.decimal:
		return nil, "", 0, ErrDecimal
	case f.hex:
		base, form = 16, formHex
	default:
		form = formDecimal
	}
	for i, w := range words {
		b, err := oneByte(w, base, f.negative)
		if err != nil {
			return nil, "", i, err
		}
		data = append(data, b)
	}
	return data, form, 0, nil
}

// listFacts says which notations are possible for all words of a list.
type listFacts struct {
	marked   int  // number of words with a prefix such as 0x
	negative bool // a word is negative
	hex      bool // all have one or two hexadecimal digits
	octal    bool // all have three octal digits
	decimal  bool // -128 to 255, without leading zeros unless all have three digits
	unpadded bool // a word has fewer than three digits
}

func facts(words []string) listFacts {
	f := listFacts{hex: true, octal: true, decimal: true}
	zero := false
	for _, w := range words {
		if _, ok := cutHexPrefix(w); ok {
			f.marked++
		}
		f.negative = f.negative || w[0] == '-'
		f.hex = f.hex && len(w) <= 2 && hexLen(w) == len(w)
		zero = zero || len(w) > 1 && w[0] == '0'
		_, err := strconv.ParseUint(w, 8, 8)
		f.octal = f.octal && err == nil && len(w) == 3
		v, err := strconv.ParseInt(w, 10, 16)
		f.decimal = f.decimal && err == nil && -128 <= v && v <= 255
		f.unpadded = f.unpadded || len(w) < 3
	}
	f.decimal = f.decimal && (!zero || !f.unpadded)
	return f
}

// oneByte reads one number. Signed lists contain -128 to 127.
func oneByte(word string, base int, signed bool) (byte, error) {
	if digits, ok := cutHexPrefix(word); ok {
		base, word = 16, digits
	} else if base == 10 && len(word) > 1 && word[0] == '0' && len(word) != 3 {
		return 0, ErrByte
	}
	v, err := strconv.ParseInt(word, base, 16)
	limit := int64(255)
	if signed && base == 10 {
		limit = 127
	}
	if err != nil || v < -128 || v > limit || v < 0 && base != 10 || word[0] == '+' {
		return 0, ErrByte
	}
	return byte(v), nil
}
