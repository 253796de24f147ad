package filter

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/linktype"
	"golang.org/x/net/bpf"
)

// DefaultSnapLen is the default number of bytes of a packet that a program accepts.
const DefaultSnapLen = 262144

// MaxExpr is the maximum length of an expression, in bytes.
const MaxExpr = 1 << 16

// Options are for Compile.
type Options struct {
	// Link is the link type of the frames.
	Link linktype.Type
	// SnapLen is the result of the program for a matching packet, in bytes; DefaultSnapLen if
	// 0.
	SnapLen uint32
	// Live is for a program that runs on a Linux packet socket. There the kernel has removed the
	// first VLAN tag from the frame, and provides direction and interface. With linktype.SLL2 the
	// socket has no link headers (SOCK_DGRAM). In the interpreter there is no tag, and the kernel's
	// other data is 0.
	Live bool
	// Decoded also matches decoded ports, hosts and protocols; call MatchDecoded with them. The
	// kernel cannot run such a program.
	Decoded bool
	// Services returns the ports of a service's name after port and portrange. Without it, names
	// are rejected.
	Services func(name string) []Service
	// Resolve returns the addresses of a host. Without it, names are rejected and there is no
	// traffic.
	Resolve func(name string) ([]netip.Addr, error)
	// Network returns the number of a network for "net": 10 and 0x0a000000 are different. Without
	// it, names are rejected.
	Network func(name string) (uint32, error)
	// Ether returns a hardware address. Without it, names are rejected.
	Ether func(name string) ([6]byte, error)
}

// ErrNothing is wrapped by the error of an expression that no packet can match. Examples are "ip
// and arp", or IPv6 on a link for IPv4 only.
var ErrNothing = errors.New("no packet can match this")

// ErrWord is wrapped by the error of an expression with an unknown word.
var ErrWord = errors.New("not a word of the filter language")

// ErrLoop is the error of Raw for a program with a loop (protochain). The kernel rejects it; Match
// runs it.
var ErrLoop = errors.New(
	"the kernel can't follow a chain of headers (protochain): filter what was captured instead")

// ErrLong is the error of Raw for a program of more than 4096 instructions, the kernel's limit.
// Match runs it.
var ErrLong = errors.New(
	"the filter is longer than the 4096 instructions that the kernel takes: filter what was " +
		"captured instead")

// ErrDecoded is the error of Raw for a program compiled with Options.Decoded.
var ErrDecoded = errors.New("the kernel does not know what was decoded")

// A Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	code []bpf.RawInstruction
	loop bool
	run  []step
	span []PortSpan
	asks []func(*Decoded) bool
}

// A PortSpan is a range of ports, both ends included.
type PortSpan struct{ Low, High uint16 }

// Ports returns the ports in the expression, in its order, except those inside an odd number of
// negations.
func (p *Program) Ports() []PortSpan { return slices.Clone(p.span) }

// Check returns the error of an expression that is wrong for every link type: in words, numbers or
// grammar.
func Check(expr string) error {
	_, err := read(expr)
	return located(expr, err)
}

// Compile compiles an expression; the empty one matches every packet. The error for a wrong
// expression is an *Error that points at the mistake. It wraps ErrNothing if the expression is
// well-formed but selects nothing.
func Compile(expr string, opt Options) (*Program, error) {
	p, err := compile(expr, opt)
	return p, located(expr, err)
}

// located adds the expression to an error.
func located(expr string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if e.cause == ErrNothing {
		e.End = len(expr) // the whole expression
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

// finish converts a condition to a program.
func finish(c *cond, g *generator, snap uint32) (*Program, error) {
	accept := &node{op: condConst, yes: true}
	// libpcap does not optimize a program with a loop
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

// Instructions returns a copy of the program's instructions.
func (p *Program) Instructions() []bpf.RawInstruction { return slices.Clone(p.code) }

// Raw returns the instructions for a socket. The error is ErrLoop, ErrLong or ErrDecoded if the
// kernel would reject the program.
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
