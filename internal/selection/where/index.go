package where

import (
	"reflect"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// indexes patches comparisons with an index, such as port[5] == 1. They are false for a packet with
// fewer values, as in Wireshark, where no comparison is true for a missing field. Without the patch
// such a packet would be an error, which ends the run.
type indexes struct{}

// comparisons lists the comparison operators.
var comparisons = []string{"==", "!=", "<", ">", "<=", ">=", "in", "contains", "startsWith",
	"endsWith"}

// Visit adds a check for each index before a comparison. Inner nodes are already visited.
func (indexes) Visit(node *ast.Node) {
	n, ok := (*node).(*ast.BinaryNode)
	if !ok || !slices.Contains(comparisons, n.Operator) {
		return
	}
	var guarded ast.Node = n
	for _, m := range slices.Backward(indexed(n.Right, indexed(n.Left, nil))) {
		there := &ast.CallNode{Callee: &ast.IdentifierNode{Value: "isThere"},
			Arguments: []ast.Node{m.Node, m.Property}}
		guarded = &ast.BinaryNode{Operator: "and", Left: there, Right: guarded}
	}
	if guarded != ast.Node(n) {
		ast.Patch(node, guarded)
	}
}

// indexed appends the index expressions of an operand, the inner ones first. Comparisons inside the
// operand have their own checks.
func indexed(n ast.Node, list []*ast.MemberNode) []*ast.MemberNode {
	switch n := n.(type) {
	case *ast.MemberNode:
		list = indexed(n.Property, indexed(n.Node, list))
		if t := n.Node.Type(); t != nil && t.Kind() == reflect.Slice &&
			n.Property.Type() == reflect.TypeFor[int]() {
			list = append(list, n)
		}
	case *ast.ChainNode:
		return indexed(n.Node, list)
	case *ast.UnaryNode:
		return indexed(n.Node, list)
	case *ast.BinaryNode:
		if !slices.Contains(comparisons, n.Operator) {
			return indexed(n.Right, indexed(n.Left, list))
		}
	case *ast.ArrayNode:
		for _, x := range n.Nodes {
			list = indexed(x, list)
		}
	case *ast.SliceNode:
		list = indexed(n.Node, list)
		for _, end := range []ast.Node{n.From, n.To} {
			if end != nil {
				list = indexed(end, list)
			}
		}
	}
	return list
}

// isThere returns the function for these checks: whether a list has a value at an index. A negative
// index counts from the end.
func isThere() expr.Option {
	return expr.Function("isThere", func(args ...any) (any, error) {
		n, i := reflect.ValueOf(args[0]).Len(), args[1].(int)
		return -n <= i && i < n, nil
	}, func(Numbers, int) bool { return false }, func(Words, int) bool { return false },
		func(Addresses, int) bool { return false }, func([]int, int) bool { return false },
		func([]any, int) bool { return false })
}
