package annotate_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// parsed returns the functions of a folder's Go files by name; tests selects the test files.
func parsed(t *testing.T, dir string, tests bool) map[string]*ast.FuncDecl {
	t.Helper()
	list := map[string]*ast.FuncDecl{}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") != tests {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				list[fn.Name.Name] = fn
			}
		}
	}
	return list
}

// fields returns the types of parameters or results.
func fields(list *ast.FieldList) (types []string) {
	if list != nil {
		for _, f := range list.List {
			types = append(types, fmt.Sprint(f.Type))
		}
	}
	return types
}

// TestOnlyTheRegistryNamesANumber checks that no other function takes a port and returns a name.
// Names come only from the registry's function, or from a decision about the two ends.
func TestOnlyTheRegistryNamesANumber(t *testing.T) {
	var found []string
	for name, fn := range parsed(t, ".", false) {
		results := fields(fn.Type.Results)
		if ast.IsExported(name) && slices.Contains(fields(fn.Type.Params), "uint16") &&
			(slices.Contains(results, "string") || slices.Contains(results, "Service")) {
			found = append(found, name)
		}
	}
	if !slices.Equal(found, []string{"Registered"}) {
		t.Errorf("%v name the service of any port", found)
	}
}

// TestEphemeralPortsHaveNoService checks that no port of Linux's ephemeral range gets a name,
// whatever IANA registered it for.
func TestEphemeralPortsHaveNoService(t *testing.T) {
	registered := 0
	for _, proto := range []decode.Transport{decode.ProtoTCP, decode.ProtoUDP} {
		for port := uint16(32768); port < 61000; port++ {
			if annotate.Registered(proto, port).Name != "" {
				registered++
			}
			for _, server := range []uint16{53, 443, 8446} {
				d := annotate.Decide(annotate.RoleFacts{Proto: proto, PortA: port, PortB: server})
				if name := d.Service(annotate.SideA); name != "" {
					t.Errorf("%d/%s to %d: the client has the service %q", port, proto, server,
						name)
				}
			}
		}
	}
	if registered < 200 {
		t.Errorf("only %d of these ports are registered: nothing was tried", registered)
	}
}

// TestExamplesDoNotNameClients checks the first five examples of docs/library.md. They take names
// of packets' ports from a decision. They look up only constant numbers in the registry.
func TestExamplesDoNotNameClients(t *testing.T) {
	lookups, services := 0, 0
	for _, e := range []struct{ dir, name string }{
		{"../capture/pcapfile", "ExampleOpen"}, {"../decode", "ExampleDecoder"},
		{"../decode", "ExampleDecoder_live"}, {"../filter", "ExampleProgram_Match"},
		{".", "ExampleRegistered"},
	} {
		fn := parsed(t, e.dir, true)[e.name]
		if fn == nil {
			t.Fatalf("%s has no %s", e.dir, e.name)
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			called, ok := call.Fun.(*ast.SelectorExpr)
			switch {
			case ok && called.Sel.Name == "Service":
				services++
			case ok && called.Sel.Name == "Registered":
				lookups++
				if _, ok := call.Args[1].(*ast.BasicLit); !ok {
					t.Errorf("%s looks up the port of a packet", e.name)
				}
			}
			return true
		})
	}
	if lookups == 0 || services == 0 {
		t.Errorf("%d names of the registry, %d of decisions", lookups, services)
	}
}
