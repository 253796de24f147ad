package where

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/textutil"
)

// mistakes finds the first error that the library accepts: code that could take long, or a
// comparison that can never be true.
type mistakes struct{ first *file.Error }

// Visit checks one node of the expression. Its types are known.
func (m *mistakes) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BuiltinNode:
		m.say(n, "%s is not supported: it can take long on long lists", n.Name)
	case *ast.NilNode:
		m.say(n, `there is no nil; no_ports == "" is true for packets with ports`)
	case *ast.BinaryNode:
		m.comparison(n)
	}
}

func (m *mistakes) comparison(n *ast.BinaryNode) {
	switch n.Operator {
	case "==", "!=":
		m.known(n.Left, n.Right)
		m.known(n.Right, n.Left)
		m.network(n.Left, n.Right)
		m.network(n.Right, n.Left)
	case "in":
		m.network(n.Left, n.Right)
		for _, x := range members(n.Right) {
			m.network(n.Left, x)
			switch n.Left.Type() {
			case reflect.TypeFor[Numbers]():
				m.kind(x, reflect.TypeFor[int](), "a list of words cannot contain numbers")
			case reflect.TypeFor[Words]():
				m.kind(x, reflect.TypeFor[string](),
					"a list of numbers cannot contain words; words need quotes")
			case reflect.TypeFor[Addresses](), reflect.TypeFor[netip.Addr]():
				m.kind(x, reflect.TypeFor[string](), "addresses need quotes")
			}
			m.known(n.Left, x)
		}
	}
}

// members returns the elements of a list in brackets, or the two ends of a range.
func members(n ast.Node) []ast.Node {
	switch n := n.(type) {
	case *ast.ArrayNode:
		return n.Nodes
	case *ast.BinaryNode:
		return []ast.Node{n.Left, n.Right}
	}
	return nil
}

// kind requires an element of a list to have a type.
func (m *mistakes) kind(n ast.Node, want reflect.Type, problem string) {
	if n.Type() != want {
		m.say(n, "%s", problem)
	}
}

// known rejects a word that is not in the closed list of words of a fact.
func (m *mistakes) known(fact, word ast.Node) {
	name, ok1 := fact.(*ast.IdentifierNode)
	w, ok2 := word.(*ast.StringNode)
	if !ok1 || !ok2 || closed[name.Value] == nil {
		return
	}
	list := closed[name.Value]()
	if !slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, w.Value) }) {
		m.say(w, "%s never has this value; its values are \"%s\"", name.Value,
			strings.Join(list, `", "`))
	}
}

// network rejects a word that is compared with addresses and is not an address or a network.
func (m *mistakes) network(fact, word ast.Node) {
	w, ok := word.(*ast.StringNode)
	t := fact.Type()
	if !ok || t != reflect.TypeFor[Addresses]() && t != reflect.TypeFor[netip.Addr]() {
		return
	}
	if _, err := ParseNetwork(w.Value); err != nil {
		m.say(w, "%q is not an address or network, such as 10.0.0.1 or 10.0.0.0/8", w.Value)
	}
}

// closed maps the facts with a closed list of words to these lists.
var closed = map[string]func() []string{
	"range": func() []string {
		return []string{annotate.System.String(), annotate.User.String(), annotate.Dynamic.String()}
	},
	"no_ports": func() (list []string) {
		for r := range decode.Reason(decode.Reasons) {
			list = append(list, r.String())
		}
		return list
	},
}

func (m *mistakes) say(n ast.Node, format string, args ...any) {
	if m.first == nil {
		m.first = &file.Error{Location: n.Location(), Message: fmt.Sprintf(format, args...)}
	}
}

// plain replaces the library's type names by this package's terms.
var plain = strings.NewReplacer("runtime error: ", "", "where.Numbers", "number", "where.Words",
	"word", "where.Ends", "end", "where.Addresses", "address", "netip.Addr", "address",
	"where.TCP", "tcp", "where.Flags", "flags", "float64", "fraction")

// kinds matches the library's error for an operator with unsuitable operands.
var kinds = regexp.MustCompile(`invalid operation: (\S+) \(mismatched types? (.*?)\)`)

