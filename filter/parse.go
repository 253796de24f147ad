package filter

import "slices"

// maxDepth limits the nesting of parentheses and negations, so that no expression can exhaust the
// stack.
const maxDepth = 5000

// parser reads the tokens of one expression. Its methods follow the grammar. expr is terms joined
// by "and" and "or", which bind equally and from left to right. A term is a primitive, a negation
// or an expression in parentheses. After "and" and "or" an address, number or name may be alone; it
// then uses the qualifiers of the previous primitive.
type parser struct {
	tokens []token
	pos    int
	depth  int
}

func (p *parser) peek() token { return p.tokens[p.pos] }

// ahead returns the token n places after the current one.
func (p *parser) ahead(n int) token { return p.tokens[min(p.pos+n, len(p.tokens)-1)] }

func (p *parser) take() token {
	t := p.tokens[p.pos]
	if t.kind != kindEnd {
		p.pos++
	}
	return t
}

// accept consumes the token if it is one of these words or marks.
func (p *parser) accept(texts ...string) (token, bool) {
	for _, text := range texts {
		if p.peek().is(text) {
			return p.take(), true
		}
	}
	return token{}, false
}

// parse reads a complete expression; nil is the empty one, which accepts every packet.
func parse(tokens []token) (*clause, error) {
	p := &parser{tokens: tokens}
	if p.peek().kind == kindEnd {
		return nil, nil
	}
	c, _, err := p.expr(qualifiers{}, false)
	if err == nil && p.peek().kind != kindEnd {
		err = p.trailing()
	}
	return c, err
}

// nested calls read one level deeper.
func (p *parser) nested(read func() error) error {
	if p.depth++; p.depth > maxDepth {
		t := p.peek()
		return &Error{At: t.at, End: t.end, Problem: "the expression nests too deep"}
	}
	err := read()
	p.depth--
	return err
}

// expr reads terms joined by and and or. It returns the qualifiers for the next term.
func (p *parser) expr(q qualifiers, idFirst bool) (c *clause, _ qualifiers, err error) {
	if c, q, err = p.item(q, idFirst); err != nil {
		return nil, q, err
	}
	for {
		op := opAnd
		if _, ok := p.accept("and"); !ok {
			if _, ok := p.accept("or"); !ok {
				return c, q, nil
			}
			op = opOr
		}
		var r *clause
		if r, q, err = p.item(q, true); err != nil {
			return nil, q, err
		}
		c = &clause{op: op, l: c, r: r}
	}
}

// item reads one term. With idOK, the term may be a single address, number or name.
func (p *parser) item(q qualifiers, idOK bool) (c *clause, out qualifiers, err error) {
	t := p.peek()
	switch {
	case t.is("not"):
		p.take()
		err = p.nested(func() error {
			c, out, err = p.item(q, idOK)
			return err
		})
		return &clause{op: opNot, l: c}, out, err
	case p.relationAhead():
		c, err = p.relation()
		return c, qualifiers{}, err
	case t.is("("):
		return p.group(q, idOK)
	case idOK && isID(t):
		c, err = p.id(q)
		return c, q, err
	}
	return p.primitive()
}

// group reads an expression in parentheses. With idOK, it may be several ids that share qualifiers:
// port (80 or 443).
func (p *parser) group(q qualifiers, idOK bool) (c *clause, out qualifiers, err error) {
	p.take()
	read := func() error {
		switch {
		case idOK && p.idsAhead():
			c, err = p.ids(q)
		default:
			c, _, err = p.expr(q, false)
		}
		return err
	}
	if err := p.nested(read); err != nil {
		return nil, q, err
	}
	return c, q, p.closing(")")
}

// idsAhead reports whether the parentheses contain ids only, such as "(80 or 443)", and no
// arithmetic, such as "(80 > 5)".
func (p *parser) idsAhead() bool {
	i := p.pos
	for p.tokens[i].is("(") || p.tokens[i].is("not") {
		i++
	}
	if p.tokens[i].kind != kindNumber {
		return isID(p.tokens[i])
	}
	for i++; p.tokens[i].is(")"); i++ {
	}
	next := p.tokens[i]
	return next.kind != kindMark || next.is("(")
}

// ids reads ids joined by and and or.
func (p *parser) ids(q qualifiers) (*clause, error) {
	if p.peek().is("(") && !p.numberAhead() {
		// In the grammar, only a number may have more parentheses around it at the start of a
		// list.
		return nil, p.expected("an address, a name or a number")
	}
	c, err := p.anID(q)
	for err == nil {
		op := opAnd
		if _, ok := p.accept("and"); !ok {
			if _, ok := p.accept("or"); !ok {
				return c, nil
			}
			op = opOr
		}
		var r *clause
		r, err = p.anID(q)
		c = &clause{op: op, l: c, r: r}
	}
	return nil, err
}

// numberAhead reports whether the next tokens are a number in parentheses.
func (p *parser) numberAhead() bool {
	n := 0
	for p.ahead(n).is("(") {
		n++
	}
	for i := range n {
		if !p.ahead(n + 1 + i).is(")") {
			return false
		}
	}
	return p.ahead(n).kind == kindNumber
}

