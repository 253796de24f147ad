package quiz

import (
	"fmt"
	"net/netip"
	"strconv"
)

// normal reads a part at the start of the tokens. It returns the normal form and the number of
// tokens, or 0 if they do not match the part's form.
func (p *Part) normal(toks []token) (string, int) {
	t := toks[0]
	switch p.Form {
	case Number, Decimal:
		return p.normalNumber(t)
	case Bytes:
		return normalBytes(toks)
	case Protocol:
		return p.normalProtocol(toks)
	case Address:
		if t.kind == tokenAddress {
			return t.addr.String(), 1
		}
	case Endpoint:
		return normalEndpoint(t)
	default:
		if w := words[p.Form][t.text]; t.kind == tokenWord && w != "" {
			return w, 1
		}
	}
	return "", 0
}

func (p *Part) normalNumber(t token) (string, int) {
	switch {
	case t.kind != tokenNumber:
		return "", 0
	case t.hex && p.Form == Decimal:
		return fmt.Sprintf("0x%x", t.n), 1
	}
	return strconv.FormatUint(t.n, 10), 1
}

// normalBytes reads one number, or a range of two numbers.
func normalBytes(toks []token) (string, int) {
	if toks[0].kind != tokenNumber {
		return "", 0
	}
	i := 1
	for i < len(toks) && (toks[i].kind == tokenDash || toks[i].text == "to" ||
		toks[i].text == "and") {
		i++
	}
	if i < len(toks) && toks[i].kind == tokenNumber && i <= 2 {
		return fmt.Sprintf("%d-%d", toks[0].n, toks[i].n), i + 1
	}
	return strconv.FormatUint(toks[0].n, 10), 1
}

// normalProtocol reads a number, a name, or a number followed by its name. A name that does not
// match the number makes the answer unclear.
func (p *Part) normalProtocol(toks []token) (string, int) {
	t := toks[0]
	switch t.kind {
	case tokenWord:
		return t.text, 1
	case tokenNumber:
		n := strconv.FormatUint(t.n, 10)
		if len(toks) > 1 && toks[1].kind == tokenWord && p.isRight(n) && p.isRight(toks[1].text) {
			return n, 2
		}
		return n, 1
	}
	return "", 0
}

func normalEndpoint(t token) (string, int) {
	switch t.kind {
	case tokenAddress:
		return t.addr.String(), 1
	case tokenAddressPort:
		return netip.AddrPortFrom(t.addr, t.port).String(), 1
	case tokenNumber:
		return strconv.FormatUint(t.n, 10), 1
	}
	if t.text == "a" || t.text == "b" {
		return t.text, 1
	}
	return "", 0
}
