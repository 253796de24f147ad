package filter

// qualifiers are the words before an address, a number or a name: which protocol, which direction,
// what kind of thing. "" is none given. Those of one primitive carry over to the next that has
// none: port 80 or 443.
type qualifiers struct {
	proto, dir, kind string
	defined          bool // whether there are any to carry over
}

// dirBoth and dirEither are directions that take two words to say.
const (
	dirBoth   = "src and dst"
	dirEither = "src or dst"
)

// clauseOp is what a clause does with others.
type clauseOp uint8

const (
	opPrimitive clauseOp = iota
	opAnd
	opOr
	opNot
)

// A clause is a node of a parsed expression.
type clause struct {
	op   clauseOp
	l, r *clause // l alone with opNot
	prim primitive
}

// A primitive is the smallest thing that is true or not of a packet.
type primitive interface {
	generate(*generator) (*cond, error)
}

// The primitives.
type (
	// withID has qualifiers and one address, number or name.
	withID struct {
		q     qualifiers
		id    token
		mask  token // after "mask", or the prefix length after "/", else of kindEnd
		slash bool
	}
	// abbreviation is a protocol's name alone.
	abbreviation struct{ word token }
	// relation compares two numbers.
	relation struct {
		op   token
		a, b *number32
	}
	// special is a word with its own grammar and at most one number.
	special struct {
		word  token
		proto string // of broadcast and multicast
		arg   token  // of kindEnd if not given
	}
	// byteTest is "byte 5 = 3".
	byteTest struct{ index, op, value token }
)

// number32 is an arithmetic expression.
type number32 struct {
	op      string    // an operator, "neg", "len", "load", or "" for a constant
	a, b    *number32 // operands; a is the index of a load
	k       uint32    // of a constant
	size    uint32    // of a load, in bytes
	proto   string    // of a load
	at, end int
}
