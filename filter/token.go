package filter

import (
	"net/netip"
	"strings"
)

// kind is the kind of a token.
type kind uint8

const (
	kindEnd    kind = iota
	kindWord        // a word of the language, in its usual spelling
	kindName        // any other name: of a service, a protocol or a host
	kindNumber      // decimal, 0x hexadecimal or 0 octal
	kindDotted      // two to four decimal parts, the start of an IPv4 address
	kindIPv6
	kindMAC
	kindMark // an operator or a bracket
)

// A token is one word of an expression.
type token struct {
	kind    kind
	text    string // as written, but words in their usual spelling
	num     uint32 // of a number
	ip      netip.Addr
	mac     [6]byte
	at, end int // its position in the expression, in bytes
}

// is reports whether the token is that word or mark.
func (t token) is(text string) bool {
	return (t.kind == kindWord || t.kind == kindMark) && t.text == text
}

// lex splits an expression into tokens; the last is of kindEnd. If several tokens can begin at a
// position, the longest counts: 80-90 is one name, but 80 - 90 is a subtraction.
func lex(expr string) ([]token, error) {
	var tokens []token
	for at := 0; ; {
		for at < len(expr) && strings.IndexByte(" \t\r\n", expr[at]) >= 0 {
			at++
		}
		if at == len(expr) {
			return append(tokens, token{kind: kindEnd, at: at, end: at}), nil
		}
		t, err := next(expr, at)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		at = t.end
	}
}

// next reads the token at a byte that is not a space.
func next(expr string, at int) (token, error) {
	rest := expr[at:]
	if n := escaped(rest); n > 1 {
		return token{kind: kindName, text: rest[1:n], at: at, end: at + n}, nil
	}
	if t, err := address(rest); t.kind != kindEnd || err != nil {
		return placed(t, err, at)
	}
	if n := nameLen(rest); n > 0 {
		t, err := word(rest[:n])
		return placed(t, err, at)
	}
	if m := mark(rest); m != "" {
		t := token{kind: kindMark, text: m, at: at, end: at + len(m)}
		if w, ok := marks[m]; ok {
			t.text = w
		}
		if _, ok := words[t.text]; ok {
			t.kind = kindWord // && is the same as and, also in port (80 || 443)
		}
		return t, nil
	}
	return token{}, &Error{At: at, End: at + runeLen(rest),
		Problem: "no character of a filter expression"}
}

// escaped returns the length of the word at the start of s that a backslash makes a name: \tcp is
// the protocol's name.
func escaped(s string) int {
	if s[0] != '\\' {
		return 0
	}
	if n := strings.IndexAny(s, " \t\r\n!()"); n >= 0 {
		return n
	}
	return len(s)
}

// placed moves a token, or its error, to its position in the expression.
func placed(t token, err error, at int) (token, error) {
	if e, ok := err.(*Error); ok {
		e.At, e.End = e.At+at, e.End+at
		return t, e
	}
	t.at, t.end = at+t.at, at+t.end
	return t, nil
}

// nameLen returns the length of the name or number at the start of s. A name may contain dashes and
// underscores, but does not end with one.
func nameLen(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case alphanumeric(c), c == '.' && i > 0:
			n = i + 1
		case (c == '-' || c == '_') && i > 0:
		default:
			return n
		}
	}
	return n
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// mark returns the operator or bracket at the start of s, or "".
func mark(s string) string {
	if len(s) > 1 {
		switch two := s[:2]; two {
		case ">=", "<=", "!=", "==", "<<", ">>", "&&", "||":
			return two
		}
	}
	if strings.IndexByte("!<>()[]+-*/%&|^=:", s[0]) >= 0 {
		return s[:1]
	}
	return ""
}

// runeLen returns the number of bytes of the character at the start of s, valid or not.
func runeLen(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}

