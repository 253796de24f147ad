package filter

// qualifiers are the words before an address, a number or a name: protocol, direction and kind. ""
// means that the word is missing. A primitive without qualifiers uses those of the previous one:
// port 80 or 443.
type qualifiers struct {
	proto, dir, kind string
	defined          bool // there are qualifiers for the next primitive to use
}

// dirBoth and dirEither are directions of two source words.
const (
	dirBoth   = "src and dst"
	dirEither = "src or dst"
)

// clauseOp is the operation of a clause on its operands.
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
	l, r *clause // only l with opNot
	prim primitive
}

// A primitive is a test of a packet without and, or and not.
type primitive interface {
	generate(*generator) (*cond, error)
}

// The primitives.
type (
	// withID has qualifiers and one address, number or name.
	withID struct {
		q     qualifiers
		id    token
		mask  token // after "mask", or the prefix length after "/", else kindEnd
		slash bool
	}
	// abbreviation is only the name of a protocol.
	abbreviation struct{ word token }
	// relation compares two numbers.
	relation struct {
		op   token
		a, b *number32
	}
	// special is a word with its own grammar and at most one argument.
	special struct {
		word  token
		proto string // of broadcast and multicast
		arg   token  // kindEnd if missing
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
