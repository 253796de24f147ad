package filter

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/linktype"
	"golang.org/x/net/bpf"
)

// DefaultSnapLen is the number of bytes of a packet that an accepting program asks for.
const DefaultSnapLen = 262144

// MaxExpr is how long an expression may be, in bytes.
const MaxExpr = 1 << 16

// Options say what an expression is compiled for.
type Options struct {
	// Link is what frames begin with.
	Link linktype.Type
	// SnapLen is what the program gives for a packet that matches, in bytes; DefaultSnapLen if 0.
	SnapLen uint32
	// Live says that the program runs on a Linux packet socket. There the kernel has taken the
	// first VLAN tag out of the frame, and can say direction and interface; with linktype.SLL2 it
	// is a socket without link headers (SOCK_DGRAM). The interpreter does not know what the kernel
	// would say: there is no tag, and every other number is 0.
	Live bool
	// Decoded has ports, hosts and protocols be found also where decoding found them, which
	// MatchDecoded is reported. Such a program is for no kernel.
	Decoded bool
	// Services finds what the name of a service after port and portrange means; without it
	// names are refused.
	Services func(name string) []Service
	// Resolve finds the addresses of a host; without it names are refused and no traffic is caused.
	Resolve func(name string) ([]netip.Addr, error)
	// Network finds the number of a network, as "net" takes it: 10 and 0x0a000000 are different.
	// Without it names are refused.
	Network func(name string) (uint32, error)
	// Ether finds a hardware address; without it names are refused.
	Ether func(name string) ([6]byte, error)
}

// ErrNothing is in the chain of the error of an expression that no packet can match, such as "ip
// and arp" and any IPv6 on a link that carries IPv4 only.
var ErrNothing = errors.New("no packet can match this")

// ErrWord is in the chain of the error of an expression with a word that the language does not
// have.
var ErrWord = errors.New("not a word of the filter language")

// ErrLoop is what Raw gives for a program with a loop, which protochain makes: the kernel refuses
// it, only Match runs it.
var ErrLoop = errors.New(
	"the kernel can't follow a chain of headers (protochain): filter what was captured instead")

// ErrLong is what Raw gives for a program of more than the 4096 instructions that the kernel takes;
// Match runs it.
var ErrLong = errors.New(
	"the filter is longer than the 4096 instructions that the kernel takes: filter what was " +
		"captured instead")

// ErrDecoded is what Raw gives for a program compiled with Options.Decoded.
var ErrDecoded = errors.New("the kernel does not know what was decoded")

// A Program is a compiled expression. It does not change, and any number of goroutines may use it
// at once.
type Program struct {
	code []bpf.RawInstruction
	loop bool
	run  []step
	span []PortSpan
	asks []func(*Decoded) bool
}

// A PortSpan is a range of ports, both ends included.
type PortSpan struct{ Low, High uint16 }

// Ports are the ports that the expression asks for, in its order; those after an odd number of
// negations are left out.
func (p *Program) Ports() []PortSpan { return slices.Clone(p.span) }

// Check finds what is wrong with an expression on any link type: words, numbers and grammar.
func Check(expr string) error {
	_, err := read(expr)
	return located(expr, err)
}

// Compile compiles an expression; the empty one matches every packet. What is wrong with an
// expression is an *Error that points at it, which wraps ErrNothing where the expression is
// well-formed but selects nothing.
func Compile(expr string, opt Options) (*Program, error) {
	p, err := compile(expr, opt)
	return p, located(expr, err)
}

// located completes an error with the expression.
func located(expr string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if e.cause == ErrNothing {
		e.End = len(expr) // all of it together
	}
	return &Error{Expr: expr, At: min(e.At, len(expr)), End: min(e.End, len(expr)),
		Problem: e.Problem, Hint: e.Hint, cause: e.cause}
}

// read parses an expression.
func read(expr string) (*clause, error) {
	if len(expr) > MaxExpr {
		return nil, &Error{Problem: "the expression is longer than 64 KiB"}
	}
	tokens, err := lex(expr)
	if err != nil {
		return nil, err
	}
	return parse(tokens)
}

func compile(expr string, opt Options) (*Program, error) {
	if opt.SnapLen == 0 {
		opt.SnapLen = DefaultSnapLen
	}
	l, ok := newLink(opt.Link, opt.Live)
	if !ok {
		return nil, &LinkError{opt.Link}
	}
	tree, err := read(expr)
	if err != nil {
		return nil, err
	}
	g := &generator{opt: opt, v: values{}, link: l}
	c := always
	if tree != nil {
		if c, err = g.clause(tree); err != nil {
			return nil, err
		}
	}
	return finish(c, g, opt.SnapLen)
}

// finish makes a program of a condition.
func finish(c *cond, g *generator, snap uint32) (*Program, error) {
	accept := &node{op: condConst, yes: true}
	// libpcap does not optimize what has a loop in it
	root := optimize(build(c, accept, &node{op: condConst}), !g.chained, c.first().op == condConst)
	if !slices.Contains(order(root), accept) {
		return nil, &Error{Problem: ErrNothing.Error(), cause: ErrNothing}
	}
	code, err := emit(root, g.regs, snap)
	if err != nil {
		return nil, err
	}
	p := &Program{code: code, span: g.span, asks: g.asks}
	for _, in := range code {
		p.loop = p.loop || in.Op == classJmp|jmpAlways && int32(in.K) < 0
	}
	p.run = prepare(code, g.opt.Live, len(g.asks))
	return p, nil
}

// Instructions is a copy of the program's instructions.
func (p *Program) Instructions() []bpf.RawInstruction { return slices.Clone(p.code) }

// Raw is Instructions for a socket. It returns ErrLoop, ErrLong or ErrDecoded if the kernel would
// refuse the program.
func (p *Program) Raw() ([]bpf.RawInstruction, error) {
	switch {
	case p.loop:
		return nil, ErrLoop
	case len(p.asks) > 0:
		return nil, ErrDecoded
	case len(p.code) > kernelInstructions:
		return nil, ErrLong
	}
	return p.Instructions(), nil
}