// word distinguishes words of the language, numbers, dotted numbers and names.
func word(s string) (token, error) {
	t := token{kind: kindName, text: s, end: len(s)}
	if w, ok := words[s]; ok {
		t.kind, t.text = kindWord, w
		return t, nil
	}
	if v, ok := constants[s]; ok {
		t.kind, t.num = kindNumber, v
		return t, nil
	}
	if !digits(s, 10) {
		if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digits(s[2:], 16) {
			return number(t, s[2:], 16)
		}
		if dotted(s) {
			t.kind = kindDotted
		}
		return t, nil
	}
	if len(s) > 1 && s[0] == '0' {
		return number(t, s[1:], 8)
	}
	return number(t, s, 10)
}

// number reads the digits of a number.
func number(t token, s string, base uint32) (token, error) {
	t.kind = kindNumber
	v := uint64(0)
	for i := range len(s) {
		d := hexDigit(s[i])
		if d >= base {
			return t, &Error{End: t.end,
				Problem: "a number that begins with 0 is octal, and has no digits 8 and 9"}
		}
		if v = v*uint64(base) + uint64(d); v > 0xffffffff {
			return t, &Error{End: t.end, Problem: "the number does not fit into 32 bits"}
		}
	}
	t.num = uint32(v)
	return t, nil
}

func digits(s string, base uint32) bool {
	for i := range len(s) {
		if hexDigit(s[i]) >= base {
			return false
		}
	}
	return s != ""
}

// hexDigit returns the value of a hexadecimal digit, 16 for any other byte.
func hexDigit(c byte) uint32 {
	switch {
	case '0' <= c && c <= '9':
		return uint32(c - '0')
	case 'a' <= c && c <= 'f':
		return uint32(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return uint32(c-'A') + 10
	}
	return 16
}

// dotted reports whether s is two to four numbers separated by dots.
func dotted(s string) bool {
	parts := strings.Split(s, ".")
	for _, p := range parts {
		if !digits(p, 10) {
			return false
		}
	}
	return len(parts) >= 2 && len(parts) <= 4
}

// address reads an Ethernet or IPv6 address at the start of s; the token is of kindEnd if there is
// none.
func address(s string) (token, error) {
	if n := span(s, "-."); n > 0 {
		if mac, ok := parseMAC(s[:n]); ok && n >= nameLen(s) {
			return token{kind: kindMAC, text: s[:n], mac: mac, end: n}, nil
		}
	}
	n := span(s, ":.")
	if strings.Count(s[:n], ":") < 2 {
		return token{}, nil
	}
	for n > 0 && s[n-1] == ':' && !strings.HasSuffix(s[:n], "::") {
		n--
	}
	if mac, ok := parseMAC(s[:n]); ok {
		return token{kind: kindMAC, text: s[:n], mac: mac, end: n}, nil
	}
	ip, err := netip.ParseAddr(s[:n])
	if err != nil {
		return token{}, &Error{End: n, Problem: "neither an IPv6 nor an Ethernet address"}
	}
	return token{kind: kindIPv6, text: s[:n], ip: ip, end: n}, nil
}

// span returns the number of bytes at the start of s that are hexadecimal digits or in others.
func span(s, others string) int {
	n := 0
	for n < len(s) && (hexDigit(s[n]) < 16 || strings.IndexByte(others, s[n]) >= 0) {
		n++
	}
	return n
}

// parseMAC parses the forms of an Ethernet address: six bytes separated by colons, dashes or dots,
// three pairs of bytes separated by dots, or twelve digits.
func parseMAC(s string) (mac [6]byte, ok bool) {
	parts := []string{s}
	for _, sep := range []string{":", "-", "."} {
		if strings.Contains(s, sep) {
			parts = strings.Split(s, sep)
			break
		}
	}
	wide := 12 / len(parts)
	exact := len(parts) == 1 || len(parts) == 3
	if !exact && len(parts) != 6 || len(parts) == 3 && !strings.Contains(s, ".") {
		return mac, false
	}
	var all strings.Builder
	for _, p := range parts {
		if !digits(p, 16) || len(p) > wide || exact && len(p) != wide {
			return mac, false
		}
		all.WriteString(strings.Repeat("0", wide-len(p)) + p)
	}
	for i := range mac {
		mac[i] = byte(hexDigit(all.String()[2*i])<<4 | hexDigit(all.String()[2*i+1]))
	}
	return mac, true
}