// anID reads an id, which may be negated or in parentheses.
func (p *parser) anID(q qualifiers) (c *clause, err error) {
	switch t := p.peek(); {
	case t.is("not"):
		p.take()
		err = p.nested(func() error { c, err = p.anID(q); return err })
		return &clause{op: opNot, l: c}, err
	case t.is("("):
		p.take()
		if err := p.nested(func() error { c, err = p.ids(q); return err }); err != nil {
			return nil, err
		}
		return c, p.closing(")")
	case !isID(t):
		return nil, p.expected("an address, a name or a number")
	}
	return p.id(q)
}

// isID reports whether a token can follow qualifiers.
func isID(t token) bool {
	return t.kind == kindName || t.kind == kindNumber || t.kind == kindDotted ||
		t.kind == kindIPv6 || t.kind == kindMAC
}

// id reads one address, number or name, with its mask if any.
func (p *parser) id(q qualifiers) (*clause, error) {
	if !q.defined {
		return nil, p.unknown()
	}
	prim := &withID{q: q, id: p.take()}
	if prim.id.kind == kindDotted || prim.id.kind == kindIPv6 {
		if _, prim.slash = p.accept("/"); prim.slash {
			if prim.mask = p.peek(); prim.mask.kind != kindNumber {
				return nil, p.expected("the length of the prefix, in bits")
			}
			p.take()
		}
	}
	if _, ok := p.accept("mask"); ok {
		if prim.mask = p.peek(); prim.mask.kind != kindDotted || prim.id.kind != kindDotted ||
			prim.slash {
			return nil, p.expected(
				"a mask such as 255.255.0.0, after an IPv4 network of two or more numbers")
		}
		p.take()
	}
	return &clause{prim: prim}, nil
}

// protocols are the words that name a protocol layer.
var protocols = []string{"ether", "arp", "rarp", "ip", "ip6", "sctp", "tcp", "udp", "icmp", "icmp6",
	"igmp", "igrp", "pim", "vrrp", "carp",
	"ah", "esp", "radio", "atalk", "aarp", "decnet", "lat", "sca", "moprc", "mopdl", "iso", "esis",
	"isis", "clnp",
	"l1", "l2", "iih", "lsp", "snp", "csnp", "psnp", "stp", "ipx", "netbeui"}

// primitive reads a primitive that is not a relation: qualifiers with an id, a protocol alone, or a
// special word.
func (p *parser) primitive() (*clause, qualifiers, error) {
	first := p.peek()
	if _, ok := elsewhere[first.text]; ok && first.kind == kindWord {
		return nil, qualifiers{}, p.elsewhere()
	}
	if first.kind == kindWord && slices.Contains(specials, first.text) {
		c, err := p.special()
		return c, qualifiers{}, err
	}
	q := qualifiers{defined: true}
	if first.kind == kindWord && slices.Contains(protocols, first.text) {
		q.proto = p.take().text
		if w, ok := p.accept("broadcast", "multicast"); ok {
			return &clause{prim: &special{word: w, proto: q.proto}}, qualifiers{}, nil
		}
	}
	q.dir = p.direction()
	if kind, ok := p.accept(kindsOfID(q.dir)...); ok {
		q.kind = kind.text
	} else if q.dir == "" {
		if q.proto != "" {
			return &clause{prim: &abbreviation{first}}, qualifiers{}, nil
		}
		return nil, q, p.unknown()
	}
	return p.operandOf(q)
}

// kindsOfID returns the words that may follow a direction. A protocol and a gateway have no
// direction.
func kindsOfID(dir string) []string {
	if dir != "" {
		return []string{"host", "net", "port", "portrange"}
	}
	return []string{"host", "net", "port", "portrange", "proto", "protochain", "gateway"}
}

// This method reads the tokens after qualifiers.
func (p *parser) operandOf(q qualifiers) (c *clause, _ qualifiers, err error) {
	switch {
	case p.peek().is("("):
		if !p.idsAhead() {
			p.take()
			return nil, q, p.expected("an address, a name or a number")
		}
		c, err = p.anID(q)
	case p.peek().is("not"), isID(p.peek()):
		c, err = p.anID(q)
	default:
		err = p.missing(q)
	}
	return c, q, err
}

// wlanDirections are directions that only 802.11 has.
var wlanDirections = []string{"ra", "ta", "addr1", "addr2", "addr3", "addr4"}

// direction reads src, dst, or both of them joined, in any order.
func (p *parser) direction() string {
	if w, ok := p.accept(wlanDirections...); ok {
		return w.text
	}
	first, ok := p.accept("src", "dst")
	if !ok {
		return ""
	}
	other := "dst"
	if first.text == "dst" {
		other = "src"
	}
	if !p.ahead(1).is(other) {
		return first.text
	}
	switch {
	case p.peek().is("or"):
		p.pos += 2
		return dirEither
	case p.peek().is("and"):
		p.pos += 2
		return dirBoth
	}
	return first.text
}

// closing consumes the required bracket.
func (p *parser) closing(bracket string) error {
	if _, ok := p.accept(bracket); ok {
		return nil
	}
	return p.expected(bracket)
}
