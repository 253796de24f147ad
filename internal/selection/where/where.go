// Package where filters packets by decoded facts. For example, port == 53 finds a port in all
// decoded headers: after tags, in tunnels and in later fragments, where no capture filter finds it.
//
// Expressions are those of github.com/expr-lang/expr over the names of Facts. They are compiled
// once and statically typed, so a wrong name or type is found before the first packet. Functions
// and loops over lists are not available, so that no expression takes long.
package where

import (
	"fmt"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Limits of an expression, so that compiling and running take little time: length in bytes, number
// of nodes, and memory of one run in the library's units.
const (
	maxLen    = 4096
	maxNodes  = 1000
	maxMemory = 70_000 // enough for lists such as 0..65535
)

// An Expr is a compiled expression. It is not safe for concurrent use.
type Expr struct {
	program   *vm.Program
	machine   vm.VM
	processes bool
	community bool
}

// AsksCommunityID reports whether the expression uses Community IDs, which take time.
func (e *Expr) AsksCommunityID() bool { return e.community }

// AsksProcesses reports whether the expression uses process, pid or user, which no capture file
// contains.
func (e *Expr) AsksProcesses() bool { return e.processes }

// Compile compiles an expression. The text of an error has several lines, which show the position.
func Compile(source string) (*Expr, error) {
	if len(source) > maxLen {
		return nil, fmt.Errorf("the expression is longer than %d bytes", maxLen)
	}
	var wrong mistakes
	var names nameFinder
	// must run before operators become functions
	options := append([]expr.Option{isThere(), expr.Patch(indexes{})}, operators()...)
	options = append(options, expr.Env(&Facts{}), expr.AsBool(), expr.MaxNodes(maxNodes),
		expr.DisableAllBuiltins(), expr.Patch(&wrong), expr.Patch(&names))
	program, err := expr.Compile(source, options...)
	switch {
	case err != nil:
		return nil, explain(err)
	case wrong.first != nil:
		return nil, wrong.first.Bind(file.NewSource(source))
	}
	return &Expr{program: program, machine: vm.VM{MemoryBudget: maxMemory},
		processes: names.processes, community: names.community}, nil
}

// nameFinder determines whether an expression uses processes or Community IDs.
type nameFinder struct{ processes, community bool }

// Visit checks one node of the expression.
func (n *nameFinder) Visit(node *ast.Node) {
	id, ok := (*node).(*ast.IdentifierNode)
	if !ok {
		return
	}
	switch id.Value {
	case "process", "pid", "user":
		n.processes = true
	case "community_id":
		n.community = true
	}
}

// Match reports whether the facts satisfy the expression.
func (e *Expr) Match(f *Facts) (bool, error) {
	v, err := e.machine.Run(e.program, f)
	if err != nil {
		return false, explain(err)
	}
	yes, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("the expression gave %T", v)
	}
	return yes, nil
}
