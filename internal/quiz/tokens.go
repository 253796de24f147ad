package quiz

import (
	"net/netip"
	"strconv"
	"strings"
)

// A token is a word, number or other element of an answer.
type token struct {
	kind tokenKind
	text string // as written, in lower case
	n    uint64 // a number's value
	hex  bool
	addr netip.Addr
	port uint16 // after an address
}

type tokenKind uint8

const (
	tokenWord tokenKind = iota
	tokenNumber
	tokenDash // between two numbers: a range
	tokenAddress
	tokenAddressPort
)

// lex splits an answer into tokens. Unknown text becomes a word, which no form accepts.
func lex(answer string) []token {
	answer = strings.ToLower(answer)
	for _, arrow := range []string{"->", "=>", "\u2192", ">"} {
		answer = strings.ReplaceAll(answer, arrow, " ")
	}
	for _, dash := range []string{"\u2013", "\u2014", "..."} {
		answer = strings.ReplaceAll(answer, dash, "-")
	}
	var out []token
	for _, chunk := range strings.FieldsFunc(answer,
		func(r rune) bool { return strings.ContainsRune(" \t,;()\"'`\u00a0", r) }) {
		out = appendChunk(out, strings.TrimRight(chunk, ".!"))
	}
	return out
}

// appendChunk splits text without spaces.
func appendChunk(out []token, chunk string) []token {
	if a, err := netip.ParseAddr(chunk); err == nil {
		return append(out, token{kind: tokenAddress, text: chunk, addr: a})
	}
	if ap, err := netip.ParseAddrPort(chunk); err == nil {
		return append(out, token{kind: tokenAddressPort, text: chunk, addr: ap.Addr(),
			port: ap.Port()})
	}
	for _, piece := range strings.FieldsFunc(strings.ReplaceAll(chunk, "..", "-"),
		func(r rune) bool { return strings.ContainsRune("=:/", r) }) {
		out = appendPiece(out, piece)
	}
	return out
}

// appendPiece reads a number, a range of numbers, or a word.
func appendPiece(out []token, piece string) []token {
	first, second, ranged := strings.Cut(piece, "-")
	a, okA := number(first)
	b, okB := number(second)
	dash := token{kind: tokenDash, text: "-"}
	switch {
	case !ranged && okA:
		return append(out, a)
	case ranged && okA && okB:
		return append(out, a, dash, b)
	case ranged && okA && second == "":
		return append(out, a, dash)
	case piece == "-":
		return append(out, dash)
	}
	return append(out, token{kind: tokenWord, text: piece})
}

// number reads decimal digits, or hexadecimal digits after 0x. "@" or "#" may precede them.
func number(s string) (token, bool) {
	digits := strings.TrimLeft(s, "@#")
	if len(s)-len(digits) > 1 {
		return token{}, false
	}
	base, hex := 10, false
	if rest, ok := strings.CutPrefix(digits, "0x"); ok {
		digits, base, hex = rest, 16, true
	}
	const bits = 32 // more than any right answer needs
	n, err := strconv.ParseUint(digits, base, bits)
	return token{kind: tokenNumber, text: s, n: n, hex: hex}, err == nil
}
