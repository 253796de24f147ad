package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// A change replaces some bytes of a file.
type change struct {
	file string // relative to the module
	pkg  string // import path
	fn   string // name of the function or the package-level declaration
	kind string
	nth  int // index of this kind in this function, from 1
	line int
	from int // byte offsets in the file
	to   int
	text string // the replacement
	was  string
}

// key returns the name of a change, as in equivalent.txt.
func (c *change) key() string { return fmt.Sprintf("%s %s %s %d", c.file, c.fn, c.kind, c.nth) }

func (c *change) String() string {
	return fmt.Sprintf("%s\t%s:%d: %s -> %s", c.key(), c.file, c.line, short(c.was), short(c.text))
}

// short returns a text on one line, truncated.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" {
		return "nothing"
	}
	const limit = 60
	if len(s) > limit {
		s = s[:limit] + "..."
	}
	return s
}

// sortByHash sorts changes by the hash of their names.
func sortByHash(list []change) {
	hash := func(c *change) uint64 {
		sum := sha256.Sum256([]byte(c.key()))
		return binary.BigEndian.Uint64(sum[:])
	}
	slices.SortFunc(list, func(a, b change) int {
		if x, y := hash(&a), hash(&b); x != y {
			if x < y {
				return -1
			}
			return 1
		}
		return strings.Compare(a.key(), b.key())
	})
}

// operators maps each operator to its replacement.
var operators = map[token.Token]string{
	token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">", token.EQL: "!=",
	token.NEQ: "==", token.ADD: "-", token.SUB: "+", token.MUL: "/", token.QUO: "*",
	token.REM: "*", token.AND: "|", token.OR: "&", token.XOR: "&", token.SHL: ">>",
	token.SHR: "<<", token.AND_NOT: "&", token.LAND: "||", token.LOR: "&&",
	token.ADD_ASSIGN: "-=", token.SUB_ASSIGN: "+=", token.OR_ASSIGN: "&=",
	token.AND_ASSIGN: "|=", token.SHL_ASSIGN: ">>=", token.SHR_ASSIGN: "<<=",
	token.MUL_ASSIGN: "/=", token.QUO_ASSIGN: "*=", token.XOR_ASSIGN: "&=",
	token.AND_NOT_ASSIGN: "&=", token.INC: "--", token.DEC: "++",
}

// find returns the changes of a file.
func find(name, pkg string, src []byte) ([]change, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if ast.IsGenerated(file) {
		return nil, nil
	}
	f := &finder{fset: fset, src: src, file: name, pkg: pkg, count: map[string]int{}}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			f.in(funcName(d), d.Body)
		case *ast.GenDecl:
			f.values(d)
		}
	}
	return f.list, nil
}

// A finder collects the changes of a file.
type finder struct {
	fset      *token.FileSet
	src       []byte
	file, pkg string
	fn        string
	count     map[string]int // number per kind and function
	list      []change
}

// values finds changes in package-level values.
func (f *finder) values(d *ast.GenDecl) {
	if d.Tok == token.IMPORT {
		return
	}
	for _, s := range d.Specs {
		v, ok := s.(*ast.ValueSpec)
		if !ok {
			continue // types contain only lengths of arrays
		}
		for _, e := range v.Values {
			f.in(v.Names[0].Name, e)
		}
	}
}

// funcName returns the name of a function with its receiver type.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}

// in finds changes in the nodes of a function or value.
func (f *finder) in(name string, n ast.Node) {
	if n == nil || n == (*ast.BlockStmt)(nil) {
		return
	}
	f.fn = name
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ArrayType:
			return false
		case *ast.BinaryExpr:
			f.operator(n)
		case *ast.BasicLit:
			f.number(n)
		case *ast.Ident:
			f.word(n)
		case *ast.IfStmt:
			f.condition(n.Cond)
		case *ast.BlockStmt:
			f.statements(n.List)
		case *ast.CaseClause:
			f.statements(n.Body)
		case *ast.CommClause:
			f.statements(n.Body)
		case *ast.ReturnStmt:
			f.results(n)
		case *ast.BranchStmt:
			f.branch(n)
		case *ast.AssignStmt:
			f.token(n.TokPos, n.Tok)
		case *ast.IncDecStmt:
			f.token(n.TokPos, n.Tok)
		}
		return true
	})
}

func (f *finder) add(kind string, from, to token.Pos, text string) {
	a, b := f.fset.Position(from), f.fset.Position(to)
	key := f.fn + " " + kind
	f.count[key]++
	f.list = append(f.list, change{
		file: f.file, pkg: f.pkg, fn: f.fn, kind: kind, nth: f.count[key], line: a.Line,
		from: a.Offset, to: b.Offset, text: text, was: string(f.src[a.Offset:b.Offset]),
	})
}

func (f *finder) operator(n *ast.BinaryExpr) {
	if n.Op == token.ADD && (isText(n.X) || isText(n.Y)) {
		return
	}
	f.token(n.OpPos, n.Op)
}

func isText(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return isText(e.X) || isText(e.Y)
	}
	return false
}

func (f *finder) token(at token.Pos, t token.Token) {
	if to, ok := operators[t]; ok {
		f.add("operator", at, at+token.Pos(len(t.String())), to)
	}
}

func (f *finder) number(n *ast.BasicLit) {
	if n.Kind != token.INT {
		return
	}
	if v, err := strconv.ParseUint(n.Value, 0, 63); err == nil {
		f.add("number", n.Pos(), n.End(), strconv.FormatUint(v+1, 10))
	}
}

func (f *finder) word(n *ast.Ident) {
	switch n.Name {
	case "true":
		f.add("word", n.Pos(), n.End(), "false")
	case "false":
		f.add("word", n.Pos(), n.End(), "true")
	}
}

// condition negates a condition. Comparisons are excluded, because their operators are changed.
func (f *finder) condition(e ast.Expr) {
	if _, ok := e.(*ast.BinaryExpr); !ok {
		text := f.src[f.fset.Position(e.Pos()).Offset:f.fset.Position(e.End()).Offset]
		f.add("condition", e.Pos(), e.End(), "!("+string(text)+")")
	}
}

// statements removes statements that do not declare anything.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt, *ast.SendStmt, *ast.IncDecStmt, *ast.DeferStmt:
			f.add("statement", s.Pos(), s.End(), "")
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				f.add("statement", s.Pos(), s.End(), "")
			}
		}
	}
}

// results replaces a returned error by nil.
func (f *finder) results(n *ast.ReturnStmt) {
	if len(n.Results) == 0 {
		return
	}
	last := n.Results[len(n.Results)-1]
	if id, ok := last.(*ast.Ident); ok && (id.Name == "err" || strings.HasPrefix(id.Name, "err")) {
		f.add("error", last.Pos(), last.End(), "nil")
	}
}

func (f *finder) branch(n *ast.BranchStmt) {
	if n.Label != nil {
		return
	}
	switch n.Tok {
	case token.BREAK:
		f.add("branch", n.Pos(), n.End(), "continue")
	case token.CONTINUE:
		f.add("branch", n.Pos(), n.End(), "break")
	}
}
