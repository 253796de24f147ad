package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// takeOut returns the content of the file without the defense.
func (d *defense) takeOut(root string) ([]byte, error) {
	src, err := os.ReadFile(filepath.Join(root, d.file))
	if err != nil {
		return nil, err
	}
	return replace(src, d.in, d.code, d.by)
}

// replace replaces an expression or a statement in a function by other code. The place must be
// unique. in is the name of the function or of a package-level declaration.
func replace(src []byte, in, code, by string) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	type place struct{ from, to int }
	places := map[place]bool{} // a statement that is an expression has two nodes at one place
	decls := 0
	for _, decl := range file.Decls {
		if !declares(decl, in) {
			continue
		}
		decls++
		ast.Inspect(decl, func(n ast.Node) bool {
			if n == nil {
				return false
			}
			p := place{fset.Position(n.Pos()).Offset, fset.Position(n.End()).Offset}
			if oneLine(string(src[p.from:p.to])) == oneLine(code) {
				places[p] = true
			}
			return true
		})
	}
	if decls == 0 {
		return nil, fmt.Errorf("there is no %s", in)
	}
	if len(places) != 1 {
		return nil, fmt.Errorf("%d places in %s are %s", len(places), in, code)
	}
	for p := range places {
		src = append(append(src[:p.from:p.from], by...), src[p.to:]...)
	}
	_, err = parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	return src, err
}

// declares reports whether decl declares a function, variable or constant with that name.
func declares(decl ast.Decl, name string) bool {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		return d.Name.Name == name
	case *ast.GenDecl:
		for _, s := range d.Specs {
			if v, ok := s.(*ast.ValueSpec); ok && v.Names[0].Name == name {
				return true
			}
		}
	}
	return false
}

// oneLine returns code with each line break and indentation replaced by one blank.
func oneLine(code string) string { return strings.Join(strings.Fields(code), " ") }
