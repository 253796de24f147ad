package filter

// relops are the comparison operators.
var relops = []string{"=", "!=", ">", ">=", "<", "<="}

// strength is the precedence of operators. % and ^ are missing, because libpcap's grammar defines
// none for them. So they always take everything to their left as one operand, and everything to
// their right as the other.
var strength = map[string]int{"|": 1, "&": 2, "<<": 3, ">>": 3, "+": 4, "-": 4, "*": 5, "/": 5}

// unary is the precedence of a leading minus.
const unary = 6

// relationAhead reports whether an arithmetic expression and a comparison operator follow. It
// consumes nothing.
func (p *parser) relationAhead() bool {
	if t := p.peek(); t.kind != kindNumber && !t.is("(") && !t.is("-") && !t.is("len") &&
		!p.ahead(1).is("[") {
		return false
	}
	pos, depth := p.pos, p.depth
	_, err := p.arith(0)
	_, ok := p.accept(relops...)
	p.pos, p.depth = pos, depth
	if err != nil {
		return p.clearlyArithmetic()
	}
	return ok || p.clearlyArithmetic()
}

// clearlyArithmetic reports whether only arithmetic can begin here, so that an error in it should
// be reported.
func (p *parser) clearlyArithmetic() bool {
	t := p.peek()
	return t.is("-") || t.is("len") || t.kind == kindWord && p.ahead(1).is("[")
}

// relation reads a comparison.
func (p *parser) relation() (*clause, error) {
	a, err := p.arith(0)
	if err != nil {
		return nil, err
	}
	op, ok := p.accept(relops...)
	if !ok {
		return nil, p.expected("a comparison such as = or >", relops...)
	}
	b, err := p.arith(0)
	return &clause{prim: &relation{op, a, b}}, err
}

// arith reads an arithmetic expression whose operators all have at least the precedence least.
func (p *parser) arith(least int) (*number32, error) {
	a, err := p.operand()
	for err == nil {
		op := p.peek()
		if op.kind != kindMark {
			return a, nil
		}
		next := 0
		if op.text != "%" && op.text != "^" {
			s, ok := strength[op.text]
			if !ok || s < least {
				return a, nil
			}
			next = s + 1
		}
		p.take()
		var b *number32
		if b, err = p.deeper(next); err == nil {
			a = &number32{op: op.text, a: a, b: b, at: a.at, end: b.end}
		}
	}
	return nil, err
}

func (p *parser) deeper(least int) (n *number32, err error) {
	err = p.nested(func() error { n, err = p.arith(least); return err })
	return n, err
}

// operand reads a number, len, a byte access, a negation or an expression in parentheses.
func (p *parser) operand() (*number32, error) {
	t := p.peek()
	switch {
	case t.kind == kindNumber:
		p.take()
		return &number32{k: t.num, at: t.at, end: t.end}, nil
	case t.is("len"):
		p.take()
		return &number32{op: "len", at: t.at, end: t.end}, nil
	case t.is("-"):
		p.take()
		n, err := p.deeper(unary)
		if err != nil {
			return nil, err
		}
		return &number32{op: "neg", a: n, at: t.at, end: n.end}, nil
	case t.is("("):
		p.take()
		n, err := p.deeper(0)
		if err != nil {
			return nil, err
		}
		n.at, n.end = t.at, p.peek().end // with the parentheses, for error messages
		return n, p.closing(")")
	case t.kind == kindWord && p.ahead(1).is("["):
		return p.load()
	}
	return nil, p.expected("a number, len, or bytes such as tcp[13]")
}

// load reads a byte access: proto[index] or proto[index:size].
func (p *parser) load() (*number32, error) {
	t := p.take()
	p.take() // the bracket
	index, err := p.deeper(0)
	if err != nil {
		return nil, err
	}
	n := &number32{op: "load", proto: t.text, a: index, size: 1, at: t.at}
	if _, ok := p.accept(":"); ok {
		size := p.peek()
		if size.kind != kindNumber {
			return nil, p.expected("1, 2 or 4")
		}
		if size.num != 1 && size.num != 2 && size.num != 4 {
			return nil, &Error{At: size.at, End: size.end,
				Problem: "the size of a field is 1, 2 or 4 bytes"}
		}
		n.size = p.take().num
	}
	n.end = p.peek().end
	return n, p.closing("]")
}
