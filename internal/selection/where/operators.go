package where

import (
	"net/netip"
	"slices"

	"github.com/expr-lang/expr"
)

// numberOps and wordOps define comparisons with several values.
var numberOps = []struct {
	operator, name string
	compare        func(Numbers, int) bool
}{
	{"==", "numbersEqual", Numbers.equal}, {"!=", "numbersDiffer", Numbers.differ},
	{"<", "numbersBelow", Numbers.below},
	{">", "numbersAbove", Numbers.above}, {"<=", "numbersAtMost", Numbers.atMost},
	{">=", "numbersAtLeast", Numbers.atLeast},
}

var wordOps = []struct {
	operator, name string
	compare        func(Words, string) bool
}{
	{"==", "wordsEqual", Words.equal}, {"!=", "wordsDiffer", Words.differ},
	{"contains", "wordsContain", Words.contain},
	{"startsWith", "wordsBegin", Words.begin}, {"endsWith", "wordsEnd", Words.end},
}

// mirrored maps an operator to the one with the same meaning for exchanged operands.
var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// overloads collects the functions that implement operators, by operator.
type overloads struct {
	names    map[string][]string
	options  []expr.Option
	networks map[string]netip.Prefix // by text; the zero value for words that are not networks
}

// add adds an overload of an operator, for the parameter types of the functions in kinds. The
// library checks the types before it calls the function.
func (o *overloads) add(operator, name string, call func(a, b any) bool, kinds ...any) {
	o.names[operator] = append(o.names[operator], name)
	o.options = append(o.options, expr.Function(name,
		func(args ...any) (any, error) { return call(args[0], args[1]), nil }, kinds...))
}

// operators returns the options that define the comparisons.
func operators() []expr.Option {
	o := &overloads{names: map[string][]string{}, networks: map[string]netip.Prefix{}}
	for _, n := range numberOps {
		o.add(n.operator, n.name, func(a, b any) bool { return n.compare(a.(Numbers), b.(int)) },
			n.compare)
		o.add(mirrored[n.operator], n.name+"Turned",
			func(a, b any) bool { return n.compare(b.(Numbers), a.(int)) },
			func(int, Numbers) bool { return false })
		o.add(n.operator, n.name+"Several", func(a, b any) bool {
			return several(b.(Numbers), n.operator,
				func(k int) bool { return n.compare(a.(Numbers), k) })
		},
			func(Numbers, Numbers) bool { return false })
	}
	for _, w := range wordOps {
		o.add(w.operator, w.name, func(a, b any) bool { return w.compare(a.(Words), b.(string)) },
			w.compare)
		if turned, ok := mirrored[w.operator]; ok {
			o.add(turned, w.name+"Turned", func(a,
				b any) bool {
				return w.compare(b.(Words), a.(string))
			}, func(string, Words) bool { return false })
			o.add(w.operator, w.name+"Several", func(a, b any) bool {
				return several(b.(Words), w.operator,
					func(s string) bool { return w.compare(a.(Words), s) })
			},
				func(Words, Words) bool { return false })
		}
	}
	o.within()
	o.addresses()
	for operator, list := range o.names {
		o.options = append(o.options, expr.Operator(operator, list...))
	}
	return o.options
}

// several compares with several values. One must match; for != all must differ.
func several[T any](values []T, operator string, holds func(T) bool) bool {
	if operator == "!=" {
		return !slices.ContainsFunc(values, func(v T) bool { return !holds(v) })
	}
	return slices.ContainsFunc(values, holds)
}

// within defines "in": one of the values is in the list. The elements of lists in brackets were
// checked before, see mistakes.kind.
func (o *overloads) within() {
	o.add("in", "numbersWithin", func(a, b any) bool {
		if list, ok := b.([]int); ok {
			return a.(Numbers).within(list)
		}
		return slices.ContainsFunc(b.([]any),
			func(x any) bool { k, ok := x.(int); return ok && a.(Numbers).equal(k) })
	}, func(Numbers, []int) bool { return false }, func(Numbers, []any) bool { return false })
	o.add("in", "wordsWithin", func(a, b any) bool {
		return slices.ContainsFunc(b.([]any),
			func(x any) bool { s, ok := x.(string); return ok && a.(Words).equal(s) })
	}, func(Words, []any) bool { return false })
	o.add("in", "wordIn", func(a, b any) bool { return b.(Words).equal(a.(string)) },
		func(string, Words) bool { return false })
}
