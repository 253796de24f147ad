package filter

// specials are the words with their own grammar, whose numbers are not ids.
var specials = []string{"broadcast", "multicast", "less", "greater", "byte", "inbound", "outbound",
	"ifindex", "vlan", "mpls", "pppoed", "pppoes",
	"geneve", "llc"}

// special reads a primitive that begins with one of specials.
func (p *parser) special() (*clause, error) {
	s := &special{word: p.take()}
	switch s.word.text {
	case "less", "greater", "ifindex":
		if s.arg = p.peek(); s.arg.kind != kindNumber {
			return nil, p.expected("a number")
		}
		p.take()
	case "byte":
		return p.byteTest()
	case "vlan", "mpls", "pppoes", "geneve":
		n, err := p.optionalNumber()
		if err != nil {
			return nil, err
		}
		s.arg = n
	case "llc":
		// i, s and most other types are names; rnr is also a word of the language.
		if t := p.peek(); t.kind == kindName || t.is("rnr") {
			s.arg = p.take()
		}
	}
	return &clause{prim: s}, nil
}

// optionalNumber reads a number, which may be in parentheses, or nothing.
func (p *parser) optionalNumber() (token, error) {
	if p.peek().kind == kindNumber {
		return p.take(), nil
	}
	if !p.numberAhead() {
		if p.peek().is("(") {
			return token{}, p.expected("a number, and, or, or the end")
		}
		return token{}, nil
	}
	n := 0
	for ; p.peek().is("("); n++ {
		p.take()
	}
	t := p.take()
	p.pos += n
	return t, nil
}

// byteTest reads "byte 5 = 3", which libpcap supports although its manual page omits it.
func (p *parser) byteTest() (*clause, error) {
	b := &byteTest{index: p.take()}
	if b.index.kind != kindNumber {
		p.pos--
		return nil, p.expected("the number of a byte")
	}
	op, ok := p.accept("=", "<", ">", "&", "|")
	if !ok {
		return nil, p.expected("=, <, >, & or |")
	}
	b.op = op
	if b.value = p.peek(); b.value.kind != kindNumber {
		return nil, p.expected("a number")
	}
	p.take()
	return &clause{prim: b}, nil
}
