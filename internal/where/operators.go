package where

import "github.com/expr-lang/expr"

// numberOps and wordOps are what comparisons with several values mean.
var numberOps = []struct {
	operator, name string
	compare        func(Numbers, int) bool
}{
	{"==", "numbersEqual", Numbers.equal}, {"!=", "numbersDiffer", Numbers.differ}, {"<", "numbersBelow", Numbers.below},
	{">", "numbersAbove", Numbers.above}, {"<=", "numbersAtMost", Numbers.atMost}, {">=", "numbersAtLeast", Numbers.atLeast},
}

var wordOps = []struct {
	operator, name string
	compare        func(Words, string) bool
}{
	{"==", "wordsEqual", Words.equal}, {"!=", "wordsDiffer", Words.differ}, {"contains", "wordsContain", Words.contain},
}

// mirrored has the operator that means the same with its sides exchanged.
var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// operators are the options that make the comparisons known. The library has checked the types before it calls one.
func operators() (options []expr.Option) {
	names := map[string][]string{"in": {"numbersWithin", "wordsWithin"}}
	for _, o := range numberOps {
		turned := mirrored[o.operator]
		names[o.operator] = append(names[o.operator], o.name)
		names[turned] = append(names[turned], o.name+"Turned")
		options = append(options, expr.Function(o.name, func(args ...any) (any, error) {
			return o.compare(args[0].(Numbers), args[1].(int)), nil
		}, o.compare), expr.Function(o.name+"Turned", func(args ...any) (any, error) {
			return o.compare(args[1].(Numbers), args[0].(int)), nil
		}, func(int, Numbers) bool { return false }))
	}
	for _, o := range wordOps {
		names[o.operator] = append(names[o.operator], o.name)
		options = append(options, expr.Function(o.name, func(args ...any) (any, error) {
			return o.compare(args[0].(Words), args[1].(string)), nil
		}, o.compare))
	}
	options = append(options, within()...)
	for operator, list := range names {
		options = append(options, expr.Operator(operator, list...))
	}
	return options
}

// within is what "in" means: one of the values is on the list. A list in brackets may hold anything; a range holds numbers.
func within() []expr.Option {
	return []expr.Option{
		expr.Function("numbersWithin", func(args ...any) (any, error) {
			n := args[0].(Numbers)
			if list, ok := args[1].([]int); ok {
				return n.within(list), nil
			}
			for _, x := range args[1].([]any) {
				if k, ok := x.(int); ok && n.equal(k) {
					return true, nil
				}
			}
			return false, nil
		}, func(Numbers, []int) bool { return false }, func(Numbers, []any) bool { return false }),
		expr.Function("wordsWithin", func(args ...any) (any, error) {
			for _, x := range args[1].([]any) {
				if s, ok := x.(string); ok && args[0].(Words).equal(s) {
					return true, nil
				}
			}
			return false, nil
		}, func(Words, []any) bool { return false }),
	}
}