// unexpected matches the library's error for a misplaced character or word.
var unexpected = regexp.MustCompile(`unexpected token \w+\("(.*)"\)`)

// bareAddress matches the error for an address without quotes. The language reads its beginning as
// a number or a name.
var bareAddress = regexp.MustCompile(`"(\.\d+(\.\d+)*|::?)" does not fit here`)

// quoteAddresses is the suggestion for an address without quotes.
const quoteAddresses = `addresses need quotes: host == "10.0.0.1"`

// hints maps a part of the library's message to a suggestion. The first match is used.
var hints = []struct{ part, hint string }{
	{"mismatched types number and string",
		`numbers have no quotes; a service has a name: service == "dns"`},
	{"mismatched types string and number",
		`numbers have no quotes; a service has a name: service == "dns"`},
	{"mismatched types word and int", "words need quotes"},
	{"not (mismatched type", "not binds tighter than a comparison: not (port == 80)"},
	{"mismatched types end", "an end has a port and a host: inner.port, src.host"},
	{"type end has no field", "an end has a port and a host: inner.port, src.host"},
	{"mismatched types address and int", quoteAddresses},
	{"mismatched types flags", "each flag has a name: tcp.flags.syn"},
	{"mismatched types bool and int", "a flag is true or false: tcp.flags.syn, not tcp.flags.ack"},
	{"type flags has no field", "there are fin, syn, rst, psh, ack, urg, ece, cwr"},
	{"type tcp has no field", "there are tcp.flags, tcp.seq, tcp.ack, tcp.window, tcp.len; " +
		"ports are port, src.port and dst.port"},
	{`"=" does not fit here`, "use == for equal"},
	{"expected bool", "an expression is true or false, such as port == 53"},
}

// Names returns the names of facts in expressions.
func Names() []string { return slices.Clone(names) }

// names are the names of Facts.
var names = []string{"port", "host", "src.port", "dst.port", "client.port", "server.port",
	"inner.port", "outer.port", "src.host", "dst.host", "client.host", "server.host",
	"inner.host", "outer.host", "tcp.flags.fin", "tcp.flags.syn", "tcp.flags.rst",
	"tcp.flags.psh", "tcp.flags.ack", "tcp.flags.urg", "tcp.flags.ece", "tcp.flags.cwr",
	"tcp.seq", "tcp.ack", "tcp.window", "tcp.len", "service", "range", "proto", "no_ports",
	"quoted", "len", "captured", "frame", "community_id", "process", "pid", "user"}

// unknownName suggests a name for an unknown one. A word without quotes is a name.
func unknownName(name string) string {
	name, _, _ = strings.Cut(name, " ")
	s := "there is no name " + name
	best, least := "", 3
	for _, n := range names {
		if d := textutil.Distance(name, n); d < least && d < len(name) {
			best, least = n, d
		}
	}
	if best != "" {
		return s + "; did you mean " + best + "?"
	}
	return s + `; words need quotes, such as "` + name + `"; names: portsniff help where`
}

// explain rewrites an error in this package's terms, with a suggestion.
func explain(err error) error {
	message := func(s string) string {
		s = unexpected.ReplaceAllString(plain.Replace(s), `"$1" does not fit here`)
		if name, ok := strings.CutPrefix(s, "unknown name "); ok {
			return unknownName(name)
		}
		if s == "unexpected token EOF" {
			return "the expression ends too early"
		}
		if bareAddress.MatchString(s) {
			return s + "; " + quoteAddresses
		}
		for _, h := range hints {
			if strings.Contains(s, h.part) {
				return kinds.ReplaceAllString(s, "$1 does not take $2") + "; " + h.hint
			}
		}
		return kinds.ReplaceAllString(s, "$1 does not take $2")
	}
	var e *file.Error
	if !errors.As(err, &e) {
		return errors.New(message(err.Error()))
	}
	e.Message = message(e.Message)
	return err
}

// Place returns the lines in which an error of Compile shows its position, or nil. The error's text
// ends with these lines.
func Place(err error) []string {
	var e *file.Error
	if !errors.As(err, &e) || e.Snippet == "" || !strings.HasSuffix(err.Error(), e.Snippet) {
		return nil
	}
	return strings.Split(strings.TrimPrefix(e.Snippet, "\n"), "\n")
}
